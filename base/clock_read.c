/* Reading a value by a compiled format. Millions of values a second pass here, so that nothing is
 * allocated, no locale is asked, and the error text is made only when a value is wrong. A value is
 * never quoted: it stands beside a patient. */
#include "base/clock_format.h"

#include <endian.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock_names.h"
#include "base/zone.h"

/* A value under the reader's eye, and what it has said so far. */
struct reader {
	const char *start, *p, *end;
	const char *wanted; /* what was expected at p when a step failed */
	int year, month, day, year_day;
	int hour, minute, second, usec;
	int32_t offset;
	int64_t unix_sec;
	bool has_time, has_offset, pm, has_am_pm;
};

static inline bool want(struct reader *r, const char *what)
{
	r->wanted = what;
	return false;
}

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

static inline bool at_digit(const struct reader *r)
{
	return r->p < r->end && is_digit(*r->p);
}

static inline bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static inline bool two(struct reader *r, int *ret, const char *what)
{
	if (r->end - r->p < 2 || !is_digit(r->p[0]) || !is_digit(r->p[1]))
		return want(r, what);
	*ret = (r->p[0] - '0') * 10 + (r->p[1] - '0');
	r->p += 2;
	return true;
}

static inline bool one_or_two(struct reader *r, int *ret, const char *what)
{
	if (!at_digit(r))
		return want(r, what);
	*ret = *r->p++ - '0';
	if (at_digit(r))
		*ret = *ret * 10 + (*r->p++ - '0');
	return true;
}

static inline bool four(struct reader *r, int *ret, const char *what)
{
	int high, low;

	if (r->end - r->p < 4)
		return want(r, what);
	if (!two(r, &high, what) || !two(r, &low, what))
		return false;
	*ret = high * 100 + low;
	return true;
}

/* Up to nine digits are read; those beyond microseconds are dropped. */
static bool fraction(struct reader *r)
{
	int digits = 0, usec = 0;

	while (at_digit(r) && digits < 9) {
		if (digits < 6)
			usec = usec * 10 + (*r->p - '0');
		digits++;
		r->p++;
	}
	if (!digits)
		return want(r, "a digit of the fraction of a second");
	for (; digits < 6; digits++)
		usec *= 10;
	r->usec = usec;
	return true;
}

static bool fraction_of_any_length(struct reader *r)
{
	if (!fraction(r))
		return false;
	while (at_digit(r))
		r->p++;
	return true;
}

enum offset_form { OFFSET_COLON, OFFSET_BASIC, OFFSET_ANY };

/* +hh:mm, +hhmm, +hh */
static bool numeric_offset(struct reader *r, enum offset_form form)
{
	bool minus = r->p < r->end && *r->p == '-';
	int hours, minutes = 0;

	if (!take(r, '-') && !take(r, '+'))
		return want(r, "an offset from UTC");
	if (!two(r, &hours, "two digits of the offset's hours"))
		return false;
	if (form == OFFSET_COLON && (r->p == r->end || *r->p != ':'))
		return want(r, "a colon in the offset");
	bool colon = form != OFFSET_BASIC && take(r, ':');
	if (colon || form == OFFSET_BASIC || at_digit(r)) {
		if (!two(r, &minutes, "two digits of the offset's minutes"))
			return false;
	}
	if (hours > 23 || minutes > 59)
		return want(r, "before here an offset of at most 23:59");
	r->offset = (hours * 60 + minutes) * (minus ? -60 : 60);
	r->has_offset = true;
	return true;
}

static bool offset(struct reader *r, enum offset_form form)
{
	if (take(r, 'Z') || take(r, 'z')) {
		r->offset = 0;
		r->has_offset = true;
		return true;
	}
	return numeric_offset(r, form);
}

/* am, AM, a.m. */
static bool am_pm(struct reader *r)
{
	struct span rest = span_of(r->p, (size_t)(r->end - r->p));
	struct span two = span_of(r->p, rest.n < 2 ? 0 : 2),
		    four = span_of(r->p, rest.n < 4 ? 0 : 4);
	bool dotted = span_eq_nocase(four, SPAN("a.m.")) || span_eq_nocase(four, SPAN("p.m."));

	r->pm = dotted ? four.p[0] == 'p' || four.p[0] == 'P' : span_eq_nocase(two, SPAN("pm"));
	if (!r->pm && !dotted && !span_eq_nocase(two, SPAN("am")))
		return want(r, "AM or PM");
	r->p += dotted ? 4 : 2;
	r->has_am_pm = true;
	return true;
}

static bool integer(struct reader *r, int64_t *ret)
{
	const char *start = r->p;

	if (r->p < r->end && (*r->p == '-' || *r->p == '+'))
		r->p++;
	while (at_digit(r))
		r->p++;
	if (!span_to_i64(span_of(start, (size_t)(r->p - start)), ret)) {
		r->p = start;
		return want(r, "a whole number");
	}
	return true;
}

