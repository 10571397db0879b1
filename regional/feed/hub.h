/* The hub: live streams (server-sent events) of everybody who watches, each seeing its own scope.
 *
 *     retry: 2714
 *     id: 5f0c21aa-17
 *     event: snapshot
 *     data: {"now":…,"stale_after_minutes":…,"offline_after_minutes":…,"rows":[…]}     all rows, at
 * connect
 *
 *     event: availability      data: {"rows":[…]}           rows whose numbers changed, in the
 * shape of the API event: contact           data: {"facilities":[{"facility_id","as_of","status"}]}
 * homes heard of, or gone silent event: beat              data: {"now":…}              every 15 s:
 * who misses three of them has lost the line
 *
 *     event: alert
 *     data: {"id":…,"rule":…}     one that opened, cleared or was acknowledged
 *
 * A client that comes back with Last-Event-ID gets what it missed instead of a snapshot, if the hub
 * still knows; alerts are not kept for it. Changes go out at once; in a storm they gather for
 * HUB_GATHER, each row once. A stream ends by itself after HUB_AGE_MAX, so that whoever lost the
 * right to watch is asked again.
 */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "regional/live/snapshot.h"

#define HUB_CLIENTS_MAX 4000
#define HUB_GATHER	(100 * USEC_PER_MSEC)
#define HUB_BEAT	(15 * USEC_PER_SEC)
#define HUB_AGE_MAX	(10 * USEC_PER_MIN)
#define HUB_HISTORY	8192 /* changed rows that a client that comes back can catch up on */

/* What a client asked for of what it may see. Each list is NULL, for any, or holds names between
 * commas: ",fac_a,fac_b,". Homes' contacts and alerts go by region and home only. */
struct hub_filter {
	const char *regions, *facilities, *wards;
	unsigned levels; /* a bit for each care level; 0: any */
};

struct hub_scope {
	char facility_id[IDENT_MAX + 1], region_id[IDENT_MAX + 1]; /* both "": everything */
	struct hub_filter filter;				   /* copied by hub_open() */
};

struct hub;

/* Watches the snapshot: before its writers start. */
int hub_start(struct snapshot *s, const struct freshness_rule *rule, struct metrics *metrics,
	      struct hub **ret, struct err *err);
void hub_stop(struct hub *h); /* after the server was closed; NULL allowed */
/* Answers rq with a stream; 503 when there are HUB_CLIENTS_MAX. */
void hub_open(struct hub *h, struct httpd_rq *rq, const struct hub_scope *scope);

/* An alert opened, cleared or was acknowledged: to all who see the home. json: one line, as in GET
 * /api/alerts. */
void hub_alert(struct hub *h, struct span facility_id, struct span json);

bool hub_sees(const struct hub_scope *scope, const struct facility *f);
bool hub_sees_row(const struct hub_scope *scope, const struct facility *f, const struct avail *a);
