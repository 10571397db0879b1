/* Time: microseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds), RFC 3339 text, and the
 * formats that legacy exports write, read in an IANA time zone (rules from ICU, years 1900 to 2100,
 * read once per zone and kept).
 *
 * A local time that a change of the clocks makes ambiguous (the hour that comes twice in autumn) is
 * read as the first of the two; one that does not exist (the hour skipped in spring) is read with
 * the offset before the change, so 02:30 becomes 03:30. Both are reported in struct clock_reading.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

typedef int64_t usec_t;

#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)
#define USEC_NONE     INT64_MIN

usec_t clock_now(void);	      /* CLOCK_REALTIME */
usec_t clock_monotonic(void); /* CLOCK_MONOTONIC: for intervals and deadlines */

#define CLOCK_RFC3339_MAX 36
/* "2026-04-20T09:14:22Z", with ".123" or ".123456" only where the fraction is not zero. Returns
 * out. */
char *clock_format_rfc3339(usec_t at, char out[CLOCK_RFC3339_MAX]);
/* RFC 3339 section 5.6; an offset is required; 't' and 'z' may be small, a space may stand for 'T';
 * second 60 is read as the next minute's 0; fraction digits beyond microseconds are dropped. Years
 * 0001 to 9999. */
int clock_parse_rfc3339(struct span s, usec_t *ret, struct err *err);

struct zone; /* an IANA zone, immutable once loaded, safe to share between threads */
/* "Europe/Oslo", "UTC"; NOT_FOUND if unknown */
int zone_load(const char *name, struct zone **ret, struct err *err);
void zone_free(struct zone *z);
DEFINE_CLEANUP(struct zone *, zone_free)
const char *zone_name(const struct zone *z);
int32_t zone_offset_at(const struct zone *z, usec_t at); /* seconds east of UTC at that instant */
/* "2026-04-20T11:14:22+02:00" */
char *clock_format_local(usec_t at, const struct zone *z, char out[CLOCK_RFC3339_MAX]);

enum clock_doubt {
	CLOCK_SURE,
	CLOCK_AMBIGUOUS,   /* came twice; the first was taken */
	CLOCK_NONEXISTENT, /* skipped; read with the offset before the change */
};

struct clock_reading {
	usec_t at;
	enum clock_doubt doubt;
	bool had_offset; /* the value named its own offset, so the zone was not asked */
	bool date_only;	 /* no time of day was given: 00:00 local was taken */
};

/* A compiled time format. Directives:
 *
 *   %Y %y %m %d %e %j   date; %y: 00 to 68 are 2000 to 2068 (POSIX strptime); %j: day of the year
 *   %H %I %M %S %f %p   time; %f: fraction, 1 to 9 digits; %I (12 hours) goes with %p (AM PM)
 *   %z                  Z, +hh, +hhmm, +hh:mm
 *   %b %B               month names, full or short, in English, Norwegian, Danish, Swedish and
 *                       German, any case; a point after it is allowed
 *   %a %A               weekday names, read and ignored
 *   %s                  seconds since 1970
 *   %%                  a percent sign
 *
 * White space matches any run of white space, also none; other characters match themselves.
 * %d %m %H %M %S take one or two digits. A format must say one day, and nothing twice.
 *
 * In place of a format string a name:
 *
 *   rfc3339        as clock_parse_rfc3339
 *   iso8601        date, optional time, optional offset; T or space; basic or extended
 *   hl7            HL7 v2 chapter 2A, DTM/TS: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ], up
 *                  to nine digits of fraction; a precision less than a day is refused as a time
 *                  of a change
 *   unix, unix_ms  a whole number since 1970
 *
 * Second 60 is read as the next minute's 0 in all of them. */
struct clock_format;
/* err names the column */
int clock_format_compile(const char *text, struct clock_format **ret, struct err *err);
void clock_format_free(struct clock_format *f);
DEFINE_CLEANUP(struct clock_format *, clock_format_free)
/* Reads the whole span. zone may be NULL only if the format always carries an offset. Err says what
 * was expected at which position, never the value itself. */
int clock_read(const struct clock_format *f, struct span s, const struct zone *zone,
	       struct clock_reading *ret, struct err *err);

/* "250ms", "2s", "10m", "1h", "7d"; a bare number is refused. */
bool clock_parse_duration(struct span s, usec_t *ret);
