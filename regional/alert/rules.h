/* When an alert opens and clears, and when somebody is told. Pure: values in, values out, `now`
 * passed in.
 *
 *   rule             value                                   over when              built-in
 *   low              free beds of a ward                     < threshold            2
 *   critical         free beds of a ward                     0                      -
 *   offline          seconds since the last contact          > threshold            offline_after
 *   conflict         open conflicts                          > 0                    -
 *   clock_skew       seconds the home's clock is off         > threshold            120
 *   digest_mismatch  seconds the states have differed        > threshold            300
 *   gap              events that are missing                 > threshold, or for    1000
 *                                                            RULES_GAP_WAIT
 *   feed_silent      seconds between the feed's last event   > threshold            a week
 *                    and the last contact
 *
 * An episode lasts from when its value is over until it is not. What opens and clears is known at
 * once (history, page); a notification goes out at most once per rule and home in `notify_every`
 * and tells all that changed since the last. An episode that came and went between two of them is
 * not worth one.
 *
 *     value   ──over──┐   ┌─over─┐  ┌─over───────────
 *     history  open  clear open clear open
 *     told    ▲ open                      ▲ first cleared, last open
 *             └────── notify_every ───────┘
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"
#include "store/alert_terms.h"

#define RULES_GAP_WAIT (2 * USEC_PER_MIN)

/* ---- thresholds ---- */

struct rules_row { /* of the table alert_rules */
	enum alert_rule rule;
	struct span region_id, facility_id, ward; /* SPAN_NONE: any */
	bool enabled;
	int64_t threshold; /* negative: the built-in one */
};

struct rules_policy {
	const struct rules_row *rows;
	size_t n;
	usec_t offline_after; /* the built-in threshold of `offline` */
	usec_t notify_every;
};

struct rules_setting {
	bool enabled;
	int64_t threshold;
};

/* The most exact row: ward, home, region, all. */
struct rules_setting rules_setting(const struct rules_policy *p, enum alert_rule rule,
				   struct span region_id, struct span facility_id,
				   struct span ward);

/* ---- a home ---- */

struct rules_ward {
	struct span name;
	int64_t available, total; /* a ward without beds is not looked at */
};

struct rules_home {
	struct span id, name, region_id;
	bool revoked;		/* nothing is expected of it any more: all clears */
	usec_t last_contact_at; /* USEC_NONE: never; then it is not missed either */
	usec_t in_sync_at, snapshot_asked_at;
	int64_t clock_skew_us;
	int64_t conflicts; /* open */
	usec_t gap_since;  /* USEC_NONE: nothing is missing */
	int64_t gap_events;
	usec_t fed_at; /* USEC_NONE: no feed is known of */
	struct rules_ward *wards;
	size_t n_wards;
};

struct rules_episode {
	struct rules_episode *next;
	enum alert_rule rule;
	struct span ward; /* "": of the home as a whole */
	struct span id;	  /* SPAN_NONE: new */
	int64_t value, threshold;
	usec_t opened_at, cleared_at; /* USEC_NONE: open */
	bool closed;		      /* cleared because the home was closed, not by itself */
	bool told_opened, told_cleared;
	bool dirty; /* to be written */
	bool tell;  /* part of the notification that is due */
	bool seen;
};

/* What is known of a home's alerts: its open episodes, and those cleared of which that was not told
 * yet. */
struct rules_state {
	struct rules_episode *episodes;
	usec_t notified_at[ALERT_RULE_COUNT]; /* USEC_NONE: never */
	bool notify[ALERT_RULE_COUNT];	      /* a notification of this rule is due now */
};

/* Since when the home is missed: its last contact, while an episode of `offline` is open;
 * USEC_NONE: it is not. */
usec_t rules_offline_since(const struct rules_home *h, const struct rules_state *s);

struct rules_state rules_state_empty(void);
/* Opens, clears and marks what is to be told. New episodes come from the arena. */
void rules_evaluate(const struct rules_policy *p, const struct rules_home *h, struct rules_state *s,
		    struct arena *a, usec_t now);
