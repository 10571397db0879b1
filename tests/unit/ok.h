/* A step that a test needs and that is not its claim: where it fails, its own words say why. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

static inline void ok(int code, const struct err *err)
{
	if (code < 0)
		fail_msg("%s", err->message);
}

/* The same of a call that is given &err. */
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err = {0};                                                              \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, err.message);                                    \
	} while (0)
