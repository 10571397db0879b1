/* What an open outbox holds; for the files of outbox/ only. */
#pragma once

#include "outbox/db.h"
#include "outbox/messages.h"
#include "outbox/outbox.h"
#include "outbox/visits.h"

/* A disposal that is known but not yet written (intake.h, intake_disposed). */
struct disposal {
	int64_t id;
	usec_t at;
	char *where;
};

struct outbox {
	struct db *db;
	char *state_dir, *facility;
	uint8_t key[DIGEST_KEY_BYTES];
	int64_t min_free;

	/* The state digest, valid for this version of the beds; version -1: none yet. */
	int64_t state_version;
	struct digest state;

	struct messages *messages; /* that were read before */
	struct visits *visits;	   /* that they spoke of */

	struct disposal *disposals;
	size_t n_disposals, cap_disposals;
};

/* The cursor's row with the epoch it belongs to. */
struct cursor {
	char epoch[WIRE_EPOCH_CHARS + 1];
	int64_t base;	     /* seq = n - base */
	int64_t last, acked; /* as n */
	int64_t rev, beds_version;
	usec_t answered, in_sync;
};
int cursor_read(struct outbox *o, struct cursor *ret, struct err *err);
int outbox_make_epoch(char out[WIRE_EPOCH_CHARS + 1], struct err *err); /* a random UUID */
int64_t outbox_disk_free(const struct outbox *o); /* bytes where state_dir is */
/* FULL if less is free than min_free and what is to come. */
int outbox_check_room(const struct outbox *o, int64_t more, struct err *err);
