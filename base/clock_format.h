/* A compiled time format (inside base/; others use clock.h): clock_format.c compiles, clock_read.c
 * reads. */
#pragma once

#include "base/clock.h"

#define CLOCK_FORMAT_MAX 128 /* bytes of a format's text */

enum clock_format_kind {
	CLOCK_KIND_OPS, /* directives, one op each */
	CLOCK_KIND_RFC3339,
	CLOCK_KIND_ISO8601,
	CLOCK_KIND_HL7,
	CLOCK_KIND_UNIX,
	CLOCK_KIND_UNIX_MS,
};

enum clock_op_code {
	OP_END,
	OP_LITERAL, /* arg: the byte */
	OP_SPACE,   /* a run of white space, also none */
	OP_YEAR,    /* four digits */
	OP_YEAR_2,  /* two digits */
	OP_MONTH,
	OP_DAY,
	OP_DAY_SPACE, /* %e: a space may stand before a single digit */
	OP_HOUR,
	OP_HOUR_12,
	OP_MINUTE,
	OP_SECOND,
	OP_FRACTION,
	OP_AM_PM,
	OP_OFFSET,
	OP_MONTH_NAME,
	OP_WEEKDAY_NAME,
	OP_YEAR_DAY,
	OP_UNIX,
};

struct clock_op {
	uint8_t code; /* enum clock_op_code */
	char arg;
};

struct clock_format {
	enum clock_format_kind kind;
	bool has_time;	 /* an hour or a Unix time is among the directives */
	bool is_instant; /* %s: no date, no zone */
	struct clock_op ops[CLOCK_FORMAT_MAX + 1];
};

extern const struct clock_format clock_format_rfc3339_only;
