/* Alert rules, subscriptions and episodes as an administrator keeps and sees them. Like registry.h:
 * each change is one statement with its note in access_log, and `who` names the administrator in
 * it. Texts of results live in the arena. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/alert_terms.h"
#include "store/pg.h"

#define ALERTS_DEFAULT		 INT64_C(-1) /* a threshold: as built in */
#define ALERTS_SECRET_MIN	 16	     /* characters of a webhook's secret */
#define ALERTS_SECRET_MAX	 256
#define ALERTS_SUBSCRIPTIONS_MAX 100 /* of one owner at a time; administrators have no end */
#define ALERTS_TARGET_MAX	 1000

struct alerts_rule {
	struct span rule;			  /* alert_terms.h */
	struct span region_id, facility_id, ward; /* SPAN_NONE: any; a ward goes with its home */
	int64_t threshold;			  /* beds, seconds, events; ALERTS_DEFAULT */
	bool enabled;
	/* of a list only */
	usec_t set_at;
	struct span set_by;
};
/* Parameters $1 who, $2 rule, $3 region_id, $4 facility_id, $5 ward, $6 threshold (null: as built
 * in), $7 enabled. */
void alerts_add_rule(struct pg_params *p, const char *who, const struct alerts_rule *rule);
/* Replaces what was set for the same place. INVALID: makes no sense, and why; NOT_FOUND: no such
 * region or home. */
int alerts_rule_set(struct pg *pg, const char *who, const struct alerts_rule *r, struct err *err);
int alerts_rules(struct pg *pg, struct arena *a, struct alerts_rule **ret, size_t *ret_n,
		 struct err *err);

struct alerts_subscription {
	struct span channel, target; /* "webhook" or "push" and a URL, "email" and an address */
	struct span secret; /* a webhook's; a push server's token, if it wants one; never listed */
	struct span region_id, facility_id, rule; /* SPAN_NONE: any */
	struct span language;			  /* "en", "nb"; SPAN_NONE: en */
	int64_t user_id, token_id;		  /* whose it is; both 0: the administrators' */
	/* of a list only */
	int64_t id, waiting, failed; /* deliveries not yet made; given up */
	struct span created_by;
	struct span last_error; /* of one that waits */
	usec_t created_at, ended_at;
};
/* INVALID: makes no sense, and why (without the secret); NOT_FOUND: no such region or home. */
int alerts_subscribe(struct pg *pg, const char *who, const struct alerts_subscription *s,
		     int64_t *ret_id, struct err *err);
/* What is not delivered yet is given up. NOT_FOUND: no such id. */
int alerts_unsubscribe(struct pg *pg, const char *who, int64_t id, struct err *err);
int alerts_subscriptions(struct pg *pg, struct arena *a, struct alerts_subscription **ret,
			 size_t *ret_n, struct err *err);

struct alerts_episode {
	struct span id, facility_id, rule, ward; /* ward "": of the home as a whole */
	int64_t value, threshold;
	usec_t opened_at, cleared_at, acknowledged_at;
	struct span acknowledged_by, acknowledged_note;
};
/* The newest first; all: cleared ones too. */
int alerts_episodes(struct pg *pg, bool all, int64_t limit, struct arena *a,
		    struct alerts_episode **ret, size_t *ret_n, struct err *err);
