/* What stands in the outbox, for people: rows in an arena, newest first unless said. Reads only. */
#pragma once

#include "base/arena.h"
#include "outbox/outbox.h"

struct listing_file {
	int64_t id; /* 0: still in its folder, no ledger row (waiting) */
	const char *dir, *adapter;
	const char *name;  /* as it may be told (outbox/file_name.h) */
	const char *state; /* committed archived deleted duplicate rejected; unmatched refused
			      unreadable … */
	const char *reason, *message; /* "" if none */
	const char *where; /* the path it has now; "" if deleted or not yet disposed of */
	struct digest digest, name_key;
	uint64_t size;
	usec_t mtime, taken, disposed; /* USEC_NONE if not yet */
	uint64_t records, events, bad, warnings, repeated, unchanged, late;
	int64_t duplicate_of; /* a ledger id, or 0 */
	bool is_open;	      /* it may hold what can be read again (replay.h) */
};

/* A census that was held, and that a person refused (hold.h). */
bool listing_is_refused(const struct listing_file *f);

/* Which of many: at most so many rows (0: all), behind the one with this id in the order of the
 * list (0: from its start). */
struct listing_page {
	int64_t after;
	size_t limit;
};

/* Waiting files first. limit 0: all. */
int listing_files(struct outbox *o, size_t limit, struct arena *a, struct listing_file **ret,
		  size_t *ret_n, struct err *err);

/* Waiting files stand on the first page only. */
int listing_files_page(struct outbox *o, const struct listing_page *page, struct arena *a,
		       struct listing_file **ret, size_t *ret_n, struct err *err);

/* Those that are open, the oldest first. */
int listing_files_open(struct outbox *o, const struct listing_page *page, struct arena *a,
		       struct listing_file **ret, size_t *ret_n, struct err *err);

/* As listing_files(), of one name only: the file's own, as a person has it (a path's last part
 * counts), or as the lists show it. */
int listing_files_named(struct outbox *o, const char *name, size_t limit, struct arena *a,
			struct listing_file **ret, size_t *ret_n, struct err *err);

/* What lies in the archive, the newest first. */
int listing_archived(struct outbox *o, size_t limit, struct arena *a, struct listing_file **ret,
		     size_t *ret_n, struct err *err);

/* One row of the ledger; NOT_FOUND. */
int listing_file(struct outbox *o, int64_t id, struct arena *a, struct listing_file *ret,
		 struct err *err);

struct listing_bad {
	int64_t id, file_id;
	const char *file, *adapter;
	uint64_t record, line, offset;
	const char *field, *value_class, *reason, *message;
	bool warning;
	usec_t at;
	usec_t mended; /* when it was read after all (replay.h); USEC_NONE: it was not */
};
/* Those that are not mended. */
int listing_quarantine(struct outbox *o, int64_t file_id, size_t limit, struct arena *a,
		       struct listing_bad **ret, size_t *ret_n,
		       struct err *err); /* file_id 0: of all files */
int listing_quarantine_page(struct outbox *o, int64_t file_id, const struct listing_page *page,
			    struct arena *a, struct listing_bad **ret, size_t *ret_n,
			    struct err *err);
/* One of them, mended or not; NOT_FOUND. */
int listing_quarantined(struct outbox *o, int64_t id, struct arena *a, struct listing_bad *ret,
			struct err *err);

struct listing_event {
	uint64_t seq;
	bool acked;
	usec_t added;
	int64_t file_id; /* 0: none */
	struct event event;
};
/* Of this epoch, oldest first, after the given seq. */
int listing_events(struct outbox *o, uint64_t after, size_t limit, struct arena *a,
		   struct listing_event **ret, size_t *ret_n, struct err *err);

struct listing_dead {
	const char *epoch;
	uint64_t seq;
	const char *event_id, *reason;
	usec_t at;
};
int listing_dead_letters(struct outbox *o, size_t limit, struct arena *a, struct listing_dead **ret,
			 size_t *ret_n, struct err *err);

struct listing_bed {
	const char *bed_id, *ward; /* ward "" if unknown */
	enum care_level care_level;
	enum bed_status status, before;
	usec_t changed;
	usec_t
	    told; /* when the region told of it, if it was set there; USEC_NONE: the home's own */
	const char *changed_by; /* "" if unknown */
};
/* By ward, then bed. */
int listing_beds(struct outbox *o, struct arena *a, struct listing_bed **ret, size_t *ret_n,
		 struct err *err);

struct listing_check {
	uint64_t events; /* looked at */
	uint64_t problems;
	const char *const *what; /* a sentence each, the first 20 */
	size_t n_what;
};
/* Looks through the whole file: SQLite's integrity, seq without gaps, every event readable and its
 * own id, the cursor. */
int listing_verify(struct outbox *o, struct arena *a, struct listing_check *ret, struct err *err);
