/* What the page shows: the home's beds and how the line is, as JSON, made from the outbox and
 * syncd's status file when one of them has changed.
 *
 *   {"facility":"fac_oslo_nordre","zone":"Europe/Oslo",
 *    "line":{"state":"up","since":"…","in_sync_as_of":"…","last_contact":"…","queued":0,
 *            "oldest":null,"unanswered_since":null,"refused":0},
 *    "stopped":null,"held":0,"held_since":null,
 *    "beds":[{"bed_id":"bed_2b_room_14","ward":"dementia","care_level":"intensive",
 *             "status":"available","changed_at":"…","changed_by":"user_kari","set_by":"home"}]}
 *
 *   state         up; down (no contact); starting; gone (syncd does not run); silent (it runs and
 *                 says nothing: nobody knows how the line is)
 *   since         when that state began; silent: when syncd last said something
 *   in_sync_as_of when home and region last proved to agree, with nothing queued
 *   unanswered_since
 *                 up, something is on its way, and no answer came for longer than one takes: the
 *                 region stands still, or the line is slow
 *   refused       changes that the region refused for good
 *   stopped       "full": nothing can be saved for want of room
 *   held          censuses that are far off and wait for a person (outbox/hold.h)
 *   set_by        home, or region where somebody set the bed there
 */
#pragma once

#include "base/buf.h"
#include "outbox/home.h"
#include "outbox/outbox.h"

struct picture {
	const struct home *home;
	struct outbox *outbox; /* of its own, to read; NULL until it could be opened */
	int64_t version;
	usec_t again;	 /* monotonic: made anew then, whatever has changed */
	struct buf seen; /* syncd's status file, when the picture was made */
	struct buf json;
};

void picture_init(struct picture *p, const struct home *home);
void picture_done(struct picture *p);
/* 1: it is another than before; 0: it is not; < 0: it cannot be made, and the old one stays. */
int picture_refresh(struct picture *p, usec_t now, struct err *err);

void picture_add_bed(struct buf *out, const char *bed_id, const char *ward, const char *care_level,
		     const char *status, usec_t changed_at, const char *changed_by, usec_t told);
