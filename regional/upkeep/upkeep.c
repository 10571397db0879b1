/* A connection is opened for each turn: once a minute that costs nothing, and there is none to
 * look after in between. */
#include "regional/upkeep/upkeep.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "store/heads_folder.h"
#include "store/partitions.h"
#include "store/pg.h"

#define TURN_EVERY	  (60 * USEC_PER_SEC)
#define RETRY_EVERY	  (5 * USEC_PER_SEC)
#define STATEMENT_SECONDS 30

struct upkeep {
	struct upkeep_options o;
	pthread_t thread;
	int stop_fd;
	int64_t told_rows; /* what was last said of the months */
	int told_ahead;
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
	return e < 0 ? e : sign_heads(u, pg, err);
}

/* True when it is time to stop. */
static bool wait_for_stop(const struct upkeep *u, usec_t time)
{
	struct pollfd p = {.fd = u->stop_fd, .events = POLLIN};

	return poll(&p, 1, (int)(time / USEC_PER_MSEC)) > 0;
}

static void *run(void *arg)
{
	struct upkeep *u = arg;
	bool failed = false;

	do {
		struct err err = {0};
		int e = turn(u, &err);
		if (e < 0 && !failed)
			log_error("upkeep_waits", "error=%s", log_quote(span_str(err.message)).s);
		failed = e < 0;
	} while (!wait_for_stop(u, failed ? RETRY_EVERY : TURN_EVERY));
	return NULL;
}

static void upkeep_free(struct upkeep *u)
{
	closep(&u->stop_fd);
	free(u);
}

int upkeep_start(const struct upkeep_options *o, struct upkeep **ret, struct err *err)
{
	struct upkeep *u = calloc(1, sizeof(*u));

	if (!u)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	u->o = *o;
	u->told_ahead = PARTITIONS_AHEAD;
	u->stop_fd = eventfd(0, EFD_CLOEXEC);
	int e = u->stop_fd < 0 ? errno : pthread_create(&u->thread, NULL, run, u);
	if (e) {
		upkeep_free(u);
		return err_errno(err, e, "thread of the upkeep");
	}
	*ret = u;
	return 0;
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	(void)eventfd_write(u->stop_fd, 1);
	(void)pthread_join(u->thread, NULL);
	upkeep_free(u);
}
