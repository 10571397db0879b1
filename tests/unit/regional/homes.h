/* Made-up homes for tests of the merge: their batches, and a plain model of what the region must
 * hold of them. */
#pragma once

#include "base/arena.h"
#include "bed/wire.h"
#include "regional/merge/decide.h"
#include "regional/merge/merge.h"

#define HOMES_T0 INT64_C(1776672000000000) /* 2026-04-20T08:00:00Z */

/* A batch of n items in the arena, seq = first …; epoch has WIRE_EPOCH_CHARS characters. */
struct wire_batch *homes_batch(struct arena *a, const char *facility, const char *epoch,
			       uint64_t first, uint32_t n);
/* A valid event for item i of the batch, with an id of its own time; further fields are the
 * caller's to set. */
struct event *homes_event(struct wire_batch *b, uint32_t i, const char *bed,
			  enum bed_status previous, enum bed_status next, usec_t changed_at);
#define HOMES_EPOCH "11111111-2222-3333-4444-555555555555"

/* Submits and waits for the answer. */
struct merge_job homes_merge(struct merge *m, struct arena *a, struct wire_batch *b,
			     usec_t received_at);
/* Submits all at once and waits for all answers; jobs[i].batch, received_at and arena are set by
 * the caller. */
void homes_merge_all(struct merge *m, struct merge_job *jobs, size_t n);
/* A merge that is connected. */
struct merge *homes_merge_start(const char *conninfo, unsigned workers);
/* Until the merge has as many connections as workers; fails the test after 30 s. */
void homes_wait_connected(struct merge *m);
/* A migrated database with region reg_a and facilities fac_0 … fac_(n-1). The string is the
 * caller's to free(). */
struct pg_server;
char *homes_database(struct pg_server *s, int n);

/* ---- model ---- */

struct model_bed {
	char id[16];
	bool known, unconfirmed;
	enum bed_status status, branch;
	usec_t last_updated, confirmed_at;
	int64_t version;
	const char *ward;
	enum care_level care_level;
	struct model_change {
		usec_t at;
		enum bed_status status;
	} * course; /* in the order taken in */
	size_t n_course;
};

#define MODEL_BEDS   12
#define MODEL_EVENTS 4096
struct model {
	struct model_bed beds[MODEL_BEDS];
	enum outcome outcomes[MODEL_EVENTS]; /* by seq - 1 */
	struct ulid seen[MODEL_EVENTS];
	size_t n_seen;
	struct decide_policy policy;
	struct arena arena;
};

/* Takes one event in as the region must; gives its outcome. */
enum outcome model_take(struct model *m, const struct wire_item *item, bool foreign, usec_t now);
