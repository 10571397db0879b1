/* The hub: live streams (server-sent events) of everybody who watches, each seeing its own scope.
 *
 *     retry: 2714
 *     id: 5f0c21aa-17
 *     event: snapshot
 *     data: {"now":…,"stale_after_minutes":…,"offline_after_minutes":…,"rows":[…]}
 *
 *     snapshot         all rows, at connect
 *     availability     {"rows":[…]}: rows whose numbers changed, in the shape of the API; those of
 *                      a home that was closed have the status "closed", and no beds
 *     contact          {"facilities":[{"facility_id","as_of","status"}]}: heard of, gone silent or
 * closed alert            {"id":…,"rule":…}: one that opened, cleared or was acknowledged beat
 * {"now":…} every 15 s: who misses three of them has lost the line
 *
 * A client that comes back with Last-Event-ID, or begins with the cursor of hub_picture() as
 * ?after=, gets what it missed instead of a snapshot, if the hub still knows; alerts are not kept
 * for it. Changes go out at once; in a storm they gather for
 * HUB_GATHER, each row once. A stream ends by itself after HUB_AGE_MAX, so that whoever lost the
 * right to watch is asked again.
 */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "regional/feed/hub_scope.h"
#include "regional/live/snapshot.h"

/* Streams that are open at once: of all, of one login or token on all its screens, and from one
 * address, behind which a whole town may sit. */
#define HUB_CLIENTS_MAX	    4000
#define HUB_PER_LOGIN_MAX   100
#define HUB_PER_ADDRESS_MAX 1000
#define HUB_GATHER	    (100 * USEC_PER_MSEC)
#define HUB_BEAT	    (15 * USEC_PER_SEC)
#define HUB_AGE_MAX	    (10 * USEC_PER_MIN)
#define HUB_HISTORY	    8192 /* changed rows that a client that comes back can catch up on */

/* Who opens a stream, for the limits. 0: nobody that is counted. */
struct hub_party {
	int64_t login;
	uint64_t address;
};

struct hub_limits {
	size_t clients, per_login, per_address;
};
#define HUB_LIMITS ((struct hub_limits){HUB_CLIENTS_MAX, HUB_PER_LOGIN_MAX, HUB_PER_ADDRESS_MAX})

struct hub;

/* Watches the snapshot: before its writers start. */
int hub_start(struct snapshot *s, const struct freshness_rule *rule,
	      const struct hub_limits *limits, struct metrics *metrics, struct hub **ret,
	      struct err *err);
void hub_stop(struct hub *h); /* after the server was closed; NULL allowed */
/* Answers rq with a stream; 503 when there are as many as may be, 429 when the party has as many
 * as it may have. */
void hub_open(struct hub *h, struct httpd_rq *rq, const struct hub_scope *scope,
	      const struct hub_party *party);
/* "cursor":…,"now":…,"stale_after_minutes":…,"offline_after_minutes":…,"rows":[…]: what a snapshot
 * holds, and where a stream goes on from it. */
void hub_picture(struct hub *h, const struct hub_scope *scope, struct buf *out);

/* An alert opened, cleared or was acknowledged: to all who see the home. json: one line, as in GET
 * /api/alerts. */
void hub_alert(struct hub *h, struct span facility_id, struct span json);
