/* Rows of a query as JSON objects, by a table of columns. */
#pragma once

#include "base/buf.h"
#include "store/pg.h"

enum rows_kind { ROWS_TEXT, ROWS_NUMBER, ROWS_BOOL, ROWS_TIME };

struct rows_column {	 /* in the order of the query's columns */
	const char *key; /* NULL ends a table */
	enum rows_kind kind;
};

/* {"key":…,…} */
void rows_object(const struct pg_result *r, int row, const struct rows_column *columns,
		 struct buf *out);
/* "key":[{…},…] of the first `limit` rows. */
void rows_list(const char *key, const struct pg_result *r, int64_t limit,
	       const struct rows_column *columns, struct buf *out);
