/* The result of `adapter test` as JUnit XML, which build servers read: a suite per adapter, a case
 * per input. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct junit {
	struct buf suites, cases; /* of the suite that is open */
	size_t n, failures, errors, n_suites, all, all_failures, all_errors;
	usec_t took, all_took;
};
#define JUNIT_INIT ((struct junit){0})
void junit_done(struct junit *j);

enum junit_result { JUNIT_PASSED, JUNIT_FAILED, JUNIT_ERROR };
void junit_case(struct junit *j, const char *suite, const char *name, enum junit_result result,
		const char *text, usec_t took);
/* Closes the suite; without a case there is none. */
void junit_suite(struct junit *j, const char *name, usec_t now);
int junit_write(const struct junit *j, const char *path, struct err *err);
