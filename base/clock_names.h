/* Names of months and weekdays in the languages of the legacy exports (inside base/). */
#pragma once

#include <stddef.h>

#include "base/span.h"

struct clock_name {
	const char *name; /* UTF-8, lower case; NULL ends a table */
	int number;	  /* months from 1; weekdays from 1 = Monday */
};

extern const struct clock_name clock_month_names[], clock_weekday_names[];

/* Length of the longest name that s starts with, in any case; 0 if none. */
size_t clock_name_match(const struct clock_name *names, struct span s, int *ret_number);
