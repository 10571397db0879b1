/* What the feed's cursor names is looked at in the transaction that moves the cursor: a crash
 * repeats, and what was written already is then seen as it stands. */
#include "regional/alert/evaluate.h"

#include <stdlib.h>

#include "base/log.h"
#include "regional/alert/episodes.h"
#include "regional/feed/cursor.h"
#include "regional/thread.h"
#include "store/migrate.h"

#define CONSUMER      "alert"
#define CHANNEL	      "bedpost_changed"
#define LOCK	      "4851370043" /* pg_advisory_lock: any number nobody else uses */
#define LOCK_EVERY    (2 * USEC_PER_SEC)
#define BACKOFF_FIRST (250 * USEC_PER_MSEC)

static const struct cursor_limits limits = {.homes = 64, .changes = 500};

struct evaluate {
	struct evaluate_options o;
	struct thread thread;
	struct pg *pg, *listener;
};

/* ---- one look ---- */

/* ids NULL: at all homes. */
static int look(struct evaluate *v, const struct span *ids, size_t n_ids, struct arena *a,
		int64_t *queued, struct err *err)
{
	struct rules_policy policy = {.offline_after = v->o.offline_after,
				      .notify_every = v->o.notify_every};
	struct episodes_home *homes;
	usec_t now = clock_now();
	size_t n;

	int e = episodes_load_rules(v->pg, a, &policy, err);
	if (e == 0)
		e = episodes_load(v->pg, ids, n_ids, a, &homes, &n, err);
	for (size_t i = 0; e == 0 && i < n; i++) {
		rules_evaluate(&policy, &homes[i].home, &homes[i].state, a, now);
		e = episodes_save(v->pg, &homes[i], a, now, queued, err);
	}
	return e;
}

/* The homes of sorted changes, each once. */
static struct span *homes_of(const struct cursor_change *c, size_t n, struct arena *a, size_t *ret)
{
	struct span *ids = arena_array(a, struct span, n);

	*ret = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !span_eq(c[i].facility_id, c[i - 1].facility_id))
			ids[(*ret)++] = c[i].facility_id;
	return ids;
}

static int look_at_changed(struct evaluate *v, struct arena *a, size_t *ret_changes,
			   int64_t *queued, struct err *err)
{
	struct cursor_change *changes;
	size_t n_homes;

	int e = cursor_read(v->pg, CONSUMER, &limits, a, &changes, ret_changes, err);
	if (e < 0 || !*ret_changes)
		return e;
	struct span *homes = homes_of(changes, *ret_changes, a, &n_homes);
	e = look(v, homes, n_homes, a, queued, err);
	return e < 0 ? e : cursor_advance(v->pg, CONSUMER, changes, *ret_changes, err);
}

/* changed: what the feed names, *ret_changes of it; else all homes. */
static int transaction(struct evaluate *v, bool changed, size_t *ret_changes, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	int64_t queued = 0;

	*ret_changes = 0;
	int e = pg_exec(v->pg, "BEGIN", err);
	if (e == 0)
		e = changed ? look_at_changed(v, &a, ret_changes, &queued, err)
			    : look(v, NULL, 0, &a, &queued, err);
	if (e == 0)
		e = pg_exec(v->pg, "COMMIT", err);
	if (e == 0 && queued)
		v->o.queued(v->o.user);
	return e; /* after an error the connection is given up, and the transaction with it */
}

static int catch_up(struct evaluate *v, struct err *err)
{
	size_t changes;
	int e;

	do
		e = transaction(v, true, &changes, err);
	while (e == 0 && changes && !thread_is_stopped(&v->thread));
	return e;
}

/* ---- the thread ---- */

static int watch(struct evaluate *v, struct err *err)
{
	usec_t next_all = 0;
	size_t changes;
	int e = 0;

	while (e == 0 && !thread_is_stopped(&v->thread)) {
		e = pg_drop_notifications(v->listener, err);
		if (e == 0)
			e = catch_up(v, err);
		if (e == 0 && clock_monotonic() >= next_all) {
			e = transaction(v, false, &changes, err);
			next_all = clock_monotonic() + v->o.check_every;
		}
		if (e == 0)
			thread_sleep_until(&v->thread, pg_fd(v->listener), next_all);
	}
	return e;
}

static int wait_for_lock(struct evaluate *v, struct err *err)
{
	while (!thread_is_stopped(&v->thread)) {
		_cleanup_(pg_result_freep) struct pg_result *r = NULL;
		int e = pg_query(v->pg, "SELECT pg_try_advisory_lock(" LOCK ")", NULL, &r, err);
		if (e < 0)
			return e;
		if (pg_get_bool(r, 0, 0)) {
			log_info("alerts_evaluating", "");
			return 0;
		}
		thread_sleep_until(&v->thread, -1, clock_monotonic() + LOCK_EVERY);
	}
	return 0;
}

static int connect_database(struct evaluate *v, struct err *err)
{
	struct pg_options o = {.conninfo = v->o.database,
			       .role = "bedpost_ingest",
			       .application = "bedpost-alert",
			       .statement_seconds = 30};
	int e = pg_open(&o, &v->pg, err);

	if (e == 0)
		e = pg_open(&o, &v->listener, err);
	if (e == 0)
		e = migrate_check(v->pg, err);
	if (e == 0)
		e = pg_exec(v->listener, "LISTEN " CHANNEL, err);
	if (e == 0)
		e = cursor_open(v->pg, CONSUMER, CURSOR_FROM_NOW, err);
	return e;
}

static void disconnect(struct evaluate *v)
{
	pg_close(TAKE_PTR(v->pg));
	pg_close(TAKE_PTR(v->listener));
}

static void *run(void *arg)
{
	struct evaluate *v = arg;
	usec_t backoff = BACKOFF_FIRST;
	bool said_down = false;

	while (!thread_is_stopped(&v->thread)) {
		struct err err = {0};
		int e = connect_database(v, &err);
		if (e == 0)
			e = wait_for_lock(v, &err);
		if (e == 0) {
			said_down = false;
			backoff = BACKOFF_FIRST;
			e = watch(v, &err);
		}
		disconnect(v);
		if (e == 0)
			break;
		if (!said_down)
			log_warn("alerts_wait", "error=%s", log_quote(span_str(err.message)).s);
		said_down = true;
		thread_sleep_until(&v->thread, -1, clock_monotonic() + thread_backoff(&backoff));
	}
	return NULL;
}

int evaluate_start(const struct evaluate_options *o, struct evaluate **ret, struct err *err)
{
	struct evaluate *v = calloc(1, sizeof(*v));

	if (!v)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	v->o = *o;
	int e = thread_start(&v->thread, run, v, "the alerts", err);
	if (e < 0) {
		free(v);
		return e;
	}
	*ret = v;
	return 0;
}

void evaluate_stop(struct evaluate *v)
{
	if (!v)
		return;
	thread_stop(&v->thread);
	free(v);
}
