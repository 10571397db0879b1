/* Subscriptions as the API keeps them, each by its owner: a person sees and changes those of their
 * own, an administrator all (store/alerts.h has them for the shell). Secrets go in and never come
 * out. Each change is one statement with its note in access_log, in which a webhook's address is
 * cut off after its host: what follows may be a secret of its own. */
#pragma once

#include "store/alerts.h"
#include "store/edit.h"

/* What goes into an HTTP header or an SMTP dialogue must not be able to end a line there. */
bool subscriptions_is_plain(struct span s);
/* NULL, or what is wrong with the target of a channel, for people. */
const char *subscriptions_target_fault(struct span channel, struct span target);

struct subscriptions_owner {
	bool all;		   /* whosever they are */
	int64_t user_id, token_id; /* 0: none */
};

struct subscriptions_filter {
	int64_t id;	       /* 0: any */
	bool ended;	       /* those too */
	struct edit_page page; /* by id */
};
/* Rows as in edit.h; the shape is docs/api.md's. */
int subscriptions_page(struct pg *pg, const struct subscriptions_owner *o,
		       const struct subscriptions_filter *f, struct arena *a,
		       struct pg_result **ret, struct err *err);
/* Keys of the patch: target, region_id, facility_id, rule, language.
 * secret: SPAN_NONE leaves it. */
int subscriptions_change(struct pg *pg, const struct subscriptions_owner *o, const struct edit *e,
			 int64_t id, struct span secret, enum edit_verdict *ret, struct err *err);
/* What is not delivered yet is given up. */
int subscriptions_end(struct pg *pg, const struct subscriptions_owner *o, const struct edit *e,
		      int64_t id, enum edit_verdict *ret, struct err *err);
#define SUBSCRIPTIONS_TESTS_MAX 10 /* a minute, of who is no administrator */
/* Queues a message that tells of nothing, tried once. STALE: one is waiting already, or the owner
 * has had SUBSCRIPTIONS_TESTS_MAX in the last minute. */
int subscriptions_test(struct pg *pg, const struct subscriptions_owner *o, const char *who,
		       int64_t id, struct span message_id, enum edit_verdict *ret, struct err *err);
#define SUBSCRIPTIONS_RETRY_AFTER "1 minute" /* of who is no administrator */
/* Tries a delivery again that was given up, from the first attempt on. STALE: there is none such of
 * it, it is a test message, or it was given up less than SUBSCRIPTIONS_RETRY_AFTER ago. */
int subscriptions_retry(struct pg *pg, const struct subscriptions_owner *o, const char *who,
			int64_t id, int64_t delivery, enum edit_verdict *ret, struct err *err);
/* What was sent to it and what came of it, the newest first: (id, JSON). */
int subscriptions_deliveries(struct pg *pg, const struct subscriptions_owner *o, int64_t id,
			     int64_t limit, struct arena *a, struct pg_result **ret,
			     struct err *err);
