#include "regional/api/rows.h"

#include "regional/live/view.h"

static void add_value(const struct pg_result *r, int row, int col, const struct rows_column *c,
		      struct buf *out)
{
	if (c->kind == ROWS_TIME) {
		view_time(c->key, pg_get_time(r, row, col), out);
		return;
	}
	buf_addf(out, "\"%s\":", c->key);
	if (pg_is_null(r, row, col))
		buf_adds(out, "null");
	else if (c->kind == ROWS_NUMBER)
		buf_addf(out, "%lld", (long long)pg_get_i64(r, row, col));
	else if (c->kind == ROWS_BOOL)
		buf_adds(out, pg_get_bool(r, row, col) ? "true" : "false");
	else
		buf_add_json(out, pg_get_text(r, row, col));
}

void rows_object(const struct pg_result *r, int row, const struct rows_column *columns,
		 struct buf *out)
{
	for (int i = 0; columns[i].key; i++) {
		buf_addc(out, i ? ',' : '{');
		add_value(r, row, i, &columns[i], out);
	}
	buf_addc(out, '}');
}

void rows_list(const char *key, const struct pg_result *r, int64_t limit,
	       const struct rows_column *columns, struct buf *out)
{
	buf_addf(out, "\"%s\":[", key);
	for (int i = 0; i < pg_rows(r) && i < limit; i++) {
		if (i)
			buf_addc(out, ',');
		rows_object(r, i, columns, out);
	}
	buf_addc(out, ']');
}