static bool year_day(struct reader *r)
{
	int digits = 0;

	for (; at_digit(r) && digits < 3; digits++)
		r->year_day = r->year_day * 10 + (*r->p++ - '0');
	return (digits && r->year_day > 0) || want(r, "the day of the year, 1 to 366");
}

/* A full name or its short form; the short form may end with a point ("20. sept. 2026") unless the
 * format's next byte is one. */
static bool name(struct reader *r, const struct clock_name *names, const struct clock_op *next,
		 int *ret, const char *what)
{
	size_t n = clock_name_match(names, span_of(r->p, (size_t)(r->end - r->p)), ret);

	if (!n)
		return want(r, what);
	r->p += n;
	if (!(next->code == OP_LITERAL && next->arg == '.'))
		(void)take(r, '.');
	return true;
}

static inline bool run_op(struct reader *r, const struct clock_op *op)
{
	int ignored;

	switch ((enum clock_op_code)op->code) {
	case OP_END: break;
	case OP_LITERAL: return take(r, op->arg) || want(r, "another character of the format");
	case OP_SPACE:
		while (r->p < r->end && (*r->p == ' ' || (*r->p >= '\t' && *r->p <= '\r')))
			r->p++;
		break;
	case OP_YEAR: return four(r, &r->year, "four digits of a year");
	case OP_YEAR_2:
		if (!two(r, &r->year, "two digits of a year"))
			return false;
		r->year += r->year <= 68 ? 2000 : 1900;
		break;
	case OP_MONTH: return one_or_two(r, &r->month, "a month, 1 to 12");
	case OP_DAY_SPACE: (void)take(r, ' '); return one_or_two(r, &r->day, "a day of the month");
	case OP_DAY: return one_or_two(r, &r->day, "a day of the month");
	case OP_HOUR:
	case OP_HOUR_12: return one_or_two(r, &r->hour, "an hour");
	case OP_MINUTE: return one_or_two(r, &r->minute, "a minute");
	case OP_SECOND: return one_or_two(r, &r->second, "a second");
	case OP_FRACTION: return fraction(r);
	case OP_AM_PM: return am_pm(r);
	case OP_OFFSET: return offset(r, OFFSET_ANY);
	case OP_MONTH_NAME:
		return name(r, clock_month_names, op + 1, &r->month, "the name of a month");
	case OP_WEEKDAY_NAME:
		return name(r, clock_weekday_names, op + 1, &ignored, "the name of a weekday");
	case OP_YEAR_DAY: return year_day(r);
	case OP_UNIX: return integer(r, &r->unix_sec);
	}
	return true;
}

static bool read_ops(struct reader *r, const struct clock_format *f)
{
	for (const struct clock_op *op = f->ops; op->code != OP_END; op++)
		if (!run_op(r, op))
			return false;
	r->has_time = f->has_time;
	return true;
}

static bool read_rfc3339(struct reader *r)
{
	if (!four(r, &r->year, "four digits of a year") || !(take(r, '-') || want(r, "-")) ||
	    !two(r, &r->month, "two digits of a month") || !(take(r, '-') || want(r, "-")) ||
	    !two(r, &r->day, "two digits of a day"))
		return false;
	if (!take(r, 'T') && !take(r, 't') && !take(r, ' '))
		return want(r, "T");
	if (!two(r, &r->hour, "two digits of an hour") || !(take(r, ':') || want(r, "a colon")) ||
	    !two(r, &r->minute, "two digits of a minute") ||
	    !(take(r, ':') || want(r, "a colon")) || !two(r, &r->second, "two digits of a second"))
		return false;
	r->has_time = true;
	if (take(r, '.') && !fraction_of_any_length(r))
		return false;
	return offset(r, OFFSET_COLON);
}

/* What a wall's calendar and clock show. */
struct wall {
	int year, month, day, hour, minute, second;
};

#define USUAL_BYTES 19

/* Eight bytes of a fixed shape, "0000-00-": where that has a 0 there must be a digit, elsewhere the
 * same byte. Byte i of *ret is then the number that the digits at i and i + 1 make. */
static inline __attribute__((always_inline)) bool shaped(const char *p, const char *shape,
							 uint64_t *ret)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t text, want, nine = 0;

	memcpy(&text, p, sizeof(text));
	memcpy(&want, shape, sizeof(want));
	for (int i = 0; i < 8; i++)
		nine |= (uint64_t)(shape[i] == '0' ? 9 : 0) << 8 * i;
	text = le64toh(text) ^ le64toh(want);
	/* a byte above 9, or above 0, comes to 0x80 or more */
	if (((text + (0x7F * each - nine)) | text) & 0x80 * each)
		return false;
	*ret = text * 10 + (text >> 8);
	return true;
}

