/* Two connections: one listens and does nothing else, one reads. Both go together: after any
 * trouble both are opened anew, LISTEN first and then everything is read, so nothing that was
 * committed in between is missed. */
#include "regional/feed/feed.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "regional/live/source.h"
#include "regional/thread.h"
#include "store/migrate.h"
#include "store/pg.h"
#include "store/row_scope.h"

#define BACKOFF_FIRST (100 * USEC_PER_MSEC)
#define IDS_MAX	      256 /* homes named since the last reading; more are not worth picking out */

struct feed {
	struct feed_options o;
	struct thread thread;
	_Atomic bool connected, unmigrated;
	struct pg *listener, *reader;
	usec_t next_reconcile;
};

/* Homes that changed, once each. */
struct homes {
	struct arena arena;
	struct span ids[IDS_MAX];
	size_t n;
	bool all;
};

static void add_home(struct homes *h, struct span id)
{
	for (size_t i = 0; i < h->n; i++)
		if (span_eq(h->ids[i], id))
			return;
	if (h->n == IDS_MAX)
		h->all = true;
	else
		h->ids[h->n++] = arena_span(&h->arena, id);
}

static void add_payload(struct homes *h, struct span payload)
{
	struct span id;

	if (!payload.n)
		h->all = true;
	while (!h->all && span_cut(&payload, ',', &id)) {
		if (ident_is_facility(id))
			add_home(h, id);
		else
			h->all = true;
	}
}

static void tell_alert(const struct feed *f, struct span payload)
{
	struct span id;

	if (f->o.alert && span_cut(&payload, ' ', &id) && payload.p)
		f->o.alert(f->o.user, id, payload);
}

static void disconnect(struct feed *f)
{
	pg_close(TAKE_PTR(f->listener));
	pg_close(TAKE_PTR(f->reader));
	atomic_store(&f->connected, false);
}

static int read_all(struct feed *f, struct err *err)
{
	f->next_reconcile = clock_monotonic() + f->o.reconcile_every;
	return snapshot_read_all(f->o.snapshot, f->reader, err);
}

static int connect_database(struct feed *f, struct err *err)
{
	struct pg_options o = {.conninfo = f->o.database,
			       .role = SOURCE_ROLE,
			       .setup = ROW_SCOPE_ALL,
			       .application = "bedpost-feed",
			       .statement_seconds = 30};

	int e = pg_open(&o, &f->listener, err);
	if (e == 0)
		e = pg_open(&o, &f->reader, err);
	atomic_store(&f->unmigrated, false);
	if (e == 0 && (e = migrate_check_reader(f->reader, err)) == -ERR_CONFLICT)
		atomic_store(&f->unmigrated, true);
	if (e == 0)
		e = pg_exec(f->listener, "LISTEN " FEED_CHANNEL "; LISTEN " FEED_ALERT_CHANNEL,
			    err);
	if (e == 0)
		e = read_all(f, err);
	atomic_store(&f->connected, e == 0);
	return e;
}

/* Takes all notifications there are, then reads what they name: many commits, one reading. */
static int take_notifications(struct feed *f, struct err *err)
{
	struct homes homes = {0};
	struct pg_notification n;
	int e;

	while ((e = pg_next_notification(f->listener, &n, err)) > 0) {
		metric_add(f->o.metrics, METRIC_FEED_WAKEUPS, 0, 1);
		if (span_eq_str(n.channel, FEED_ALERT_CHANNEL))
			tell_alert(f, n.payload);
		else
			add_payload(&homes, n.payload);
	}
	if (e == 0 && homes.all)
		e = read_all(f, err);
	else if (e == 0 && homes.n)
		e = snapshot_read_facilities(f->o.snapshot, f->reader, homes.ids, homes.n, err);
	arena_done(&homes.arena);
	return e;
}

static int follow(struct feed *f, struct err *err)
{
	int e = 0;

	while (e == 0 && !thread_is_stopped(&f->thread)) {
		thread_sleep_until(&f->thread, pg_fd(f->listener), f->next_reconcile);
		e = take_notifications(f, err);
		if (e == 0 && clock_monotonic() >= f->next_reconcile)
			e = read_all(f, err);
	}
	return e;
}

static void *run(void *arg)
{
	struct feed *f = arg;
	usec_t backoff = BACKOFF_FIRST;
	bool said_down = false;

	while (!thread_is_stopped(&f->thread)) {
		struct err err = {0};
		int e = connect_database(f, &err);
		if (e == 0) {
			log_info("feed_up", "");
			said_down = false;
			backoff = BACKOFF_FIRST;
			e = follow(f, &err);
		}
		disconnect(f);
		if (e == 0)
			break;
		if (!said_down)
			log_warn("feed_down", "error=%s", log_quote(span_str(err.message)).s);
		said_down = true;
		thread_sleep_until(&f->thread, -1, clock_monotonic() + thread_backoff(&backoff));
	}
	return NULL;
}

int feed_start(const struct feed_options *o, struct feed **ret, struct err *err)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	f->o = *o;
	f->o.reconcile_every = o->reconcile_every ? o->reconcile_every : 30 * USEC_PER_SEC;
	int e = thread_start(&f->thread, run, f, "the feed", err);
	if (e < 0) {
		free(f);
		return e;
	}
	*ret = f;
	return 0;
}

void feed_stop(struct feed *f)
{
	if (!f)
		return;
	thread_stop(&f->thread);
	free(f);
}

bool feed_is_connected(struct feed *f)
{
	return atomic_load(&f->connected);
}

bool feed_waits_for_migration(struct feed *f)
{
	return atomic_load(&f->unmigrated);
}
