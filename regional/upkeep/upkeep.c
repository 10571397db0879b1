/* A connection is opened for each turn: once a minute that costs nothing, and there is none to
 * look after in between. */
#include "regional/upkeep/upkeep.h"

#include <stdlib.h>

#include "base/log.h"
#include "regional/thread.h"
#include "store/heads_folder.h"
#include "store/partitions.h"
#include "store/pg.h"

#define TURN_EVERY	  (60 * USEC_PER_SEC)
#define RETRY_EVERY	  (5 * USEC_PER_SEC)
#define PRUNE_EVERY	  USEC_PER_HOUR
#define STATEMENT_SECONDS 30
#define PRUNE_AT_MOST	  10000 /* of each kind in a turn: a long statement holds up nobody */

struct upkeep {
	struct upkeep_options o;
	struct thread thread;
	int64_t told_rows; /* what was last said of the months */
	int told_ahead;
	usec_t prune_at;
};

/* Said when it changes, not once a minute. */
static void tell(struct upkeep *u, const struct partitions_state *s)
{
	if (s->default_rows && s->default_rows != u->told_rows)
		log_error("audit_rows_outside_months", "rows=%lld", (long long)s->default_rows);
	if (s->months_ahead < 1 && s->months_ahead != u->told_ahead)
		log_error("audit_months_missing", "ahead=%d", s->months_ahead);
	u->told_rows = s->default_rows;
	u->told_ahead = s->months_ahead;
}

static int look_at_months(struct upkeep *u, struct pg *pg, struct err *err)
{
	struct partitions_state s;
	usec_t now = clock_now();
	int e = partitions_look(pg, now, &s, err);

	if (e < 0)
		return e;
	metric_set(u->o.metrics, METRIC_AUDIT_DEFAULT, s.default_rows);
	metric_set(u->o.metrics, METRIC_AUDIT_AHEAD, s.months_ahead);
	metric_set(u->o.metrics, METRIC_AUDIT_LOOKED, now / USEC_PER_SEC);
	tell(u, &s);
	return 0;
}

static int sign_heads(struct upkeep *u, struct pg *pg, struct err *err)
{
	enum heads_signed what;
	usec_t now = clock_now();

	if (!u->o.audit_dir)
		return 0;
	int e = heads_sign(pg, u->o.audit_dir, u->o.audit_key, now, &what, err);
	if (e < 0)
		return err_prefix(err, "audit heads are not signed");
	metric_set(u->o.metrics, METRIC_AUDIT_SIGNED, now / USEC_PER_SEC);
	if (what == HEADS_NEW)
		log_info("audit_signed", "dir=%s", log_quote(span_str(u->o.audit_dir)).s);
	return 0;
}

static int count_alerts(struct upkeep *u, struct pg *pg, struct err *err)
{
	static const char sql[] =
	    "SELECT (SELECT count(*) FROM alert_history WHERE cleared_at IS NULL), "
	    "(SELECT count(*) FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL), "
	    "(SELECT count(*) FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id "
	    "WHERE d.failed_at IS NOT NULL AND s.ended_at IS NULL)";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql, NULL, &r, err);

	if (e < 0)
		return e;
	metric_set(u->o.metrics, METRIC_ALERTS_OPEN, pg_get_i64(r, 0, 0));
	metric_set(u->o.metrics, METRIC_ALERTS_WAITING, pg_get_i64(r, 0, 1));
	metric_set(u->o.metrics, METRIC_ALERTS_GIVEN_UP, pg_get_i64(r, 0, 2));
	return 0;
}

/* Reads whole tables: not each time. Where there is more than one statement may take, the next turn
 * goes on. */
static int prune_alerts(struct upkeep *u, struct pg *pg, struct err *err)
{
	static const char sql[] =
	    "SELECT bedpost_prune_alerts(make_interval(secs => $1), make_interval(secs => $2), $3)";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_double(&p, (double)u->o.keep_history / USEC_PER_SEC);
	pg_add_double(&p, (double)u->o.keep_deliveries / USEC_PER_SEC);
	pg_add_i32(&p, PRUNE_AT_MOST);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return err_prefix(err, "old alerts are not forgotten");
	int64_t rows = pg_get_i64(r, 0, 0);
	if (rows)
		log_info("alerts_pruned", "rows=%lld", (long long)rows);
	if (rows < PRUNE_AT_MOST)
		u->prune_at = clock_monotonic() + PRUNE_EVERY;
	return 0;
}

static int look_after_alerts(struct upkeep *u, struct pg *pg, struct err *err)
{
	int e = 0;

	if (!u->o.alerts)
		return 0;
	if (clock_monotonic() >= u->prune_at)
		e = prune_alerts(u, pg, err);
	return e < 0 ? e : count_alerts(u, pg, err);
}

static int turn(struct upkeep *u, struct err *err)
{
	_cleanup_(pg_closep) struct pg *pg = NULL;
	const struct pg_options o = {.conninfo = u->o.database,
				     .role = u->o.role,
				     .application = "bedpost-regional upkeep",
				     .statement_seconds = STATEMENT_SECONDS};
	int e = pg_open(&o, &pg, err);

	if (e == 0)
		e = look_at_months(u, pg, err);
	if (e < 0)
		return e;
	e = sign_heads(u, pg, err);
	int alerts = look_after_alerts(u, pg, e < 0 ? NULL : err);
	return e < 0 ? e : alerts;
}

static void *run(void *arg)
{
	struct upkeep *u = arg;
	bool failed = false;

	while (!thread_is_stopped(&u->thread)) {
		struct err err = {0};
		int e = turn(u, &err);
		if (e < 0 && !failed)
			log_error("upkeep_waits", "error=%s", log_quote(span_str(err.message)).s);
		failed = e < 0;
		thread_sleep_until(&u->thread, -1,
				   clock_monotonic() + (failed ? RETRY_EVERY : TURN_EVERY));
	}
	return NULL;
}

int upkeep_start(const struct upkeep_options *o, struct upkeep **ret, struct err *err)
{
	struct upkeep *u = calloc(1, sizeof(*u));

	if (!u)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	u->o = *o;
	u->told_ahead = PARTITIONS_AHEAD;
	int e = thread_start(&u->thread, run, u, "the upkeep", err);
	if (e < 0) {
		free(u);
		return e;
	}
	*ret = u;
	return 0;
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	thread_stop(&u->thread);
	free(u);
}
