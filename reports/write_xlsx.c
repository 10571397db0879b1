/* A workbook: a sheet per table, and after the first one "Parameters". Numbers, days and times are
 * real ones with formats, so that a spreadsheet sums, sorts and filters them; times stand in the
 * report's zone, for a spreadsheet knows none.
 *
 * The library writes a row to disk as the next one begins (constant_memory) and wants a file of its
 * own. The only caller of libxlsxwriter. */
#include "reports/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <xlsxwriter.h>

#include "reports/cell.h"

#define XLSX_ROWS_MAX	 1048576 /* of a sheet, by the format */
#define XLSX_SHEET_NAME	 31	 /* characters, likewise */
#define XLSX_DAY_OF_1970 25569	 /* days since 1899-12-30 */
#define XLSX_TEXT_MAX	 32767	 /* bytes of a cell, likewise */
#define XLSX_A4		 9
#define XLSX_NOTE_WIDTH	 70
#define XLSX_HEAD_HEIGHT 46	   /* three lines */
#define XLSX_CLOSE_ROOM	 (1 << 20) /* for the rest of a workbook beside its rows */
#define XLSX_WIDTH_MIN	 9

struct xlsx {
	struct writer w;
	lxw_workbook *book;
	lxw_worksheet *sheet; /* of the open table */
	lxw_format *head, *head_right, *title, *plain[CELL_DATE + 1], *total[CELL_DATE + 1], *label;
	lxw_row_t next;
	unsigned part;	  /* 1, 2 … of a table that fills more than one sheet */
	off_t rows_bytes; /* of the sheets' temporary files */
	struct buf text;
};

static const char *number_format(enum cell_type t, enum lang lang)
{
	switch (t) {
	case CELL_COUNT: return "#,##0";
	case CELL_DURATION: return "#,##0.0";
	case CELL_SHARE: return "0.0%";
	case CELL_MEAN: return "#,##0.00";
	case CELL_TIME: return lang == LANG_NB ? "dd.mm.yyyy hh:mm:ss" : "yyyy-mm-dd hh:mm:ss";
	case CELL_DATE: return lang == LANG_NB ? "dd.mm.yyyy" : "yyyy-mm-dd";
	default: return NULL;
	}
}

static lxw_format *make_format(lxw_workbook *book, enum cell_type t, enum lang lang, bool total)
{
	lxw_format *f = workbook_add_format(book);
	const char *numbers = number_format(t, lang);

	if (numbers)
		format_set_num_format(f, numbers);
	format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
	if (t == CELL_TEXT)
		format_set_text_wrap(f); /* a long name is not cut at the next cell */
	if (total) {
		format_set_bold(f);
		format_set_top(f, LXW_BORDER_THIN);
	}
	return f;
}

static void make_formats(struct xlsx *x)
{
	enum lang lang = x->w.document->lang;

	for (enum cell_type t = CELL_TEXT; t <= CELL_DATE; t++) {
		x->plain[t] = make_format(x->book, t, lang, false);
		x->total[t] = make_format(x->book, t, lang, true);
	}
	x->title = workbook_add_format(x->book);
	format_set_bold(x->title);
	format_set_font_size(x->title, 14);
	x->label = workbook_add_format(x->book);
	format_set_font_color(x->label, 0x555555);
	format_set_align(x->label, LXW_ALIGN_VERTICAL_TOP);
	for (int right = 0; right < 2; right++) {
		lxw_format *f = workbook_add_format(x->book);
		format_set_bold(f);
		format_set_text_wrap(f);
		format_set_align(f, LXW_ALIGN_VERTICAL_BOTTOM);
		format_set_align(f, right ? LXW_ALIGN_RIGHT : LXW_ALIGN_LEFT);
		format_set_bg_color(f, 0xE7EEF4);
		format_set_bottom(f, LXW_BORDER_THIN);
		*(right ? &x->head_right : &x->head) = f;
	}
}

/* The library does not look whether its temporary files take what it writes: a workbook would come
 * out short and nobody would know. What the system said stays in errno, which each step clears. */
static bool bytes_lost(void)
{
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO;
}

static int failed(struct err *err, lxw_error e)
{
	if (bytes_lost())
		return err_errno(
		    err, errno,
		    "the workbook cannot be written, beside its file or for what it needs "
		    "in " P_tmpdir " meanwhile");
	return err_set(err, ERR_IO, "the workbook cannot be written: %s", lxw_strerror(e));
}

static int xlsx_begin(struct writer *w, struct err *err)
{
	struct xlsx *x = (struct xlsx *)w;
	const char *name;
	int r = output_as_file(w->out, &name, err);

	if (r < 0)
		return r;
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_TRUE};
	x->book = workbook_new_opt(name, &options);
	if (!x->book)
		return err_set(err, ERR_IO, "the workbook cannot be made");
	lxw_doc_properties about = {
	    .title = (char *)text_in(w->document->title, w->document->lang),
	    .subject = (char *)w->document->subtitle,
	    .author = (char *)"Bedpost",
	    .created = w->document->generated_at / USEC_PER_SEC,
	};
	(void)workbook_set_properties(x->book, &about);
	make_formats(x);
	return 0;
}

