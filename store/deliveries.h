/* What is sent to subscribers, or was not, as an administrator sees it: to whom, how often it was
 * tried, what came of it. Sending is regional/alert/deliver. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

struct delivery {
	int64_t id, subscription, attempts;
	struct span facility_id, rule, channel, target, notification_id;
	usec_t created_at, next_at, delivered_at, failed_at; /* failed: given up */
	struct span last_error;
};

enum deliveries_kind { DELIVERIES_WAITING, DELIVERIES_FAILED, DELIVERIES_ALL };

/* The newest first; texts live in the arena. */
int deliveries_list(struct pg *pg, enum deliveries_kind kind, int64_t limit, struct arena *a,
		    struct delivery **ret, size_t *ret_n, struct err *err);
/* What was given up is tried again, for as long as a new one would be: this one, or (id 0) all
 * whose subscription has not ended; with its note in access_log. *ret_n: how many. NOT_FOUND: this
 * one was not given up, or nobody wants it any more. */
int deliveries_retry(struct pg *pg, const char *who, int64_t id, int64_t *ret_n, struct err *err);
