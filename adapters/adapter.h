/* An adapter: what a YAML file says about one kind of export, compiled; and a run of it over one
 * file.
 *
 * Reading a file:
 *
 *     adapter_run_new()  →  adapter_run_feed() … adapter_run_feed(last)  →  adapter_run_summary()
 *
 * The bytes may come in pieces of any size; a run holds at most one unfinished record (RECORD_MAX).
 * Events of one record reach the sink together and in order, or none of them does and the record is
 * reported as bad; the rest of the file goes on. A run fails as a whole (adapter_run_feed < 0) only
 * when the file as such cannot be read: not this format, a broken header, XML that is not
 * well-formed, a limit of the file, or when the sink or the memory fails.
 */
#pragma once

#include "adapters/memory.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/digest.h"
#include "base/err.h"
#include "bed/event.h"

#define ADAPTER_FILE_MAX   ((uint64_t)1 << 30)
#define ADAPTER_RECORD_MAX ((size_t)1 << 20)
#define ADAPTER_FIELD_MAX  ((size_t)64 << 10)

enum adapter_format { FORMAT_CSV, FORMAT_HL7, FORMAT_XML };
enum adapter_mode { MODE_DELTA, MODE_CENSUS };
enum ready_rule { READY_CLOSE, READY_QUIET, READY_DONE_FILE, READY_RENAME };

struct adapter; /* immutable once loaded; may be shared */

/* Compiles a YAML file. On INVALID every problem is in *ret_conf (conf_problems_print), the
 * caller's to free, or, where the file is no YAML at all, in err alone, and *ret_conf stays as it
 * was. ret_conf may be NULL. */
int adapter_load(const char *path, struct adapter **ret, struct conf **ret_conf, struct err *err);
int adapter_parse(const char *name, struct span yaml, struct adapter **ret, struct conf **ret_conf,
		  struct err *err);
/* The built-in reading, without a YAML: HL7 as in HL7-BED-EVENTS, CSV and XML with the event's own
 * field names. */
int adapter_builtin(enum adapter_format format, const char *zone, struct adapter **ret,
		    struct err *err);
void adapter_free(struct adapter *a);
DEFINE_CLEANUP(struct adapter *, adapter_free)

bool adapter_format_parse(struct span s, enum adapter_format *ret); /* "csv" "hl7" "xml" */
const char *adapter_format_name(enum adapter_format f);

const char *adapter_name(const struct adapter *a);
const char *adapter_path(const struct adapter *a); /* the YAML's path; "" for a built-in */
enum adapter_format adapter_format(const struct adapter *a);
enum adapter_mode adapter_mode(const struct adapter *a);
const char *adapter_facility(const struct adapter *a); /* NULL: the home's own */
/* The glob `match`, on the base name. */
bool adapter_matches(const struct adapter *a, const char *file_name);
/* Which of them it was; NULL if none. */
const char *adapter_pattern(const struct adapter *a, const char *file_name);

struct adapter_ready {
	enum ready_rule rule;
	usec_t quiet;	       /* READY_QUIET: unchanged for so long */
	const char *done_file; /* READY_DONE_FILE: "{name}.done", {name} is the file's name */
};
const struct adapter_ready *adapter_ready(const struct adapter *a);

/* Would this many bad records of so many reject the file whole (`max_bad`)? Default: never by
 * count, 50% of at least 10. */
bool adapter_rejects(const struct adapter *a, uint64_t bad, uint64_t records);
/* `hold`: is a census that changes or leaves out so many of the beds that are known to be held for
 * a person? Default: more than 30%, and more than 5. */
bool adapter_holds(const struct adapter *a, uint64_t beds, uint64_t known);
bool adapter_allows_empty(const struct adapter *a);

/* `ack`: the result files that the EHR wants of each file; bits. */
enum adapter_ack { ADAPTER_ACK_JSON = 1, ADAPTER_ACK_HL7 = 2 };
unsigned adapter_ack(const struct adapter *a);

/* `tests:`; the paths are written relative to the YAML's folder and given as found from here. */
struct adapter_test {
	const char *input, *expect;
};
size_t adapter_tests(const struct adapter *a, const struct adapter_test **ret);

/* Who keeps, until the file is committed, what there is to acknowledge of each message (HL7 only:
 * hl7_ack.h says what a line holds). */
struct adapter_acks {
	void *ctx;
	int (*line)(void *ctx, struct span line, struct err *err);
};

/* The file that a run reads. Strings must outlive the run. */
struct adapter_input {
	const char *facility; /* the home's; the adapter's own must agree */
	struct digest file;   /* of the whole file: event ids follow from it */
	/* mtime: a census without a time of its own takes it; USEC_NONE if unknown */
	usec_t file_time;
	/* The home's: of local times where the adapter names none; NULL: UTC. */
	const struct zone *zone;
	bool watched; /* what the maps met is counted, and the fields of HL7 segments */
	const struct adapter_acks *acks; /* NULL: none are wanted */
};

