/* Rows of typed cells, printed aligned for people or as JSON, from one source.
 *
 *     static const struct table_column columns[] = {
 *             {"name", "FILE"}, {"events", "EVENTS", TABLE_NUMBER}, {"digest", NULL}, {0},
 *     };
 *     struct table t = table_of(columns);
 *     table_text(&t, name);
 *     table_number(&t, 3);
 *     table_text(&t, hex);    (the row is full after its last cell)
 *     table_print(&t, line->json);
 *     table_done(&t);
 *
 * Text may hold any bytes: control characters and what is not UTF-8 is shown as \xHH, so that no
 * file name can drive a terminal or break JSON.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

enum table_type { TABLE_TEXT, TABLE_NUMBER, TABLE_TIME, TABLE_BOOL };

struct table_column {
	const char *key;      /* in JSON; NULL ends the list */
	const char *title;    /* NULL: not in the table for people */
	enum table_type type; /* numbers stand to the right */
};

struct table_cell;
struct table {
	const struct table_column *columns;
	size_t n_columns;
	struct table_cell *cells;
	size_t n, cap;
	struct arena arena;
};

struct table table_of(const struct table_column *columns);
void table_done(struct table *t);

/* The next cell. Its type must be the column's; a cell may be absent in any column (JSON null, "-"
 * for people). */
void table_text(struct table *t, const char *s);    /* NULL: absent. Copied. */
void table_text_if(struct table *t, const char *s); /* NULL or empty: absent. Copied. */
void table_span(struct table *t, struct span s);    /* SPAN_NONE: absent */
void table_number(struct table *t, int64_t n);
void table_number_if(struct table *t, bool known, int64_t n); /* not known: absent */
void table_time(struct table *t, usec_t at);		      /* USEC_NONE: absent. RFC 3339, UTC */
void table_bool(struct table *t, bool b);		      /* "yes" "no" */
void table_none(struct table *t);
size_t table_rows(const struct table *t);

void table_to_text(const struct table *t,
		   struct buf *out); /* titles, then rows; nothing at all without rows */
void table_to_json(const struct table *t, struct buf *out); /* [{"key":…},…], one row a line */
/* A table of one row as an object: "title   value" lines, or {"key":…}. */
void table_record_to_text(const struct table *t, struct buf *out);
void table_record_to_json(const struct table *t, struct buf *out);
/* On standard output. Without rows, people read "none" (the JSON is []). */
void table_print(const struct table *t, bool json);
void table_print_list(const struct table *t, const char *key, bool json); /* JSON: {"key":[…]} */
/* The same for a list that is longer than memory should be: what stands in the table is printed and
 * forgotten, part by part. People read titles above each part; the JSON is one list. */
struct table_parts {
	const char *key;
	bool json;
	bool any;	  /* a row was printed */
	const char *more; /* JSON: members behind the list, ",\"key\":value"; NULL: none */
};
void table_print_part(struct table *t, struct table_parts *p);
void table_print_last_part(struct table *t, struct table_parts *p);
void table_print_record(const struct table *t, bool json);

/* Any bytes as people may see them, as text cells do it. Gives how many columns they take. */
size_t table_add_visible(struct buf *out, struct span s);
/* Any bytes as a JSON string with its quotes, as text cells do it. */
void table_add_json_text(struct buf *out, struct span s);
