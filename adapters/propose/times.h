/* How the times of a column are written. */
#pragma once

#include "adapters/propose/sample.h"
#include "base/clock.h"

struct times {
	const char *format; /* as the YAML writes it; NULL: none fits */
	size_t fits;	    /* values that it reads */
	size_t of;
	bool has_offset;     /* every value names its own */
	bool is_date_only;   /* no time of day */
	bool is_day_unclear; /* day and month, or day and year, could change places */
	bool is_varied;	     /* not all the same */
	bool is_falling;     /* from row to row, never forth: the newest first */
	bool is_rising;	     /* from row to row, never back */
	usec_t first, last;
};

/* Of one column, or of a date and a time of day (clock < n_columns) with a space between. */
void times_read(const struct sample *s, size_t column, size_t clock, bool is_english,
		struct times *ret);
/* Is this column the time of day alone? */
bool times_is_clock(const struct column *c);
