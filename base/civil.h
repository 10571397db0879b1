/* The proleptic Gregorian calendar as arithmetic: days since 1970-01-01 and back, without tables or
 * libc. The year is counted from March, so that the leap day comes last and month lengths follow
 * one straight line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_YEAR_MIN 1
#define CIVIL_YEAR_MAX 9999
#define SEC_PER_DAY    86400
#define CIVIL_SEC_MIN  (-62135596800) /* 0001-01-01T00:00:00Z */
#define CIVIL_SEC_MAX  (253402300799) /* 9999-12-31T23:59:59Z */

static inline bool civil_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int civil_month_days(int year, int month)
{
	static const uint8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month] + (month == 2 && civil_is_leap(year));
}

/* year 0 to 9999, month 1 to 12 */
static inline int64_t civil_to_days(int year, int month, int day)
{
	unsigned y = (unsigned)year + 400 - (month <= 2); /* one cycle ahead: never below 0 */
	unsigned m = (unsigned)(month > 2 ? month - 3 : month + 9);
	unsigned cycle = y / 400, of_cycle = y % 400;
	unsigned of_year = (153 * m + 2) / 5 + (unsigned)day - 1;

	return (int64_t)cycle * 146097 + (int64_t)of_cycle * 365 + of_cycle / 4 - of_cycle / 100 +
	       of_year - 719468 - 146097;
}

static inline void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	uint32_t z =
	    (uint32_t)(days + 719468 + 146097); /* from 0000-03-01 less one cycle of 400 years */
	uint32_t cycle = z / 146097, d = z % 146097;
	uint32_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	uint32_t of_year = d - (365 * y + y / 4 - y / 100);
	uint32_t m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(cycle * 400 + y) - 400 + (*month <= 2);
}

static inline int64_t floor_div(int64_t a, int64_t b) /* b > 0 */
{
	return a / b - (a % b < 0);
}
