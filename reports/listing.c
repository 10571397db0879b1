/* Pages rather than a cursor: each is a question of its own, answered from an index within the
 * statement's time limit, and all see the same snapshot. */
#include "reports/listing.h"

#include <string.h>

#include "reports/cell.h"

static struct cell cell_of(const struct pg_result *r, int row, int col, enum cell_type type)
{
	if (pg_is_null(r, row, col))
		return CELL_ABSENT;
	switch (type) {
	case CELL_TEXT:
	case CELL_WORD:
	case CELL_PLACE: return cell_text(pg_get_text(r, row, col));
	case CELL_TIME: return cell_time(pg_get_time(r, row, col));
	case CELL_DATE: return cell_day((int32_t)pg_get_i64(r, row, col));
	default: return cell_count(pg_get_i64(r, row, col));
	}
}

/* Of the row, which names it, where times are not all of the document's; NULL: they are. */
static const struct zone *zone_of(const struct report_run *r, struct span name)
{
	const struct frame *f = r->frame;

	for (size_t i = 0; f->n_home_zones > 1 && i < f->n_zones; i++)
		if (span_eq_str(name, zone_name(f->zones[i])))
			return f->zones[i];
	return NULL;
}

static void fill_row(const struct report_run *r, const struct table *t,
		     const struct pg_result *rows, int row, struct cell *cells)
{
	const struct zone *zone = NULL;

	for (size_t k = 0; k < t->n_columns; k++) {
		cells[k] = cell_of(rows, row, (int)k, t->columns[k].type);
		if (strcmp(t->columns[k].key, "zone") == 0)
			zone = zone_of(r, cells[k].text);
	}
	for (size_t k = 0; k < t->n_columns; k++)
		if (t->columns[k].type == CELL_TIME)
			cells[k].zone = zone;
}

int listing_rows(struct report_run *r, const struct table *t, const struct pg_result *rows,
		 struct err *err)
{
	struct cell cells[MODEL_COLUMNS_MAX];

	for (int i = 0; i < pg_rows(rows); i++) {
		fill_row(r, t, rows, i, cells);
		int e = writer_row(r->writer, cells, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static int begin_table(struct report_run *r, const struct table *t, struct err *err)
{
	bool many = r->frame->n_home_zones > 1 && !r->frame->q->zone;

	return writer_table(r->writer, report_table(r, t, many), err);
}

int listing_table(struct report_run *r, const struct table *t, const char *sql,
		  const struct pg_params *p, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *rows = NULL;
	int e = pg_query(r->pg, sql, p, &rows, err);

	if (e < 0 || (e = begin_table(r, t, err)) < 0 || (e = listing_rows(r, t, rows, err)) < 0)
		return e;
	return writer_table_end(r->writer, err);
}

/* The i-th element of an array as PostgreSQL reads it. */
static void add_item(struct buf *b, size_t i, const char *item)
{
	buf_addf(b, "%s\"%s\"", i ? "," : "", item);
}

static void add_array(struct pg_params *p, struct buf *b, struct arena *a)
{
	struct buf whole = BUF_INIT;

	buf_addf(&whole, "{%.*s}", SPAN_ARG(buf_span(b)));
	pg_add_text(p, arena_span(a, buf_span(&whole)));
	buf_done(&whole);
	buf_done(b);
}

static void add_zones(const struct report_run *r, struct pg_params *p)
{
	const struct frame *f = r->frame;
	struct buf names = BUF_INIT, begins = BUF_INIT, ends = BUF_INIT, shown = BUF_INIT;
	char at[CLOCK_RFC3339_MAX];

	for (size_t i = 0; i < f->n_home_zones; i++) {
		const struct zone *z = frame_list_zone(f, f->zones[i]);
		const int64_t past = f->period.first + (int64_t)f->period.n;
		add_item(&names, i, zone_name(f->zones[i]));
		add_item(&shown, i, zone_name(z));
		add_item(&begins, i,
			 clock_format_rfc3339(period_instant(f->period.first, 0, z), at));
		add_item(&ends, i, clock_format_rfc3339(period_instant(past, 0, z), at));
	}
	add_array(p, &names, r->arena);
	add_array(p, &begins, r->arena);
	add_array(p, &ends, r->arena);
	add_array(p, &shown, r->arena);
}

void listing_scope(const struct report_run *r, struct pg_params *p)
{
	const struct question *q = r->frame->q;

	pg_add_time(p, r->frame->from);
	pg_add_time(p, r->frame->to);
	pg_add_time(p, q->known_at);
	pg_add_text(p, q->facility);
	pg_add_text(p, q->region);
	pg_add_text(p, q->bed);
	add_zones(r, p);
	pg_add_text(p, q->ward);
}

enum { KEY_TIME, KEY_FACILITY, KEY_N };

struct key {
	usec_t time;
	struct span facility;
	int64_t n;
};

static int ask_page(struct report_run *r, const char *sql, const struct key *after, struct arena *a,
		    struct pg_result **ret, struct err *err)
{
	struct pg_params p = PG_PARAMS(a);

	listing_scope(r, &p);
	pg_add_time(&p, after->time);
	pg_add_text(&p, after->facility);
	pg_add_i64(&p, after->n);
	pg_add_i64(&p, LISTING_PAGE);
	return pg_query(r->pg, sql, &p, ret, err);
}

int listing_pages(struct report_run *r, const struct table *t, const char *sql, struct err *err)
{
	struct key after = {r->frame->from, SPAN(""), 0}; /* before any row of that time */
	_cleanup_(pg_result_freep) struct pg_result *rows = NULL;
	int e = begin_table(r, t, err), n = LISTING_PAGE;
	int64_t done = 0;

	while (e == 0 && n == LISTING_PAGE) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct pg_result *page = NULL;
		e = ask_page(r, sql, &after, &a, &page, err);
		if (e < 0)
			return e;
		pg_result_free(rows);
		rows = page; /* the next question's key lies in it */
		n = pg_rows(rows);
		e = listing_rows(r, t, rows, err);
		report_progress(r, done += n, 0);
		if (n > 0)
			after = (struct key){pg_get_time(rows, n - 1, KEY_TIME),
					     pg_get_text(rows, n - 1, KEY_FACILITY),
					     pg_get_i64(rows, n - 1, KEY_N)};
	}
	return e < 0 ? e : writer_table_end(r->writer, err);
}
