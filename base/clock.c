/* The clocks, RFC 3339 both ways, and durations. No libc calendar functions: they ask the process's
 * own time zone. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "base/clock_format.h"

static usec_t read_clock(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

usec_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static char *put2(char *to, int v)
{
	to[0] = (char)('0' + v / 10);
	to[1] = (char)('0' + v % 10);
	return to + 2;
}

static char *put_fraction(char *to, int usec)
{
	int digits = usec % 1000 == 0 ? 3 : 6, v = digits == 3 ? usec / 1000 : usec;

	if (usec == 0)
		return to;
	*to = '.';
	for (int i = digits; i > 0; i--, v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + 1 + digits;
}

/* Date, time and fraction of an instant shifted by whole seconds; an instant outside the years that
 * RFC 3339 can write is shown as the nearest it can. */
static char *put_date_time(char *to, usec_t at, int32_t offset)
{
	int64_t sec = floor_div(at, USEC_PER_SEC);
	int usec = (int)(at - sec * USEC_PER_SEC), year, month, day;

	sec += offset;
	if (sec < CIVIL_SEC_MIN || sec > CIVIL_SEC_MAX) {
		sec = sec < CIVIL_SEC_MIN ? CIVIL_SEC_MIN : CIVIL_SEC_MAX;
		usec = 0;
	}
	int64_t days = floor_div(sec, SEC_PER_DAY);
	int of_day = (int)(sec - days * SEC_PER_DAY);
	civil_from_days(days, &year, &month, &day);
	to = put2(put2(to, year / 100), year % 100);
	*to++ = '-';
	to = put2(to, month);
	*to++ = '-';
	to = put2(to, day);
	*to++ = 'T';
	to = put2(to, of_day / 3600);
	*to++ = ':';
	to = put2(to, of_day / 60 % 60);
	*to++ = ':';
	return put_fraction(put2(to, of_day % 60), usec);
}

char *clock_format_rfc3339(usec_t at, char out[CLOCK_RFC3339_MAX])
{
	char *to = put_date_time(out, at, 0);

	*to++ = 'Z';
	*to = '\0';
	return out;
}

/* RFC 3339 has no seconds in an offset; those of local mean time (before about 1900 to 1970) are
 * cut to minutes and the local time with them, so that the text still names the same instant. */
char *clock_format_local(usec_t at, const struct zone *z, char out[CLOCK_RFC3339_MAX])
{
	int32_t minutes = zone_offset_at(z, at) / 60, size = minutes < 0 ? -minutes : minutes;
	char *to = put_date_time(out, at, minutes * 60);

	*to++ = minutes < 0 ? '-' : '+';
	to = put2(to, size / 60);
	*to++ = ':';
	to = put2(to, size % 60);
	*to = '\0';
	return out;
}

int clock_parse_rfc3339(struct span s, usec_t *ret, struct err *err)
{
	struct clock_reading reading;
	int r = clock_read(&clock_format_rfc3339_only, s, NULL, &reading, err);

	if (r < 0)
		return r;
	*ret = reading.at;
	return 0;
}

bool clock_parse_duration(struct span s, usec_t *ret)
{
	static const struct {
		const char *name;
		usec_t usec;
	} units[] = {
	    {"ms", USEC_PER_MSEC}, {"s", USEC_PER_SEC}, {"m", USEC_PER_MIN},
	    {"h", USEC_PER_HOUR},  {"d", USEC_PER_DAY},
	};
	size_t digits = 0;
	int64_t n;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!span_to_i64(span_of(s.p, digits), &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!span_eq_str(span_of(s.p + digits, s.n - digits), units[i].name))
			continue;
		usec_t usec;
		if (__builtin_mul_overflow(n, units[i].usec, &usec))
			return false;
		*ret = usec;
		return true;
	}
	return false;
}
