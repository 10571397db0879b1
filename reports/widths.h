/* How wide a table's columns are (inside reports/; pure). */
#pragma once

#include <stddef.h>

/* What a column's cells take: with a line's end at every word's, and on one line. */
struct wish {
	double least, whole;
};

/* How much of its size a font must keep for every column to have its least of `room`, but no less
 * than `smallest`. */
double widths_scale(const struct wish *wishes, size_t n, double room, double smallest);
/* Each column its least, and of the rest what it lacks of its whole; what nobody lacks is shared
 * out evenly. Where not even the least fits, each gives up the same part. The widths sum up to
 * `room`. */
void widths_share(const struct wish *wishes, size_t n, double room, double *ret_widths);
