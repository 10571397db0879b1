/* Proves the audit log: every home's chain is walked (audit_walk.h) in one snapshot of the
 * database, so that what is written meanwhile does not matter. Rows come a few thousand at a time,
 * in the order of an index; memory does not grow with the log. */
#pragma once

#include "store/audit_walk.h"
#include "store/heads_folder.h"
#include "store/pg.h"

struct audit_verify_options {
	struct span facility_id; /* SPAN_NONE: all homes */
	usec_t from, to; /* only what was received then, from … before to; USEC_NONE: no bound. With
			    `to` the end of the chain is not looked at. */
	const struct heads_set *heads; /* NULL: none at hand */
	audit_found_t found;
	/* After every few thousand rows; may be NULL. total is what the homes' heads say. */
	void (*progress)(void *user, int64_t rows, int64_t total);
	void *user;
};

struct audit_verify_result {
	int64_t facilities, rows, wrong; /* wrong: places */
	usec_t took;
};

/* As a role that may read bed_audit_log. NOT_FOUND: nothing is known of that one home. */
int audit_verify(struct pg *pg, const struct audit_verify_options *o,
		 struct audit_verify_result *ret, struct err *err);
