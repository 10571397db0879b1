/* A day's beginning is searched for rather than computed from an offset: a zone's rules may skip
 * midnight or let it come twice. */
#include "reports/period.h"

#include <stdio.h>

#include "base/civil.h"
#include "reports/cell.h"

#define PERIOD_DAYS_DEFAULT 30

int64_t period_day_at(const struct zone *zone, usec_t at)
{
	usec_t local = at + zone_offset_at(zone, at) * USEC_PER_SEC;

	return floor_div(local, USEC_PER_DAY);
}

static bool read_number(struct span s, int *ret)
{
	int64_t n;

	if (s.n == 0 || s.p[0] < '0' || s.p[0] > '9' || !span_to_i64(s, &n) || n > CIVIL_YEAR_MAX)
		return false;
	*ret = (int)n;
	return true;
}

/* "2026-10-01", or "2026-10" where the day is not asked for. */
static int read_date(struct span s, bool with_day, const char *name, int ymd[3], struct err *err)
{
	size_t n = with_day ? 10 : 7;
	bool ok = s.n == n && s.p[4] == '-' && (!with_day || s.p[7] == '-') &&
		  read_number(span_of(s.p, 4), &ymd[0]) &&
		  read_number(span_of(s.p + 5, 2), &ymd[1]) && ymd[0] >= 1900 && ymd[0] <= 2100 &&
		  ymd[1] >= 1 && ymd[1] <= 12;

	ymd[2] = 1;
	if (ok && with_day)
		ok = read_number(span_of(s.p + 8, 2), &ymd[2]) && ymd[2] >= 1 &&
		     ymd[2] <= civil_month_days(ymd[0], ymd[1]);
	if (ok)
		return 0;
	return err_set(err, ERR_INVALID, "%s wants a %s", name,
		       with_day ? "day, as in 2026-10-01" : "month, as in 2026-10");
}

bool period_is_day(struct span s)
{
	int ymd[3] = {0};

	return read_date(s, true, "", ymd, NULL) == 0;
}

bool period_is_month(struct span s)
{
	int ymd[3] = {0};

	return read_date(s, false, "", ymd, NULL) == 0;
}

static int read_month(struct span month, struct period *ret, struct err *err)
{
	int ymd[3] = {0}, r = read_date(month, false, "month", ymd, err);

	if (r < 0)
		return r;
	*ret = (struct period){(int32_t)civil_to_days(ymd[0], ymd[1], 1),
			       (size_t)civil_month_days(ymd[0], ymd[1])};
	return 0;
}

int period_read(const struct period_asked *asked, const struct zone *zone, usec_t now,
		struct period *ret, struct err *err)
{
	int64_t to = period_day_at(zone, now) + 1, from;
	int ymd[3] = {0}, r = 0;

	if (asked->month.p && (asked->from.p || asked->to.p))
		return err_set(err, ERR_INVALID, "month goes without from and to");
	if (asked->month.p)
		return read_month(asked->month, ret, err);
	if (asked->to.p && (r = read_date(asked->to, true, "to", ymd, err)) == 0)
		to = civil_to_days(ymd[0], ymd[1], ymd[2]);
	from = to - PERIOD_DAYS_DEFAULT;
	if (r == 0 && asked->from.p && (r = read_date(asked->from, true, "from", ymd, err)) == 0)
		from = civil_to_days(ymd[0], ymd[1], ymd[2]);
	if (r < 0)
		return r;
	if (to <= from)
		return err_set(err, ERR_INVALID, "the period is empty: to must be after from");
	if (to - from > PERIOD_DAYS_MAX)
		return err_set(err, ERR_LIMIT, "the period has more than %d days", PERIOD_DAYS_MAX);
	*ret = (struct period){(int32_t)from, (size_t)(to - from)};
	return 0;
}

usec_t period_instant(int64_t day, int64_t seconds, const struct zone *zone)
{
	usec_t local = day * USEC_PER_DAY + seconds * USEC_PER_SEC;
	usec_t low = local - USEC_PER_DAY - USEC_PER_DAY / 2, high = low + 3 * USEC_PER_DAY;

	while (high - low > 1) {
		usec_t middle = low + (high - low) / 2;
		usec_t there = middle + zone_offset_at(zone, middle) * USEC_PER_SEC;
		*(there < local ? &low : &high) = middle;
	}
	return high;
}

usec_t *period_bounds(const struct period *p, const struct zone *zone, struct arena *a)
{
	usec_t *bounds = arena_array(a, usec_t, p->n + 1);

	for (size_t i = 0; i <= p->n; i++)
		bounds[i] = period_instant(p->first + (int64_t)i, 0, zone);
	return bounds;
}

size_t period_day_of(const usec_t *bounds, size_t n, usec_t at)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		*(at < bounds[middle] ? &high : &low) = middle;
	}
	return low;
}

void period_add(const struct period *p, enum lang lang, struct buf *out)
{
	cell_add_day(p->first, lang, out);
	if (p->n == 1)
		return;
	buf_adds(out, " – ");
	cell_add_day(p->first + (int32_t)p->n - 1, lang, out);
}
