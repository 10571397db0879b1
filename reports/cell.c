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
	case CELL_WORD:
	case CELL_PLACE: buf_add(out, c->text); break;
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
#define MINUS	     "\u2212"

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

/* The zone's clocks show that time twice: they were set back over it. */
static bool is_twice(const struct zone *zone, usec_t at)
{
	const int64_t offset = zone_offset_at(zone, at);

	for (int way = -1; way <= 1; way += 2) {
		int64_t other = zone_offset_at(zone, at + way * USEC_PER_DAY);
		usec_t again = at + (offset - other) * USEC_PER_SEC;
		if (other != offset && zone_offset_at(zone, again) == other)
			return true;
	}
	return false;
}

static void add_offset(int64_t seconds, struct buf *out)
{
	int minutes = (int)((seconds < 0 ? -seconds : seconds) / 60);

	buf_addf(out, " %s%02d:%02d", seconds < 0 ? MINUS : "+", minutes / 60, minutes % 60);
}

static void add_instant(const struct cell *c, const struct document *d, struct buf *out)
{
	const struct zone *zone = c->zone ? c->zone : d->zone;
	usec_t at = c->at, local = at + zone_offset_at(zone, at) * USEC_PER_SEC;
	int64_t day = local / USEC_PER_DAY - (local % USEC_PER_DAY < 0);
	int64_t second = (local - day * USEC_PER_DAY) / USEC_PER_SEC;

	cell_add_day((int32_t)day, d->lang, out);
	buf_addf(out, " %02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
		 (int)(second % 60));
	if (is_twice(zone, at))
		add_offset(zone_offset_at(zone, at), out);
	if (d->zone_named && !c->zone)
		buf_addf(out, " %s", zone_name(zone));
}

/* As the pages say it where one chooses: no other home means the same by it. */
static void add_ward(struct span code, enum lang lang, struct buf *out)
{
	place_add(code, lang, out);
	if (!place_word(code, lang))
		buf_adds(out, text_in(TEXT(" · own code", " · egen kode"), lang));
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
	case CELL_PLACE: add_ward(c->text, d->lang, out); break;
	case CELL_COUNT: add_fraction(c->n, 1, 0, point, group, out); break;
	case CELL_DURATION:
		add_fraction(c->n, unit_usec[column->unit], 1, point, group, out);
		break;
	case CELL_SHARE:
		add_fraction((__int128)c->part * 100, c->whole, 1, point, group, out);
		buf_adds(out, NARROW_SPACE "%");
		break;
	case CELL_MEAN: add_fraction(c->part, c->whole, 2, point, group, out); break;
	case CELL_TIME: add_instant(c, d, out); break;
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
