/* Which column is what. */
#pragma once

#include "adapters/propose/codes.h"
#include "adapters/propose/layout.h"
#include "adapters/propose/times.h"

#define NO_COLUMN     SIZE_MAX
#define BED_PARTS_MAX 4

struct roles {
	size_t bed[BED_PARTS_MAX]; /* that together name a bed, the widest first */
	size_t n_bed;
	size_t beds, rows; /* different beds, in so many rows */
	size_t ward, care, status, previous, time, clock, user, reason;
	size_t presence; /* a person's column: empty is a free bed */
	size_t doubt;	 /* says another status than `status`, and which is right does not show */
	enum role status_role;
	struct codes statuses, befores, cares;
	struct times times;
	bool status_unnamed;  /* found by its letters alone */
	size_t maybe_ward;    /* would make each record a bed of its own; NO_COLUMN */
	size_t status_beside; /* a column of yes and no that says another status; NO_COLUMN */
	bool is_denied;	      /* status_beside says of a free bed that it is none */
	bool is_census;
	bool time_unread;     /* a column says when, in no way that is known */
	bool is_parted;	      /* equal names were told apart by a code: apart.h */
	bool is_merged;	      /* beds share an identifier, and nothing tells them apart */
	const char *language; /* NULL: not known */
	const char *zone;     /* of the language */
};

void roles_find(struct proposal *p, struct layout *l, struct roles *ret);

/* ---- for the files of this room ---- */

void roles_count_beds(const struct sample *s, struct roles *r);
/* Does it tell of changes, so that a bed may come more than once? */
bool roles_tell_changes(const struct layout *l, const struct roles *r);