/* A record that made no events, or (warning) made them but wants eyes. Never holds a value of the
 * file. */
struct bad_record {
	uint64_t record; /* 1-based; 0: a warning about the file as a whole */
	uint64_t line;	 /* 1-based, where it starts; CR, LF and CRLF each end one */
	/* Of its first byte in the file; where the file is neither UTF-8 nor one byte a character,
	 * and in XML, in its text as UTF-8. */
	uint64_t offset;
	const char *field; /* "STATUS", "PV1-3", "@status"; "" if the record as a whole */
	/* "empty", "digits", "letters", "date-like", "mixed", "too long", "not utf-8" */
	const char *value_class;
	/* A code: "unmapped", "required", "bad_time", "bad_record" … (docs/adapters.md) */
	const char *reason;
	const char *message; /* a sentence for people, with what to do */
	bool warning;
};

/* Where a record stands and what was made of it, told once for each, behind its events or what is
 * bad of it: the way back from an event to its bytes. Never holds a value of the file. */
enum record_fate_kind { RECORD_EVENTS, RECORD_BAD, RECORD_NOTHING, RECORD_DUPLICATE };
#define RECORD_WHY_MAX 4
struct record_fate {
	uint64_t record, line, offset; /* as in struct bad_record */
	enum record_fate_kind kind;
	size_t events;			 /* how many it makes, with those a census passes over */
	const char *type;		 /* HL7: "A01"; NULL: the format has none, or it is odd */
	const char *why[RECORD_WHY_MAX]; /* the first notes that it made, in order */
	size_t n_why;
};

struct adapter_sink {
	void *ctx;
	/* Events of one record, in order. The spans live until the call returns. */
	int (*events)(void *ctx, const struct event *events, size_t n, struct err *err);
	int (*bad)(void *ctx, const struct bad_record *bad, struct err *err);
	void (*record)(void *ctx, const struct record_fate *fate); /* NULL: nobody asks */
	bool wants_all; /* of a census also what is as it was: who measures it, or keeps its beds */
};

/* What a file holds and nobody read, or mapped. */
enum adapter_unread {
	UNREAD_NOTHING, /* a note of another kind */
	UNREAD_COLUMN,
	UNREAD_ELEMENT,
	UNREAD_ATTRIBUTE,
	UNREAD_SEGMENT,
	UNREAD_FIELD, /* of a segment that is read */
	UNREAD_CODE,  /* a value without a code in its map; only where the run is watched */
	UNREAD_UNMET, /* a code of a map that no value was; likewise */
	UNREAD_COUNT,
};
const char *adapter_unread_name(enum adapter_unread kind); /* "column" … "code" "unmet code" */

/* What was read and made no event, by kind: so that nothing is silently unread. */
struct adapter_note {
	/* "trigger A08: no bed changes status", "column TELEFON is not read", "no bed in PV1-3" */
	const char *what;
	uint64_t count;
	enum adapter_unread kind;
	const char *name; /* of the column, the element … ("b/@q"); NULL: UNREAD_NOTHING */
};

/* How the note of an XML file begins in which nothing is a record; then why. */
#define ADAPTER_NO_RECORD "no element is a record"

struct adapter_summary {
	uint64_t records, events, bad, warnings;
	uint64_t duplicates; /* records that repeat one read before (HL7 message identity) */
	const struct adapter_note *notes;
	size_t n_notes;
	const char *encoding; /* what the file was read as */
};

struct adapter_run;
/* memory may be NULL: nothing is remembered. */
int adapter_run_new(const struct adapter *a, const struct adapter_input *input,
		    const struct adapter_sink *sink, const struct adapter_memory *memory,
		    struct adapter_run **ret, struct err *err);
int adapter_run_feed(struct adapter_run *r, struct span bytes, bool last, struct err *err);
/* Why a file was refused, as a code, by the error of adapter_run_feed: "limit"; "header" (CONFLICT:
 * columns that the adapter reads are not there, the export has changed); else "not_readable". */
const char *adapter_run_refusal(const struct err *err);
/* Is a file that was read so to be rejected whole all the same? A code ("too_many_bad",
 * "no_records") and a message for people, or NULL. */
#define ADAPTER_JUDGED_MAX 320
const char *adapter_judge(const struct adapter *a, const struct adapter_summary *s,
			  char message[static ADAPTER_JUDGED_MAX]);
/* Valid until adapter_run_free. */
const struct adapter_summary *adapter_run_summary(struct adapter_run *r);
void adapter_run_free(struct adapter_run *r);
DEFINE_CLEANUP(struct adapter_run *, adapter_run_free)
