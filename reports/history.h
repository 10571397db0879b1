/* A home's beds over the period, from the audit log: each bed's course as spans (course.h). */
#pragma once

#include "reports/course.h"
#include "reports/question.h"
#include "store/pg.h"

struct history_bed {
	struct span id;
	struct course_span *spans;
	size_t n_spans;
};

/* Of one home, in the arena: at most its beds and what happened to them in the period and
 * COURSE_CANCEL_WITHIN around it is held. Beds of which nothing was known in the period are left
 * out. */
/* ever: from the bed's first row on rather than from the period's beginning, and without doubts: a
 * bed's whole accepted course up to the end. */
enum history_reach { HISTORY_PERIOD, HISTORY_EVER };
int history_read(struct pg *pg, const struct frame *f, const struct home *h,
		 enum history_reach reach, struct arena *a, struct history_bed **ret, size_t *ret_n,
		 struct err *err);
