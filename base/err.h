/* The one error type: for retry logic and for people.
 *
 * A function that can fail returns 0 or a negative enum err_code and fills the caller's struct err,
 * its last parameter (NULL is allowed: the caller wants only the code). Bottom layers do not log; a
 * daemon's edge logs once. assert() is for bugs, err for data.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

enum err_code {
	ERR_NONE = 0,
	ERR_INVALID, /* data or configuration is wrong; the same input fails again */
	ERR_LIMIT,   /* a named limit was exceeded */
	ERR_NOT_FOUND,
	ERR_EXISTS,
	ERR_DENIED,	 /* not allowed: permission, role, certificate */
	ERR_CONFLICT,	 /* a version or state check failed */
	ERR_UNAVAILABLE, /* the other side is away or busy; try again */
	ERR_TIMEOUT,
	ERR_PROTOCOL, /* the other side answered nonsense */
	ERR_DAMAGED,  /* what came down a line is not what was sent */
	ERR_IO,	      /* errno or a library's own trouble */
	ERR_FULL,     /* no space, quota, queue full */
	ERR_CORRUPT,  /* a store of ours does not hold what it should */
	ERR_NO_MEMORY,
};

#define ERR_MESSAGE_MAX 1024

struct err {
	enum err_code code;
	bool retriable; /* the same call may succeed later without anybody mending anything */
	char message[ERR_MESSAGE_MAX];
};

/* Each fills *err (if not NULL) and returns -code, so that `return err_set(err, …)` reads well.
 * UNAVAILABLE, TIMEOUT and FULL are retriable, the others are not. */
int err_set(struct err *err, enum err_code code, const char *format, ...) _cold_ _printf_(3, 4);
/* The code follows from errnum (ENOENT → NOT_FOUND …); ": <strerror>" is appended. */
int err_errno(struct err *err, int errnum, const char *format, ...) _cold_ _printf_(3, 4);
/* Puts "<prefix>: " before the message; keeps the code; returns -code. */
int err_prefix(struct err *err, const char *format, ...) _cold_ _printf_(2, 3);

const char *err_code_name(enum err_code code); /* "invalid", "unavailable" … */

/* An exit code for a program that ends with this error: 1 in general, 2 usage (never from here), 3
 * not found, 4 invalid data, 5 denied, 75 (EX_TEMPFAIL) when retriable. */
int err_exit_code(const struct err *err);
