/* A format driver: how adapter.c runs HL7, CSV and XML without knowing them, and how a driver
 * reports what it read.
 *
 *     adapter.c                                driver (hl7_run.c, csv_run.c, xml_run.c)
 *     configure  (once per adapter)      →     reads its own YAML section
 *     resolve    (for every reference)   →     says what a template's {…} means
 *     run_new, run_feed …, run_free      →     bytes → records → mapping_apply → run_out_*()
 *
 * Every record of a file is reported exactly once as a record: by run_out_events(), run_out_bad()
 * with warning == false, run_out_nothing() or run_out_duplicate(). Notes and warnings come on top.
 */
#pragma once

#include "adapters/adapter.h"
#include "adapters/mapping.h"
#include "adapters/memory.h"
#include "base/clock.h"
#include "base/conf.h"

/* What a run of any driver gets. Everything outlives the run. */
struct format_setup {
	const void *config; /* what configure() made */
	const struct mapping *mapping;
	const struct zone *zone; /* of times that carry no offset: the adapter's, the home's, UTC */
	const char *encoding;	 /* as in the YAML; NULL: find out */
	enum adapter_mode mode;
	usec_t file_time;		     /* USEC_NONE: unknown */
	const struct adapter_memory *memory; /* NULL: nothing is remembered */
	struct mapping_watch *watch;	     /* to be given to the mapping; NULL: nobody asks */
	const struct adapter_acks *acks;     /* NULL: no acknowledgements are wanted */
};

struct run_out; /* run_out.h */

struct run_place {
	uint64_t record; /* 1-based */
	uint64_t line;
	uint64_t offset;
};

/* At the beginning of every record: where it stands. type: as in struct record_fate; it must live
 * until the record ends. */
void run_out_begin(struct run_out *out, const struct run_place *at);
void run_out_type(struct run_out *out, const char *type);

/* Two steps, so that a driver can ask its memory between them: prepare fills id, facility_id and
 * source (all but source.time_source, which mapping_apply has set) and checks every event; when one
 * does not pass event_check the record is reported as bad and *ret_good is false. Then
 * run_out_events() hands all of them to the sink (in a census: those that differ). < 0 only if the
 * sink fails: the run ends. */
int run_out_prepare(struct run_out *out, const struct run_place *at, struct event *events, size_t n,
		    bool *ret_good, struct err *err);
int run_out_events(struct run_out *out, const struct event *events, size_t n, struct err *err);
int run_out_bad(struct run_out *out, const struct bad_record *bad, struct err *err);
void run_out_nothing(struct run_out *out);   /* a record that changes no bed; say why with a note */
void run_out_duplicate(struct run_out *out); /* a record that repeats one read before */
/* Adds n to the count of this note; `what` is copied. */
void run_out_note(struct run_out *out, const char *what, uint64_t n);
/* What nobody read or mapped, with how often it stood there: a note that says it in words. name is
 * copied. */
void run_out_unread(struct run_out *out, enum adapter_unread kind, const char *name, uint64_t n);
/* Bit i: the value of mapping field i was not in its map, and the default was taken. */
void run_out_defaulted(struct run_out *out, unsigned fields);
void run_out_encoding(struct run_out *out,
		      const char *name); /* for the summary; copied, the last one holds */

struct format_ops {
	/* Defaults for `event:`, as YAML of the same shape; NULL: none. */
	const char *defaults_yaml;
	bool requires_status; /* new_status must be mapped; changed_at too unless in a census */
	const struct conf_key *keys; /* of its section, for "it belongs into" and the reference */
	const char *time_format; /* of changed_at where the adapter names none; NULL: "iso8601" */
	/* Reads the adapter's own section (`hl7:`, `csv:`, `xml:`; node NULL: absent). Problems
	 * gather in conf, which lives as long as the config. */
	int (*configure)(struct conf *conf, const struct conf_node *node, void **ret_config,
			 struct err *err);
	void (*config_free)(void *config);
	/* mapping_resolver's resolve with ctx = config. */
	int (*resolve)(void *config, struct span text, struct field_ref *ret, struct err *err);

	int (*run_new)(const struct format_setup *setup, struct run_out *out, void **ret_run,
		       struct err *err);
	int (*run_feed)(void *run, struct span bytes, bool last, struct err *err);
	void (*run_free)(void *run);
};

extern const struct format_ops hl7_format; /* hl7_run.c */
extern const struct format_ops csv_format; /* csv_run.c */
extern const struct format_ops xml_format; /* xml_run.c */
