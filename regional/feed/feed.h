/* The feed: PostgreSQL's notifications in, an up-to-date snapshot out.
 *
 * Whoever commits a change of availability says so in the same transaction:
 *
 *     SELECT pg_notify('bedpost_changed', 'fac_bergen,fac_oslo_nordre')
 *
 * The payload is the facilities that changed, with commas (PostgreSQL takes up to 7,999 bytes; a
 * payload that is empty or is not such a list stands for "read everything"). PostgreSQL delivers it
 * after the commit and in the order of commits, so rows read on waking are never older than the
 * notice. A connection that was lost, and every reconcile_every, reads all.
 */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "regional/live/snapshot.h"
#include "regional/metrics.h"

#define FEED_CHANNEL "bedpost_changed"
/* "fac_bergen {…}": an alert opened, cleared, changed */
#define FEED_ALERT_CHANNEL "bedpost_alert"

struct feed_options {
	const char *database;	/* libpq connection string */
	usec_t reconcile_every; /* 0: 30 s */
	struct snapshot *snapshot;
	/* An alert as the API shows it, from the thread; may be NULL. */
	void (*alert)(void *user, struct span facility_id, struct span json);
	void *user;
	struct metrics *metrics; /* may be NULL */
};

struct feed;

/* Starts the thread; PostgreSQL may be away. */
int feed_start(const struct feed_options *o, struct feed **ret, struct err *err);
void feed_stop(struct feed *f); /* NULL allowed */
bool feed_is_connected(struct feed *f);
/* PostgreSQL answers, but "bedpost-admin db migrate" was not run yet. It is looked at again. */
bool feed_waits_for_migration(struct feed *f);
