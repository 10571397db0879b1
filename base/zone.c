/* Time zones. ICU knows the rules but its calendar objects are slow and not shareable, so that a
 * zone is asked once for all its changes from 1900 to 2101 and kept as a table. Outside those years
 * the offset at that end goes on.
 *
 * Two ascending tables stand side by side, searched the same way:
 *
 *     at[i]    the instant of change i
 *     wall[i]  the local time from which the offset after change i is the right one to read with:
 *              at[i] + the larger of the two offsets, for the hour in doubt is read with the one
 *              before
 *
 * To find the last entry not above a value without a search, the years are cut in buckets of 2^22 s
 * (48 days); each knows the last entry at its start. No zone changes more than a few times in a
 * bucket. The table is never written after loading: threads share it freely.
 */
#include "base/zone.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/civil.h"

#define ZONE_NAME_MAX	 64
#define ZONE_CHANGES_MAX 1024	       /* two a year are 400 */
#define SPAN_FIRST	 (-2208988800) /* 1900-01-01 */
#define SPAN_LAST	 4133980800    /* 2101-01-01 */
#define BUCKET_BITS	 22
#define BUCKETS		 (((SPAN_LAST - SPAN_FIRST) >> BUCKET_BITS) + 1)

struct zone_table {
	int64_t from[ZONE_CHANGES_MAX]; /* from[0] is the beginning of time */
	uint16_t bucket[BUCKETS];	/* index of the last entry <= the bucket's start */
};

struct zone {
	char name[ZONE_NAME_MAX];
	size_t n; /* stretches of one offset: changes + 1 */
	struct zone_table at, wall;
	int32_t offset[ZONE_CHANGES_MAX]; /* seconds east, from at.from[i] on */
};

const char *zone_name(const struct zone *z)
{
	return z->name;
}

void zone_free(struct zone *z)
{
	free(z);
}

static inline size_t find(const struct zone *z, const struct zone_table *t, int64_t sec)
{
	size_t i = 0;

	if (sec >= SPAN_LAST)
		i = z->n - 1;
	else if (sec >= SPAN_FIRST)
		i = t->bucket[(sec - SPAN_FIRST) >> BUCKET_BITS];
	while (i + 1 < z->n && t->from[i + 1] <= sec)
		i++;
	return i;
}

int32_t zone_offset_at(const struct zone *z, usec_t at)
{
	return z->offset[find(z, &z->at, floor_div(at, USEC_PER_SEC))];
}

int64_t zone_from_wall(const struct zone *z, int64_t wall, enum clock_doubt *ret_doubt)
{
	size_t i = find(z, &z->wall, wall);
	enum clock_doubt doubt = CLOCK_SURE;

	if (i + 1 < z->n) {
		int32_t before = z->offset[i], after = z->offset[i + 1];
		if (wall >= z->at.from[i + 1] + (before < after ? before : after))
			doubt = before < after ? CLOCK_NONEXISTENT : CLOCK_AMBIGUOUS;
	}
	*ret_doubt = doubt;
	return wall - z->offset[i];
}

static void fill_buckets(const struct zone *z, struct zone_table *t)
{
	size_t i = 0;

	for (int64_t b = 0; b < BUCKETS; b++) {
		while (i + 1 < z->n && t->from[i + 1] <= SPAN_FIRST + (b << BUCKET_BITS))
			i++;
		t->bucket[b] = (uint16_t)i;
	}
}

/* Offset at the calendar's present time, in seconds. */
static int32_t calendar_offset(UCalendar *cal, UErrorCode *status)
{
	return (ucal_get(cal, UCAL_ZONE_OFFSET, status) + ucal_get(cal, UCAL_DST_OFFSET, status)) /
	       1000;
}

static void add_stretch(struct zone *z, int64_t at, int32_t offset)
{
	int32_t before = z->offset[z->n - 1];

	if (before == offset) /* only the name or the DST flag changed */
		return;
	int64_t wall = at + (before > offset ? before : offset);
	z->at.from[z->n] = at;
	z->wall.from[z->n] = wall > z->wall.from[z->n - 1] ? wall : z->wall.from[z->n - 1];
	z->offset[z->n++] = offset;
}

static int read_changes(struct zone *z, UCalendar *cal, struct err *err)
{
	UErrorCode status = U_ZERO_ERROR;
	UDate ms = (UDate)SPAN_FIRST * 1000;

	ucal_setMillis(cal, ms, &status);
	z->at.from[0] = z->wall.from[0] = INT64_MIN;
	z->offset[0] = calendar_offset(cal, &status);
	z->n = 1;
	while (U_SUCCESS(status) && z->n < ZONE_CHANGES_MAX &&
	       ucal_getTimeZoneTransitionDate(cal, UCAL_TZ_TRANSITION_NEXT, &ms, &status)) {
		int64_t at = floor_div((int64_t)ms, 1000);
		if (at >= SPAN_LAST)
			break;
		ucal_setMillis(cal, ms, &status);
		add_stretch(z, at, calendar_offset(cal, &status));
	}
	if (U_FAILURE(status))
		return err_set(err, ERR_IO, "time zone %s: ICU: %s", z->name, u_errorName(status));
	if (z->n == ZONE_CHANGES_MAX)
		return err_set(err, ERR_LIMIT, "time zone %s: more than %d changes", z->name,
			       ZONE_CHANGES_MAX);
	fill_buckets(z, &z->at);
	fill_buckets(z, &z->wall);
	return 0;
}

/* ICU reads an unknown name as GMT and makes zones of texts like "GMT+3": only names of the IANA
 * table will do. */
static bool is_known(const UChar *name, int32_t len)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar canonical[ZONE_NAME_MAX * 2];
	UBool is_system = 0;

	(void)ucal_getCanonicalTimeZoneID(name, len, canonical, (int32_t)ARRAY_LEN(canonical),
					  &is_system, &status);
	return U_SUCCESS(status) && is_system;
}

static void close_calendar(UCalendar **cal)
{
	if (*cal)
		ucal_close(*cal);
}

int zone_load(const char *name, struct zone **ret, struct err *err)
{
	_cleanup_(zone_freep) struct zone *z = NULL;
	_cleanup_(close_calendar) UCalendar *cal = NULL;
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[ZONE_NAME_MAX];
	int32_t len = (int32_t)strnlen(name, ZONE_NAME_MAX);

	if (len == 0 || len == ZONE_NAME_MAX)
		return err_set(err, ERR_NOT_FOUND,
			       "time zone: no IANA zone has a name of %d letters", len);
	u_charsToUChars(name, wide, len);
	if (!is_known(wide, len) || strcmp(name, "Etc/Unknown") == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "time zone \"%s\" is unknown; IANA names look like \"Europe/Oslo\"",
			       name);
	cal = ucal_open(wide, len, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return err_set(err, ERR_IO, "time zone %s: ICU: %s", name, u_errorName(status));
	z = calloc(1, sizeof(*z));
	if (!z)
		return err_set(err, ERR_NO_MEMORY, "time zone %s: out of memory", name);
	memcpy(z->name, name, (size_t)len);
	int r = read_changes(z, cal, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(z);
	return 0;
}
