/* Waits in short turns so that stopping needs no second way to wake it. */
#include "regional/live/follow.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "regional/live/redis.h"

#define TURN	    (200 * USEC_PER_MSEC)
#define TIMEOUT	    (1 * USEC_PER_SEC)
#define RETRY_EVERY (1 * USEC_PER_SEC)

struct follow {
	char *redis, *password;
	struct snapshot *snapshot;
	pthread_t thread;
	_Atomic bool stop;
};

static void take(struct follow *f, const struct redis_value *v)
{
	struct avail a;

	if (v->kind == REDIS_LIST && v->n_items == 3 && span_eq(v->items[0], SPAN("message")) &&
	    avail_from_json(v->items[2], &a))
		snapshot_apply(f->snapshot, &a, 1);
}

/* Until the connection is lost or it is time to stop. */
static void follow_one(struct follow *f)
{
	_cleanup_(redis_closep) struct redis *r = NULL;
	struct redis_value v;
	int n = 0;

	if (redis_open(f->redis, f->password, TIMEOUT, &r, NULL) < 0)
		return;
	REDIS_SEND(r, SPAN("SUBSCRIBE"), SPAN("avail.changed"));
	if (redis_receive(r, &v, NULL) < 0)
		return;
	while (!atomic_load(&f->stop) && n >= 0) {
		n = redis_wait(r, TURN, &v, NULL);
		if (n > 0)
			take(f, &v);
	}
}

static void *run(void *arg)
{
	struct follow *f = arg;

	while (!atomic_load(&f->stop)) {
		follow_one(f);
		for (usec_t waited = 0; waited < RETRY_EVERY && !atomic_load(&f->stop);
		     waited += TURN)
			(void)usleep(TURN);
	}
	return NULL;
}

static void follow_free(struct follow *f)
{
	free(f->redis);
	free(f->password);
	free(f);
}

int follow_start(const char *redis, const char *password, struct snapshot *s, struct follow **ret,
		 struct err *err)
{
	*ret = NULL;
	if (!redis)
		return 0;
	struct follow *f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	f->redis = strdup(redis);
	f->password = password ? strdup(password) : NULL;
	f->snapshot = s;
	int e = f->redis ? pthread_create(&f->thread, NULL, run, f) : ENOMEM;
	if (e) {
		follow_free(f);
		return err_errno(err, e, "thread that follows Redis");
	}
	*ret = f;
	return 0;
}

void follow_stop(struct follow *f)
{
	if (!f)
		return;
	atomic_store(&f->stop, true);
	pthread_join(f->thread, NULL);
	follow_free(f);
}
