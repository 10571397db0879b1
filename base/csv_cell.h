/* A text as a cell of CSV (RFC 4180), safe to open in a spreadsheet. Pure. */
#pragma once

#include "base/buf.h"

/* With quotes where it needs them, theirs doubled. What a spreadsheet would take for a formula gets
 * an apostrophe in front. */
void csv_cell_add(struct span text, char separator, struct buf *out);
