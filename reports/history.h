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
int history_read(struct pg *pg, const struct frame *f, const struct home *h, struct arena *a,
		 struct history_bed **ret, size_t *ret_n, struct err *err);
