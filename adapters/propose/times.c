#include "adapters/propose/times.h"

#include <stdio.h>

#define LOOK_AT 2000 /* values per column */

/* The first of those that read most values is taken. */
static const char *const formats[] = {
    "iso8601",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M:%S",
    "%d.%m.%y %H:%M",
    "%d.%m.%Y %H.%M.%S",
    "%d.%m.%Y %H.%M",
    "%d.%m.%y %H.%M",
    "%d.%m.%Y kl. %H:%M",
    "%d.%m.%Y kl. %H.%M",
    "%d.%m.%Y kl %H:%M",
    "%d.%m.%Y kl %H.%M",
    "%d.%m.%y kl. %H:%M",
    "%d.%m.%y kl. %H.%M",
    "%d.%m.%y kl %H:%M",
    "%d.%m.%y kl %H.%M",
    "%d.%m.%y %H:%M Uhr",
    "%d.%m.%Y %H.%M Uhr",
    "%d.%m.%y %H.%M Uhr",
    "%Y-%m-%d kl %H:%M",
    "%Y-%m-%d kl %H.%M",
    "%d.%m.%Y, %H:%M",
    "%d.%m.%Y, %H:%M Uhr",
    "%d.%m.%Y %H:%M Uhr",
    "%d.%m.%Y - %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%y %H:%M",
    "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %I:%M %p",
    "%d/%m %Y %H:%M",
    "%d/%m-%Y %H:%M",
    "%d/%m-%y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H.%M",
    "%d-%m-%y %H:%M",
    "%d-%m-%Y kl. %H:%M",
    "%d-%m-%Y kl. %H.%M",
    "%d-%m-%Y kl %H:%M",
    "%d/%m/%Y kl. %H:%M",
    "%d/%m/%Y kl. %H.%M",
    "%Y-%m-%d kl. %H:%M",
    "%Y-%m-%d kl. %H.%M",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d %H.%M",
    "%Y-%m-%d-%H.%M.%S.%f",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H%M",
    "%d%m%Y %H%M",
    "%d%m%y %H%M",
    "%y%m%d %H%M",
    "%y%m%d %H%M%S",
    "%y%m%d %H:%M",
    "%d. %b %Y %H:%M:%S",
    "%d. %b %Y %H:%M",
    "%d. %b %Y kl. %H:%M",
    "%d. %b %Y kl. %H.%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %b %Y kl. %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%d-%b-%y %H:%M",
    "%b %d, %Y %I:%M %p",
    "%b %d %Y %I:%M%p",
    "%a %d.%m.%Y %H:%M",
    "%a %d. %b %Y %H:%M",
    "%H:%M %d.%m.%Y",
    "%H:%M:%S %d.%m.%Y",
    "%H:%M %d/%m/%Y",
    "hl7",
    "unix_ms",
    "unix",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%Y",
    "%d-%m-%y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d. %b %Y",
    "%d %b %Y",
    "%d-%b-%Y",
};

struct joined {
	struct span *values;
	size_t n;
};

static struct joined join(const struct sample *s, size_t column, size_t clock)
{
	size_t n = s->n_rows < LOOK_AT ? s->n_rows : LOOK_AT;
	struct joined j = {.values = arena_array(s->arena, struct span, n + 1)};

	for (size_t row = 0; row < n; row++) {
		struct span v = sample_cell(s, row, column);
		if (!v.n)
			continue;
		if (clock < s->n_columns) {
			struct span c = sample_cell(s, row, clock);
			v = span_str(arena_printf(s->arena, SPAN_FMT " " SPAN_FMT, SPAN_ARG(v),
						  SPAN_ARG(c)));
		}
		j.values[j.n++] = v;
	}
	return j;
}

/* A time of a change is of this century. */
static bool is_plausible(usec_t at)
{
	return at > (usec_t)946684800 * USEC_PER_SEC && at < (usec_t)2240524800 * USEC_PER_SEC;
}

static void try_format(const char *text, const struct joined *j, const struct zone *utc,
		       struct times *t)
{
	_cleanup_(clock_format_freep) struct clock_format *f = NULL;
	size_t offsets = 0, dates = 0;
	usec_t before = USEC_NONE;

