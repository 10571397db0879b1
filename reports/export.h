/* What exports to other systems are made of: the homes of the frame as they are now, with their
 * places. */
#pragma once

#include "reports/report.h"

enum export_count {
	EXPORT_AVAILABLE,
	EXPORT_OCCUPIED,
	EXPORT_RESERVED,
	EXPORT_MAINTENANCE,
	EXPORT_UNCONFIRMED,
	EXPORT_COUNTS,
};

extern const char *const export_count_names[EXPORT_COUNTS];

struct export_place {
	struct span ward, care_level;
	int64_t total, beds[EXPORT_COUNTS];
};

struct export_home {
	struct span id, name;
	bool has_place;
	double latitude, longitude;
	usec_t as_of; /* USEC_NONE: nothing was heard yet */
	struct export_place *places;
	size_t n_places;
};

/* In the run's arena; one per home of the frame that is not closed, in its order. INVALID if the
 * question is of another time than now: an export tells what is. */
int export_read(struct report_run *r, struct export_home **ret, size_t *ret_n, struct err *err);