static inline int number_at(uint64_t pairs, int byte)
{
	return (int)(pairs >> 8 * byte & 0xFF);
}

/* 2026-04-20T09:14:22, as nearly every export writes it; false: something else. */
static inline __attribute__((always_inline)) bool usual(const char *p, const char *end,
							struct wall *ret)
{
	uint64_t first, middle, last;

	if (end - p < USUAL_BYTES || !shaped(p, "0000-00-", &first) ||
	    !shaped(p + 8, "00T00:00", &middle) || !shaped(p + 11, "00:00:00", &last))
		return false;
	ret->year = number_at(first, 0) * 100 + number_at(first, 2);
	ret->month = number_at(first, 5);
	ret->day = number_at(middle, 0);
	ret->hour = number_at(last, 0);
	ret->minute = number_at(last, 3);
	ret->second = number_at(last, 6);
	return true;
}

static bool take_usual(struct reader *r)
{
	struct wall w;

	if (!usual(r->p, r->end, &w))
		return false;
	r->year = w.year;
	r->month = w.month;
	r->day = w.day;
	r->hour = w.hour;
	r->minute = w.minute;
	r->second = w.second;
	r->has_time = true;
	r->p += USUAL_BYTES;
	return true;
}

static bool iso_fraction(struct reader *r)
{
	return !(take(r, '.') || take(r, ',')) || fraction_of_any_length(r);
}

/* hh[:mm[:ss[.frac]]] or hh[mm[ss[.frac]]] */
static bool iso_time(struct reader *r)
{
	if (!two(r, &r->hour, "two digits of an hour"))
		return false;
	r->has_time = true;
	bool colon = take(r, ':');
	if (!colon && !at_digit(r))
		return true;
	if (!two(r, &r->minute, "two digits of a minute"))
		return false;
	if (colon ? !take(r, ':') : !at_digit(r))
		return true;
	if (!two(r, &r->second, "two digits of a second"))
		return false;
	return iso_fraction(r);
}

static bool iso_date_time(struct reader *r)
{
	if (!four(r, &r->year, "four digits of a year"))
		return false;
	bool dash = take(r, '-');
	if (!two(r, &r->month, "two digits of a month") ||
	    (dash && !(take(r, '-') || want(r, "-"))) || !two(r, &r->day, "two digits of a day"))
		return false;
	if (r->p == r->end)
		return true;
	if (!take(r, 'T') && !take(r, 't') && !take(r, ' '))
		return want(r, "T or the end");
	return iso_time(r);
}

static bool read_iso8601(struct reader *r)
{
	if (!(take_usual(r) ? iso_fraction(r) : iso_date_time(r)))
		return false;
	return r->p == r->end || offset(r, OFFSET_ANY);
}

static bool read_hl7(struct reader *r)
{
	if (!four(r, &r->year, "four digits of a year") ||
	    !two(r, &r->month, "a precision of a day or finer: two digits of a month") ||
	    !two(r, &r->day, "a precision of a day or finer: two digits of a day"))
		return false;
	r->has_time = at_digit(r);
	if (r->has_time && !two(r, &r->hour, "two digits of an hour"))
		return false;
	if (r->has_time && at_digit(r)) {
		if (!two(r, &r->minute, "two digits of a minute"))
			return false;
		if (at_digit(r)) {
			if (!two(r, &r->second, "two digits of a second"))
				return false;
			if (take(r, '.') && !fraction(r))
				return false;
		}
	}
	return r->p == r->end || numeric_offset(r, OFFSET_BASIC);
}

static bool read_unix(struct reader *r, bool ms)
{
	if (!integer(r, &r->unix_sec))
		return false;
	if (ms) {
		int64_t sec = floor_div(r->unix_sec, 1000);
		r->usec = (int)(r->unix_sec - sec * 1000) * 1000;
		r->unix_sec = sec;
	}
	return true;
}

static bool read_value(struct reader *r, const struct clock_format *f)
{
	switch (f->kind) {
	case CLOCK_KIND_OPS: return read_ops(r, f);
	case CLOCK_KIND_RFC3339: return read_rfc3339(r);
	case CLOCK_KIND_ISO8601: return read_iso8601(r);
	case CLOCK_KIND_HL7: return read_hl7(r);
	case CLOCK_KIND_UNIX: return read_unix(r, false);
	case CLOCK_KIND_UNIX_MS: return read_unix(r, true);
	}
	return want(r, "nothing");
}

/* What is out of range, or NULL. Turns a day of the year and a 12-hour clock into month, day and
 * hour. */