	*t = (struct times){.of = j->n,
			    .is_rising = true,
			    .is_falling = true,
			    .first = INT64_MAX,
			    .last = INT64_MIN};
	if (clock_format_compile(text, &f, NULL) < 0)
		return;
	for (size_t i = 0; i < j->n; i++) {
		struct clock_reading r;
		if (clock_read(f, j->values[i], utc, &r, NULL) < 0 || !is_plausible(r.at))
			continue;
		t->fits++;
		offsets += r.had_offset;
		dates += r.date_only;
		t->is_varied |= before != USEC_NONE && r.at != before;
		t->is_rising &= before == USEC_NONE || r.at >= before;
		t->is_falling &= before == USEC_NONE || r.at <= before;
		t->first = r.at < t->first ? r.at : t->first;
		t->last = r.at > t->last ? r.at : t->last;
		before = r.at;
	}
	t->has_offset = t->fits > 0 && offsets == t->fits;
	t->is_date_only = t->fits > 0 && dates == t->fits;
	t->format = t->fits > 0 ? text : NULL;
}

#define CLEARLY 4 /* times as long: what a list spans if years and days are mixed up */

/* "%y%m%d" for "%d%m%y", and the other way round; NULL: no such thing. */
static const char *with_year_for_day(const char *format, struct arena *a)
{
	char *other = arena_strdup(a, format);
	char *year = strstr(other, "%y"), *day = strstr(other, "%d");

	if (!year || !day || (year != other && day != other))
		return NULL;
	year[1] = 'd';
	day[1] = 'y';
	return other;
}

/* A list is of days or months: an order in which it is of many years is the wrong one. With points
 * or strokes between, nobody writes the year of two digits first. */
static void choose_year(const struct joined *j, const struct zone *utc, struct times *t,
			struct arena *a)
{
	const char *format = t->format ? with_year_for_day(t->format, a) : NULL;
	struct times other;

	if (!format)
		return;
	try_format(format, j, utc, &other);
	if (other.fits != t->fits)
		return;
	usec_t span = t->last - t->first, other_span = other.last - other.first;
	if (span > CLEARLY * other_span)
		*t = other;
	else if (other_span <= CLEARLY * span && !strchr("./", format[2]))
		t->is_day_unclear = true;
}

static const char *swapped(const char *format)
{
	if (strncmp(format, "%d/%m/", 6) == 0)
		return "%m/%d/";
	return strncmp(format, "%m/%d/", 6) == 0 ? "%d/%m/" : NULL;
}

/* Both orders read everything: Americans write the month first, nobody else. */
static void choose_order(const struct joined *j, const struct zone *utc, bool is_american,
			 struct times *t, struct arena *a)
{
	const char *start = t->format ? swapped(t->format) : NULL;
	struct times other;

	if (!start)
		return;
	try_format(arena_printf(a, "%s%s", start, t->format + 6), j, utc, &other);
	if (other.fits != t->fits)
		return;
	t->is_day_unclear = other.is_day_unclear = true;
	if (is_american == (strncmp(other.format, "%m", 2) == 0))
		*t = other;
}

void times_read(const struct sample *s, size_t column, size_t clock, bool is_english,
		struct times *ret)
{
	_cleanup_(zone_freep) struct zone *utc = NULL;
	struct joined j = join(s, column, clock);
	struct times t;

	*ret = (struct times){.of = j.n};
	if (j.n == 0 || zone_load("UTC", &utc, NULL) < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		try_format(formats[i], &j, utc, &t);
		if (t.fits > ret->fits)
			*ret = t;
		if (ret->fits == j.n)
			break;
	}
	choose_year(&j, utc, ret, s->arena);
	bool has_am_pm = ret->format && strstr(ret->format, "%p");
	choose_order(&j, utc, is_english && has_am_pm, ret, s->arena);
}

/* 7:05, 07.05, 0705, 07:05:10 */
bool times_is_clock(const struct column *c)
{
	static const char *const clock_formats[] = {"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M Uhr",
						    "%Y-%m-%d %H.%M", "%Y-%m-%d %H%M",
						    "%Y-%m-%d %H:%M:%S"};
	size_t best = 0;

	for (size_t f = 0; f < ARRAY_LEN(clock_formats); f++) {
		_cleanup_(clock_format_freep) struct clock_format *format = NULL;
		_cleanup_(zone_freep) struct zone *utc = NULL;
		size_t fits = 0;
		if (clock_format_compile(clock_formats[f], &format, NULL) < 0 ||
		    zone_load("UTC", &utc, NULL) < 0)
			return false;
		for (size_t i = 0; i < c->n_values; i++) {
			char text[64];
			struct clock_reading r;
			if (c->values[i].text.n > sizeof("08:15:00 Uhr") - 1 ||
			    c->values[i].text.n < 4)
				continue;
			int n = snprintf(text, sizeof(text), "2026-01-02 " SPAN_FMT,
					 SPAN_ARG(c->values[i].text));
			fits += clock_read(format, span_of(text, (size_t)n), utc, &r, NULL) == 0;
		}
		best = fits > best ? fits : best;
	}
	return c->n_values > 0 && best == c->n_values;
}
