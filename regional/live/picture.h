/* The region as one table in memory: every home, and every row of its availability. Values only: no
 * lock, no clock, no IO. Rows may come twice, late and out of order; the newest rev wins. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "regional/live/avail.h"
#include "regional/live/fresh.h"
#include "regional/live/index.h"

#define FACILITY_NAME_MAX    200
#define FACILITY_ADDRESS_MAX 1000

struct facility {
	char id[IDENT_MAX + 1];
	char region_id[IDENT_MAX + 1];
	char name[FACILITY_NAME_MAX + 1]; /* UTF-8, cut at a character */
	char region_name[FACILITY_NAME_MAX + 1];
	char address[FACILITY_ADDRESS_MAX + 1]; /* a JSON object; "{}" if unknown or longer */
	double latitude, longitude;		/* NAN: unknown */
	usec_t last_contact_at;			/* USEC_NONE: never */
	usec_t offline_since;			/* USEC_NONE: not offline */
	usec_t closed_at;			/* USEC_NONE: open */
	usec_t as_of;	     /* the time through which its beds are known; USEC_NONE: never */
	int64_t queue_depth; /* events still waiting at the home */
};

struct picture_row {
	struct avail a;
	size_t facility;
	usec_t touched; /* clock_monotonic() when it was last set */
};

struct picture {
	struct facility *facilities; /* never moves up or down: a home is added, not taken away */
	size_t n_facilities, cap_facilities;
	struct picture_row *rows;
	size_t n_rows, cap_rows;
	struct index facility_index, row_index;
};

void picture_done(struct picture *p);
const struct facility *picture_facility(const struct picture *p,
					struct span id); /* NULL: unknown */
const struct picture_row *picture_row(const struct picture *p, struct span facility,
				      struct span ward, enum care_level care_level);

/* Adds or updates a home; true if what watchers see of it changed. */
bool picture_set_facility(struct picture *p, const struct facility *f);
/* A closed home stays in the picture for who asks for it by name; its rows are not shown. */
static inline bool picture_is_closed(const struct facility *f)
{
	return f->closed_at != USEC_NONE;
}
/* True if the row is new or differs in its numbers. A rev that is not newer is left out, unless the
 * row was last touched before `truth_since`: then what is given was read from the database later,
 * and the database decides (it may have been restored from a backup). USEC_NONE: no such claim. A
 * row of an unknown home is left out. */
bool picture_set_row(struct picture *p, const struct avail *a, usec_t now, usec_t truth_since);

const char *freshness_name(enum freshness f);
/* As of a home or of one of its rows; what the alerts call offline is so, unless it is closed. */
enum freshness picture_freshness(const struct facility *f, usec_t as_of, usec_t now,
				 const struct freshness_rule *rule);
/* The later of what the row says and what the home's last contact confirmed. */
usec_t picture_as_of(const struct facility *f, const struct avail *a);
