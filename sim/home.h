/* A home that lives: beds, who lies in them (a number, nothing more), and what happens next. Knows
 * nothing of files.
 *
 *              PREADMIT          ADMIT
 *   available ──────────→ reserved ──→ occupied ──→ maintenance ──→ available
 *        └──────────── ADMIT ─────────────┘   DISCHARGE        CLEANED
 *                                             TRANSFER (the bed left behind)
 *
 * LEAVE and RETURN go from occupied to reserved and back; the other ways back: PREADMIT_CANCEL,
 * ADMIT_CANCEL, TRANSFER_CANCEL, DISCHARGE_CANCEL; CLOSE takes a free bed out of use.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "bed/status.h"
#include "sim/random.h"

#define HOME_BEDS_MAX 1000

enum sim_kind {
	SIM_ADMIT,
	SIM_DISCHARGE,
	SIM_CLEANED,
	SIM_PREADMIT,
	SIM_PREADMIT_CANCEL,
	SIM_TRANSFER,
	SIM_ADMIT_CANCEL,
	SIM_TRANSFER_CANCEL,
	SIM_DISCHARGE_CANCEL,
	SIM_LEAVE, /* its resident is away; the bed is kept */
	SIM_RETURN,
	SIM_CLOSE,
	SIM_UPDATE, /* a record that changes nothing */
	SIM_KIND_COUNT,
	SIM_BAD = SIM_KIND_COUNT, /* a record whose status means nothing to anybody */
};

/* A ward as an EHR names it and as its sample's adapter maps it. */
struct sim_ward {
	const char *code; /* in the export: "Blåklokka", "SOM", "RenalWard" */
	const char *ward; /* in Bedpost: "dementia" */
	const char *care; /* care levels of its beds in turn, as digits: "22233333" */
	unsigned first_room;
};

struct sim_bed {
	const struct sim_ward *ward;
	const char *room, *name; /* as the export writes them */
	struct span id;		 /* what the sample's adapter makes of them */
	enum care_level care_level;
	enum bed_status status;
	uint64_t visit;	    /* of who lies in it or is expected; 0: nobody */
	enum sim_kind last; /* what brought it to its status */
	uint64_t frozen;    /* nothing happens to it before the home's file of this number */
};

#define STEP_CHANGES_MAX 2

struct sim_change {
	size_t bed;
	enum bed_status status;
	enum reason reason;
};

/* One thing that happens. changes[0] is of the bed that it is about; a transfer's other bed is
 * changes[1]. */
struct sim_step {
	enum sim_kind kind;
	uint64_t visit;
	usec_t at;
	size_t n;
	struct sim_change changes[STEP_CHANGES_MAX];
};

/* How an EHR numbers its beds: fills room and name of bed i (0-based) of a ward. */
typedef void (*sim_bed_namer)(const struct sim_ward *w, size_t i, struct arena *a,
			      struct sim_bed *bed);

struct sim_home {
	const char *id; /* "fac_…" */
	struct sim_random random;
	struct sim_bed *beds;
	size_t n_beds;
	uint64_t visits;	  /* given out so far */
	uint64_t file;		  /* number of the file being written, 1 … */
	struct sim_step undoable; /* the last transfer or discharge; n == 0: none */
	struct arena arena;
};

/* The beds go round the wards evenly. The starting statuses are drawn too. */
void home_init(struct sim_home *h, const char *id, const struct sim_ward *wards, size_t n_wards,
	       sim_bed_namer namer, size_t n_beds, uint64_t seed);
void home_done(struct sim_home *h);

/* What says how bed i came to its starting status. */
struct sim_step home_opening(struct sim_home *h, size_t i, usec_t at);
/* The next thing to happen; applied to the beds. false: every bed is frozen. */
bool home_next(struct sim_home *h, usec_t at, struct sim_step *ret);
/* A bad record about some bed; changes nothing. */
struct sim_step home_bad(struct sim_home *h, usec_t at);
