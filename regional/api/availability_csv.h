/* GET /api/availability as CSV. Pure. */
#pragma once

#include "regional/api/query.h"

/* RFC 4180: a line per row. For programs: the names of the JSON, commas, points. For people
 * (q->has_lang) as their spreadsheets read it: a byte order mark, headings and codes in words, and
 * in Norwegian semicolons and decimal commas. */
void availability_csv(const struct query *q, const struct query_row *rows, size_t n,
		      const struct view_rule *rule, struct buf *out);
/* "availability_2026-11-22T1805Z.csv", or in the language's words; in the arena. */
const char *availability_csv_name(const struct query *q, usec_t now, struct arena *a);