static const char *as_string(struct xlsx *x, struct span s)
{
	buf_clear(&x->text);
	buf_add(&x->text, s.n > XLSX_TEXT_MAX ? span_of(s.p, XLSX_TEXT_MAX) : s);
	if (s.n > XLSX_TEXT_MAX)
		x->text.n = span_utf8_whole(buf_span(&x->text));
	buf_addc(&x->text, '\0');
	return x->text.p;
}

static lxw_error put_cell(struct xlsx *x, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col,
			  const struct cell *c, const struct column *column, lxw_format *f)
{
	const struct document *d = x->w.document;

	if (cell_is_absent(c, column))
		return worksheet_write_blank(sheet, row, col, f);
	switch (column->type) {
	case CELL_TEXT: return worksheet_write_string(sheet, row, col, as_string(x, c->text), f);
	case CELL_WORD:
		return worksheet_write_string(sheet, row, col,
					      as_string(x, cell_word(c->text, d->lang)), f);
	case CELL_PLACE: {
		_cleanup_(buf_done) struct buf place = BUF_INIT;
		cell_human(c, column, d, &place);
		return worksheet_write_string(sheet, row, col, as_string(x, buf_span(&place)), f);
	}
	case CELL_DATE:
		return worksheet_write_number(sheet, row, col, c->day + XLSX_DAY_OF_1970, f);
	case CELL_TIME:
		return worksheet_write_number(
		    sheet, row, col,
		    (double)(c->at +
			     zone_offset_at(c->zone ? c->zone : d->zone, c->at) * USEC_PER_SEC) /
			    (double)USEC_PER_DAY +
			XLSX_DAY_OF_1970,
		    f);
	default: return worksheet_write_number(sheet, row, col, cell_double(c, column), f);
	}
}

static int add_parameters(struct xlsx *x, struct err *err)
{
	const struct document *d = x->w.document;
	bool nb = d->lang == LANG_NB;
	lxw_worksheet *sheet = workbook_add_worksheet(x->book, nb ? "Parametre" : "Parameters");
	lxw_row_t row = 0;

	if (!sheet)
		return err_set(err, ERR_IO, "the workbook takes no more sheets");
	(void)worksheet_set_column(sheet, 0, 0, 26, NULL);
	(void)worksheet_set_column(sheet, 1, 1, XLSX_NOTE_WIDTH, NULL);
	worksheet_set_landscape(sheet);
	worksheet_set_paper(sheet, XLSX_A4);
	worksheet_fit_to_pages(sheet, 1, 0);
	(void)worksheet_write_string(sheet, row++, 0, text_in(d->title, d->lang), x->title);
	(void)worksheet_write_string(sheet, row++, 0, d->subtitle ? d->subtitle : "", NULL);
	row++;
	for (size_t i = 0; i < d->n_parameters; i++, row++) {
		const struct parameter *p = &d->parameters[i];
		const struct column column = {.type = p->type};
		(void)worksheet_write_string(sheet, row, 0, text_in(p->title, d->lang), x->label);
		lxw_format *f = workbook_add_format(x->book);
		if (number_format(p->type, d->lang))
			format_set_num_format(f, number_format(p->type, d->lang));
		format_set_align(f, LXW_ALIGN_LEFT);
		(void)put_cell(x, sheet, row, 1, &p->value, &column, f);
	}
	lxw_format *wrapped = workbook_add_format(x->book);
	format_set_text_wrap(wrapped);
	format_set_align(wrapped, LXW_ALIGN_VERTICAL_TOP);
	for (size_t i = 0; i < d->n_notes; i++, row++) {
		const size_t lines = strlen(text_in(d->notes[i], d->lang)) / XLSX_NOTE_WIDTH + 1;
		(void)worksheet_set_row(sheet, row, LXW_DEF_ROW_HEIGHT * (double)lines, NULL);
		(void)worksheet_write_string(sheet, row, 0,
					     i	  ? ""
					     : nb ? "Merknader"
						  : "Notes",
					     x->label);
		(void)worksheet_write_string(sheet, row, 1, text_in(d->notes[i], d->lang), wrapped);
	}
	return 0;
}

/* "Facilities", "Facilities (2)": characters that a sheet's name may not have are left out. */
static const char *sheet_name(struct xlsx *x)
{
	struct span title = span_str(text_in(x->w.table->title, x->w.document->lang));
	char tail[16] = "";

	if (x->part > 1)
		(void)snprintf(tail, sizeof(tail), " (%u)", x->part);
	buf_clear(&x->text);
	for (size_t i = 0, n = 0; i < title.n; i++) {
		if (strchr("[]:*?/\\", title.p[i]))
			continue;
		n += ((unsigned char)title.p[i] & 0xc0) != 0x80;
		if (n + strlen(tail) > XLSX_SHEET_NAME)
			break;
		buf_addc(&x->text, title.p[i]);
	}
	buf_adds(&x->text, tail);
	return x->text.p;
}

