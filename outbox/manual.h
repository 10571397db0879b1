/* A bed set by hand, on the home's board or with `bedpost bed set`: one event from no file.
 *
 * The person acts on what they saw. If the bed is another by now nothing is written, and the bed as
 * it stands is given back: two people, or a person and the EHR, never overwrite each other unseen.
 *
 * Each request carries a key of its maker's choice, kept with the event. The same request again, a
 * second tap or one repeated after an answer that was lost, finds its event and makes no second
 * one.
 *
 * changed_at is now. Where the bed's last change lies ahead of this clock, by five minutes at most
 * (the EHR's clock, the region's), it is the moment after that change: what a person does now is
 * not older than what they look at, and would be old news otherwise.
 */
#pragma once

#include "bed/ident.h"
#include "outbox/outbox.h"

#define MANUAL_ADAPTER "board" /* source.adapter of such an event */
#define MANUAL_KEY_MIN 16      /* bytes */
#define MANUAL_KEY_MAX 64

struct manual_change {
	struct span bed_id;
	enum bed_status seen;	/* what the person saw; BED_UNKNOWN: set it whatever it is */
	enum bed_status status; /* to be */
	enum reason reason;
	struct span changed_by;
	struct span key;
};

enum manual_outcome {
	MANUAL_SET,	  /* committed */
	MANUAL_REPEATED,  /* this very request was committed before */
	MANUAL_ALREADY,	  /* the bed has this status; nothing was written */
	MANUAL_OVERTAKEN, /* the bed is no longer as seen; nothing was written */
};

struct manual_bed {
	enum bed_status status;
	usec_t changed_at;
	usec_t told;			/* when the region told of it; USEC_NONE: the home's own */
	char changed_by[IDENT_MAX + 1]; /* "" if unknown */
};

struct manual_result {
	enum manual_outcome outcome;
	struct ulid event_id;  /* SET, REPEATED */
	struct manual_bed bed; /* as it stands now */
};

/* In one transaction; the caller wakes syncd. NOT_FOUND: this home has no such bed. INVALID: a
 * field's shape, or the key stands for another request. CONFLICT: the bed's last change lies more
 * than five minutes ahead, so one of two clocks is wrong. FULL and UNAVAILABLE as in outbox.h:
 * nothing was written. */
int manual_set(struct outbox *o, const struct manual_change *c, usec_t now,
	       struct manual_result *ret, struct err *err);
