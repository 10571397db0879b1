/* The delimiter of a CSV file that does not say: the sign that its first row has most, outside of
 * quotes. */
#pragma once

#include "adapters/csv.h"

#define CSV_SNIFF_MAX ((size_t)64 << 10) /* bytes in which the first row is looked for */

/* text: the file so far. False while more of it is needed. options: what is no row (skip_lines,
 * comment). */
bool csv_sniff(struct span text, bool last, const struct csv_options *options, char *ret_delimiter);