static int begin_sheet(struct xlsx *x, struct err *err)
{
	const struct table *t = x->w.table;

	x->part++;
	x->sheet = workbook_add_worksheet(x->book, sheet_name(x));
	if (!x->sheet)
		return err_set(err, ERR_IO, "the workbook takes no sheet of the name \"%s\"",
			       x->text.p);
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		/* here there is more room than on paper */
		unsigned width = c->type == CELL_TEXT	     ? c->width * 3 / 2
				 : c->width < XLSX_WIDTH_MIN ? XLSX_WIDTH_MIN
							     : c->width;
		(void)worksheet_set_column(x->sheet, (lxw_col_t)i, (lxw_col_t)i,
					   c->type == CELL_TIME ? 20 : width + 2, NULL);
	}
	(void)worksheet_set_row(x->sheet, 0, XLSX_HEAD_HEIGHT, NULL);
	for (size_t i = 0; i < t->n_columns; i++)
		(void)worksheet_write_string(
		    x->sheet, 0, (lxw_col_t)i, text_in(t->columns[i].title, x->w.document->lang),
		    cell_is_number(t->columns[i].type) ? x->head_right : x->head);
	worksheet_freeze_panes(x->sheet, 1, 0);
	worksheet_set_landscape(x->sheet);
	worksheet_set_paper(x->sheet, XLSX_A4);
	worksheet_fit_to_pages(x->sheet, 1, 0);
	(void)worksheet_repeat_rows(x->sheet, 0, 0);
	(void)worksheet_set_footer(x->sheet, x->w.document->lang == LANG_NB
						 ? "&L&A&RSide &P av &N"
						 : "&L&A&RPage &P of &N");
	x->next = 1;
	return 0;
}

/* The filter's range is known when the last row is. A total stays outside it. */
static void end_sheet(struct xlsx *x, lxw_row_t last)
{
	(void)worksheet_autofilter(x->sheet, 0, 0, last, (lxw_col_t)(x->w.table->n_columns - 1));
	x->rows_bytes += ftello(x->sheet->optimize_tmpfile);
}

static int xlsx_table(struct writer *w, struct err *err)
{
	struct xlsx *x = (struct xlsx *)w;

	x->part = 0;
	return begin_sheet(x, err);
}

static int xlsx_row(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err)
{
	struct xlsx *x = (struct xlsx *)w;
	lxw_format *const *formats = kind == ROW_TOTAL ? x->total : x->plain;

	errno = 0;
	if (x->next == XLSX_ROWS_MAX - 1) {
		end_sheet(x, x->next - 1);
		int r = begin_sheet(x, err);
		if (r < 0)
			return r;
	}
	if (kind == ROW_TOTAL)
		end_sheet(x, x->next - 1);
	for (size_t i = 0; i < w->table->n_columns; i++) {
		const struct column *c = &w->table->columns[i];
		lxw_error e =
		    put_cell(x, x->sheet, x->next, (lxw_col_t)i, &cells[i], c, formats[c->type]);
		if (e != LXW_NO_ERROR)
			return failed(err, e);
	}
	x->next++;
	if (kind == ROW_TOTAL)
		x->sheet = NULL;
	return bytes_lost() ? failed(err, LXW_NO_ERROR) : 0;
}

static int xlsx_table_end(struct writer *w, struct err *err)
{
	struct xlsx *x = (struct xlsx *)w;

	if (x->sheet)
		end_sheet(x, x->next - 1);
	return w->tables == 1 ? add_parameters(x, err) : 0;
}

/* To close it each sheet's rows are copied into another such file, where errno does not outlive the
 * library: so that much room is asked for before. */
static bool room_to_close(const struct xlsx *x)
{
	FILE *f = tmpfile();

	if (!f)
		return false;
	errno = posix_fallocate(fileno(f), 0, x->rows_bytes + XLSX_CLOSE_ROOM);
	const int errnum = errno;
	(void)fclose(f);
	errno = errnum;
	return errnum == 0;
}

static int xlsx_end(struct writer *w, struct err *err)
{
	struct xlsx *x = (struct xlsx *)w;
	if (!room_to_close(x))
		return failed(err, LXW_NO_ERROR);
	lxw_workbook *book = TAKE_PTR(x->book);
	errno = 0;
	lxw_error e = workbook_close(book);
	return e == LXW_NO_ERROR && !bytes_lost() ? 0 : failed(err, e);
}

static void xlsx_free(struct writer *w)
{
	struct xlsx *x = (struct xlsx *)w;

	if (x->book)
		lxw_workbook_free(x->book);
	buf_done(&x->text);
}

struct writer *write_xlsx_new(void)
{
	static const struct writer_ops ops = {.begin = xlsx_begin,
					      .table = xlsx_table,
					      .row = xlsx_row,
					      .table_end = xlsx_table_end,
					      .end = xlsx_end,
					      .free = xlsx_free};
	struct xlsx *x = calloc(1, sizeof(*x));

	if (!x)
		abort();
	x->w.ops = &ops;
	return &x->w;
}
