/* One report into one file: what every command of bedpost-report ends in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct question;
struct report;
struct writer_format;

#define MAKE_STATEMENT_SECONDS 300 /* a single question of a report to PostgreSQL */

struct make {
	const char *config, *database; /* database NULL: what region.yaml (config) says */
	int64_t statement_seconds;
	const struct report *report;
	const struct question *question;
	const struct writer_format *format;
	const char *table; /* csv; NULL: the first */
	const char *out;   /* replaced whole; NULL: standard output */
	bool shows_progress;
};

/* Noted in the access log before its first byte. */
int make_report(const struct make *m, struct err *err);
