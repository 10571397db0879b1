#include "regional/alert/alert.h"

#include <stdlib.h>

#include "regional/alert/deliver.h"

struct alert {
	struct evaluate *evaluate;
	struct deliver *deliver;
};

static void wake(void *user)
{
	struct alert *a = user;

	deliver_wake(a->deliver);
}

int alert_start(const struct alert_options *o, struct alert **ret, struct err *err)
{
	struct alert *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	int e = deliver_start(o->database, &o->mail, &o->outbound, o->metrics, &a->deliver, err);
	if (e == 0)
		e = evaluate_start(&(struct evaluate_options){.database = o->database,
							      .check_every = o->check_every,
							      .notify_every = o->notify_every,
							      .offline_after = o->offline_after,
							      .queued = wake,
							      .user = a},
				   &a->evaluate, err);
	if (e < 0) {
		alert_stop(a);
		return e;
	}
	*ret = a;
	return 0;
}

void alert_stop(struct alert *a)
{
	if (!a)
		return;
	evaluate_stop(a->evaluate);
	deliver_stop(a->deliver);
	free(a);
}
