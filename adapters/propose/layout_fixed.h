/* Lists of fixed width: columns are where all lines of the list have blanks between. */
#pragma once

#include "adapters/propose/layout.h"

#define FIXED_COLUMNS_MAX 64

struct fixed {
	struct csv_place places[FIXED_COLUMNS_MAX];
	size_t n;
	uint64_t first_line,
	    last_line;	      /* 1-based, of the header or the first row; of the last one */
	size_t lines, sums;   /* of the list; behind it */
	uint64_t header_line; /* of pages */
};

/* False: the text is no such list of three columns or more. comment: as of CSV. */
bool layout_fixed_find(struct span text, const char *comment, struct arena *a, struct fixed *ret);
/* A list whose header is known, by the names in it: whatever other lines there are. False: no such
 * header, or the lines do not keep to it. */
bool layout_fixed_find_pages(struct span text, const char *comment, struct arena *a,
			     struct fixed *ret);
/* ----- ---- or ==== below a header */
bool layout_fixed_is_rule(struct span line);
