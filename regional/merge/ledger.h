/* One transaction's homes in memory: what PostgreSQL held when their rows were locked, what the
 * events have made of it, and what is to be written back. Everything lives in one arena and goes
 * with the transaction.
 *
 *     ledger ── homes ─┬─ streams (epochs) ── refused seqs
 *                      ├─ beds ── the course made in this transaction
 *                      ├─ chains (conflicts)
 *                      ├─ views: what the home thinks otherwise
 *                      └─ groups (ward, care level) whose counts change
 *            ── audit rows, refusals: in order, to be written
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "bed/event.h"
#include "bed/status.h"
#include "bed/wire.h"
#include "regional/merge/decide.h"
#include "regional/merge/table.h"
#include "store/audit.h"

#define LEDGER_WARD_UNKNOWN "unassigned"

struct ledger_home;

struct ledger_chain {
	struct ledger_chain *next; /* of the home */
	struct ledger_home *home;
	struct span id, bed_id;
	enum bed_status held, branch;
	int32_t events;
	usec_t opened_at, last_event_at;
	const char *settled_by; /* NULL: open; the rest says nothing then */
	usec_t settled_at;
	enum bed_status settled_status;
	const char *settled_reason; /* NULL: none */
	bool dirty;
};

/* A change of a bed's accepted course made in this transaction. */
struct ledger_course {
	struct ledger_course *next; /* the one before */
	usec_t changed_at;
	enum bed_status status;
};

struct ledger_bed {
	struct ledger_bed *next; /* of the home */
	struct ledger_home *home;
	struct span id, ward;
	enum care_level care_level;
	enum bed_status status;
	int64_t version;
	usec_t last_updated, confirmed_at;
	bool unconfirmed;
	int64_t region_rev; /* of the change made at the region that set the status; 0: none did */
	bool by_region;	    /* in this transaction: region_rev will be the home's next rev */
	struct ledger_chain *chain; /* the open one */
	struct ledger_course *course;
	bool loaded; /* in the database; false: registered here */
	enum bed_status loaded_status;
	usec_t loaded_confirmed;
	bool dirty;
};

/* What the home must think of a bed, where that is not what we hold (table home_views). */
struct ledger_view {
	struct ledger_view *next; /* of the home */
	struct ledger_home *home;
	struct span bed_id;
	enum bed_status status;
	usec_t changed_at;
	bool loaded, gone, dirty; /* gone: the two agree (again) */
};

struct ledger_group {
	struct ledger_group *next;
	struct span ward;
	enum care_level care_level;
	int32_t counts[BED_STATUS_COUNT], unconfirmed, total;
};

struct ledger_stream {
	struct ledger_stream *next; /* of the home */
	struct span epoch;
	uint64_t applied_through;
	usec_t first_received_at, last_received_at;
	bool dirty;
};

struct ledger_home {
	struct ledger_home *next; /* in the order they were added */
	struct span id;
	bool found, revoked;	  /* found: loaded from the database */
	struct span certificates; /* those it may come with, with spaces; SPAN_NONE: any */
	struct decide_policy policy;
	enum care_level default_care_level;
	int64_t rev, audit_n;
	struct digest audit_head;
	struct ulid newest_event; /* all zero: none */
	usec_t last_contact_at, in_sync_at, as_of, snapshot_asked_at;
	int64_t queue_depth, clock_skew;
	usec_t gap_since; /* USEC_NONE: nothing is known to be missing */
	struct span gap_epoch;
	uint64_t gap_through; /* of that epoch, what was not taken in up to here is missing */
	usec_t fed_at;	      /* last new event that names an adapter */
	struct span agent;
	struct ledger_stream *streams;
	struct ledger_bed *beds;
	size_t n_beds;
	struct ledger_chain *chains;
	struct ledger_view *views;
	struct ledger_group *groups; /* those whose counts change */
	bool changed;		     /* a bed did: rev grows with the commit */
	bool seen_anew;		     /* fresh, stale or offline, and not what it was before */
	bool contacted;		     /* the home itself was heard, its clock and queue are known */
	bool dirty;
};

