/* Numbers are rounded and grouped here rather than by printf(): no locale and no binary fraction
 * may change a figure that somebody signs. */
#include "reports/cell.h"

#include <inttypes.h>
#include <stdio.h>

static const int64_t unit_usec[] = {
    [UNIT_NONE] = USEC_PER_SEC,	   [UNIT_DAYS] = USEC_PER_DAY,	  [UNIT_HOURS] = USEC_PER_HOUR,
    [UNIT_MINUTES] = USEC_PER_MIN, [UNIT_SECONDS] = USEC_PER_SEC,
};

bool cell_is_absent(const struct cell *c, const struct column *column)
{
	if (c->absent)
		return true;
	return (column->type == CELL_SHARE || column->type == CELL_MEAN) && c->whole == 0;
}

bool cell_is_number(enum cell_type type)
{
	return type == CELL_COUNT || type == CELL_DURATION || type == CELL_SHARE ||
	       type == CELL_MEAN;
}

/* part/whole with so many decimals, rounded half up, away from zero; group: between thousands. */
static void add_fraction(__int128 part, int64_t whole, int decimals, const char *point,
			 const char *group, struct buf *out)
{
	__int128 scale = 1;
	bool negative = (part < 0) != (whole < 0) && part != 0;

	for (int i = 0; i < decimals; i++)
		scale *= 10;
	if (part < 0)
		part = -part;
	__int128 w = whole < 0 ? -(__int128)whole : whole;
	__int128 scaled = (2 * part * scale + w) / (2 * w);
	int64_t integer = (int64_t)(scaled / scale), rest = (int64_t)(scaled % scale);
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, integer);
	if (negative && scaled != 0)
		buf_addc(out, '-');
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_adds(out, group);
		buf_addc(out, digits[i]);
	}
	if (decimals > 0)
		buf_addf(out, "%s%0*" PRId64, point, decimals, rest);
}

static void add_seconds(int64_t usec, struct buf *out)
{
	int64_t rest = usec % USEC_PER_SEC;

	if (rest == 0) {
		buf_addf(out, "%" PRId64, usec / USEC_PER_SEC);
		return;
	}
	if (usec < 0)
		buf_addc(out, '-');
	char digits[16];
	int n = snprintf(digits, sizeof(digits), "%06" PRId64, rest < 0 ? -rest : rest);
	while (digits[n - 1] == '0')
		n--;
	int64_t whole = usec / USEC_PER_SEC;
	buf_addf(out, "%" PRId64 ".%.*s", whole < 0 ? -whole : whole, n, digits);
}

static void add_iso_day(int32_t day, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	buf_addf(out, "%.10s", clock_format_rfc3339(day * USEC_PER_DAY, text));
}

void cell_machine(const struct cell *c, const struct column *column, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	if (cell_is_absent(c, column))
		return;
	switch (column->type) {
	case CELL_TEXT:
	case CELL_WORD: buf_add(out, c->text); break;
	case CELL_COUNT: buf_addf(out, "%" PRId64, c->n); break;
	case CELL_DURATION: add_seconds(c->n, out); break;
	case CELL_SHARE:
	case CELL_MEAN: add_fraction(c->part, c->whole, CELL_DECIMALS, ".", "", out); break;
	case CELL_TIME: buf_adds(out, clock_format_rfc3339(c->at, text)); break;
	case CELL_DATE: add_iso_day(c->day, out); break;
	}
}

/* ---- for people ---- */

#define NARROW_SPACE "\u202f" /* does not break */
#define DASH	     "\u2013"

static const char *const points[LANG_COUNT] = {".", ","};
static const char *const groups[LANG_COUNT] = {",", NARROW_SPACE};

void cell_add_day(int32_t day, enum lang lang, struct buf *out)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char text[CLOCK_RFC3339_MAX];

	(void)clock_format_rfc3339(day * USEC_PER_DAY, text);
	int month = (text[5] - '0') * 10 + text[6] - '0';
	if (lang == LANG_NB)
		buf_addf(out, "%.2s.%.2s.%.4s", text + 8, text + 5, text);
	else
		buf_addf(out, "%.*s %s %.4s", text[8] == '0' ? 1 : 2, text + 8 + (text[8] == '0'),
			 months[month - 1], text);
}

static void add_instant(usec_t at, const struct document *d, struct buf *out)
{
	usec_t local = at + zone_offset_at(d->zone, at) * USEC_PER_SEC;
	int64_t day = local / USEC_PER_DAY - (local % USEC_PER_DAY < 0);
	int64_t second = (local - day * USEC_PER_DAY) / USEC_PER_SEC;

	cell_add_day((int32_t)day, d->lang, out);
	buf_addf(out, " %02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
		 (int)(second % 60));
}

void cell_human(const struct cell *c, const struct column *column, const struct document *d,
		struct buf *out)
{
	const char *point = points[d->lang], *group = groups[d->lang];

	if (cell_is_absent(c, column)) {
		buf_adds(out, DASH);
		return;
	}
	switch (column->type) {
	case CELL_TEXT: buf_add(out, c->text); break;
	case CELL_WORD: buf_add(out, cell_word(c->text, d->lang)); break;
	case CELL_COUNT: add_fraction(c->n, 1, 0, point, group, out); break;
	case CELL_DURATION:
		add_fraction(c->n, unit_usec[column->unit], 1, point, group, out);
		break;
	case CELL_SHARE:
		add_fraction((__int128)c->part * 100, c->whole, 1, point, group, out);
		buf_adds(out, NARROW_SPACE "%");
		break;
	case CELL_MEAN: add_fraction(c->part, c->whole, 2, point, group, out); break;
	case CELL_TIME: add_instant(c->at, d, out); break;
	case CELL_DATE: cell_add_day(c->day, d->lang, out); break;
	}
}

double cell_double(const struct cell *c, const struct column *column)
{
	switch (column->type) {
	case CELL_COUNT: return (double)c->n;
	case CELL_DURATION: return (double)c->n / (double)unit_usec[column->unit];
	case CELL_SHARE:
	case CELL_MEAN: return c->whole ? (double)c->part / (double)c->whole : 0;
	default: return 0;
	}
}
