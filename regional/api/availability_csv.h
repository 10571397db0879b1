/* GET /api/availability as CSV. Pure. */
#pragma once

#include "regional/api/query.h"

/* RFC 4180: a line per row. For programs: the names of the JSON, commas, points. For people
 * (q->has_lang) as their spreadsheets read it: a byte order mark, headings and codes in words, and
 * in Norwegian semicolons and decimal commas. */
void availability_csv(const struct query *q, const struct query_row *rows, size_t n,
		      const struct view_rule *rule, struct buf *out);
const char *availability_csv_name(const struct query *q); /* the file's, in the language */