/* What the database knew of one event beforehand (load.h). */
struct ledger_probe {
	bool seen;
	enum bed_status
	    then;	/* at changed_at, by the audit log; UNKNOWN: nothing known or not asked */
	usec_t then_at; /* since when */
};

struct ledger_audit {
	struct audit_row row;
	struct digest prev, hash;
	struct ledger_home *home;
};

struct ledger_refusal {
	struct ledger_home *home;
	struct ledger_stream *stream;
	uint64_t seq;
	struct span event_id; /* SPAN_NONE if it could not be read */
	const char *reason;
	usec_t received_at;
	struct span source_ip;
};

struct ledger {
	struct arena arena;
	struct ledger_home *homes, **homes_end;
	size_t n_homes;
	struct table home_table, bed_table, view_table, refusal_table, seen_table;
	struct ledger_audit *audit;
	size_t n_audit, cap_audit;
	struct ledger_refusal **refusals; /* of this transaction */
	size_t n_refusals, cap_refusals;
};

void ledger_reset(struct ledger *l); /* empty, memory kept; also the first thing to call */
void ledger_done(struct ledger *l);

struct ledger_home *ledger_home(struct ledger *l, struct span id); /* added if new */
struct ledger_home *ledger_find_home(const struct ledger *l, struct span id);
struct ledger_stream *ledger_stream(struct ledger *l, struct ledger_home *h,
				    struct span epoch); /* added if new */
struct ledger_bed *ledger_find_bed(const struct ledger *l, const struct ledger_home *h,
				   struct span id);
struct ledger_bed *ledger_add_bed(struct ledger *l, struct ledger_home *h, struct span id);
struct ledger_chain *ledger_add_chain(struct ledger *l, struct ledger_home *h, struct span id,
				      struct span bed_id);
/* Also one that is gone; NULL if there never was one. */
struct ledger_view *ledger_find_view(const struct ledger *l, const struct ledger_home *h,
				     struct span bed_id);
struct ledger_view *ledger_add_view(struct ledger *l, struct ledger_home *h, struct span bed_id);
/* The group of this place, added (its counts to be made) if new. */
struct ledger_group *ledger_touch_group(struct ledger *l, struct ledger_home *h, struct span ward,
					enum care_level care);

/* Events seen in this transaction. */
bool ledger_has_seen(const struct ledger *l, const struct ledger_home *h, struct ulid id);
void ledger_see(struct ledger *l, const struct ledger_home *h, struct ulid id);

struct ledger_refusal *ledger_find_refusal(const struct ledger *l, const struct ledger_stream *s,
					   uint64_t seq);
struct ledger_refusal *ledger_add_refusal(struct ledger *l, struct ledger_home *h,
					  struct ledger_stream *s, uint64_t seq);
void ledger_write_refusal(struct ledger *l,
			  struct ledger_refusal *f); /* it is new: to be written */

/* Appends to the home's chain: n, hashes and the home's head are filled in. */
void ledger_audit(struct ledger *l, struct ledger_home *h, const struct audit_row *row);

/* The bed's status at `at`: the latest of what the database held, what it told of then, and this
 * transaction's course. */
enum bed_status ledger_status_at(const struct ledger_bed *b, usec_t at,
				 const struct ledger_probe *probe);

/* Counts the touched groups of a home from its beds. */
void ledger_count(struct ledger_home *h);
/* The state digest (bed/state.h) that the home must have come to: beds it has spoken of or was told
 * of, as it sees them. rev: the highest it has taken in. */
struct digest ledger_state(struct ledger *l, const struct ledger_home *h, int64_t rev);
/* The home has taken in what was changed at the region through rev: its views of those beds go,
 * unless they are newer. */
void ledger_told(struct ledger *l, struct ledger_home *h, int64_t rev);