static const char *check_parts(struct reader *r)
{
	if (r->year < CIVIL_YEAR_MIN)
		return "the year";
	if (r->year_day) {
		if (r->year_day > 365 + civil_is_leap(r->year))
			return "the day of the year";
		r->month = r->day = 1; /* wall_seconds() adds the rest */
	} else if (r->month < 1 || r->month > 12) {
		return "the month";
	} else if (r->day < 1 || r->day > civil_month_days(r->year, r->month)) {
		return "the day";
	}
	if (r->has_am_pm) {
		if (r->hour < 1 || r->hour > 12)
			return "the hour";
		r->hour = r->hour % 12 + (r->pm ? 12 : 0);
	}
	if (r->hour > 23)
		return "the hour";
	if (r->minute > 59)
		return "the minute";
	if (r->second > 60)
		return "the second";
	return NULL;
}

/* Second 60 needs no care of its own: 59 + 1 s is the next minute's 0. */
static inline int64_t wall_seconds(const struct wall *w)
{
	return civil_to_days(w->year, w->month, w->day) * SEC_PER_DAY + (int64_t)w->hour * 3600 +
	       (int64_t)w->minute * 60 + w->second;
}

static inline bool is_in_range(const struct wall *w)
{
	return w->year >= CIVIL_YEAR_MIN && w->month >= 1 && w->month <= 12 && w->day >= 1 &&
	       w->day <= civil_month_days(w->year, w->month) && w->hour <= 23 && w->minute <= 59 &&
	       w->second <= 59;
}

/* Most values by far: the usual date and time and nothing else, in range, and of UTC or the zone.
 * What is wrong with another is found the long way. */
static bool read_quickly(struct span s, const struct zone *zone, struct clock_reading *ret)
{
	enum clock_doubt doubt = CLOCK_SURE;
	struct wall w;

	bool utc = s.n == USUAL_BYTES + 1 && s.p[USUAL_BYTES] == 'Z';
	if ((!utc && (s.n != USUAL_BYTES || !zone)) || !usual(s.p, s.p + s.n, &w) ||
	    !is_in_range(&w))
		return false;
	int64_t sec = wall_seconds(&w);
	if (!utc)
		sec = zone_from_wall(zone, sec, &doubt);
	if (sec < CIVIL_SEC_MIN || sec > CIVIL_SEC_MAX)
		return false;
	ret->at = sec * USEC_PER_SEC;
	ret->doubt = doubt;
	ret->had_offset = utc;
	ret->date_only = false;
	return true;
}

static bool is_instant(const struct clock_format *f)
{
	return f->is_instant || f->kind == CLOCK_KIND_UNIX || f->kind == CLOCK_KIND_UNIX_MS;
}

static int failure(const struct reader *r, struct err *err)
{
	size_t at = (size_t)(r->p - r->start) + 1;

	if (r->p == r->end)
		return err_set(err, ERR_INVALID,
			       "time: expected %s where the value ends, at position %zu", r->wanted,
			       at);
	return err_set(err, ERR_INVALID, "time: expected %s at position %zu", r->wanted, at);
}

_hot_ int clock_read(const struct clock_format *f, struct span s, const struct zone *zone,
		     struct clock_reading *ret, struct err *err)
{
	if (f->kind == CLOCK_KIND_ISO8601 && read_quickly(s, zone, ret))
		return 0;
	const char *start = s.p ? s.p : "";
	struct reader r = {.start = start, .p = start, .end = start + s.n};
	struct clock_reading out = {.doubt = CLOCK_SURE};
	int64_t sec;

	if (!read_value(&r, f) || (r.p != r.end && !want(&r, "the end of the value")))
		return failure(&r, err);
	if (is_instant(f)) {
		sec = r.unix_sec;
		out.had_offset = true;
	} else {
		const char *wrong = check_parts(&r);
		if (wrong)
			return err_set(err, ERR_INVALID, "time: %s is out of range", wrong);
		const struct wall w = {r.year, r.month, r.day, r.hour, r.minute, r.second};
		sec = wall_seconds(&w) + (int64_t)(r.year_day ? r.year_day - 1 : 0) * SEC_PER_DAY;
		out.had_offset = r.has_offset;
		out.date_only = !r.has_time;
		if (r.has_offset)
			sec -= r.offset;
		else if (zone)
			sec = zone_from_wall(zone, sec, &out.doubt);
		else
			return err_set(err, ERR_INVALID,
				       "time: the value has no offset and no zone is given");
	}
	if (sec < CIVIL_SEC_MIN || sec > CIVIL_SEC_MAX)
		return err_set(err, ERR_INVALID, "time: outside the years %d to %d", CIVIL_YEAR_MIN,
			       CIVIL_YEAR_MAX);
	out.at = sec * USEC_PER_SEC + r.usec;
	*ret = out;
	return 0;
}
