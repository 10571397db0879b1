/* What a SQLSTATE means to a caller; the table stands in pg.h. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/* state: five characters. ret_retriable: running the same transaction again may succeed. */
enum err_code pg_sqlstate_code(const char *state, bool *ret_retriable);
/* For a command whose log-in failed: DENIED or INVALID with what to mend, else UNAVAILABLE. state:
 * a text that ends with the server's SQLSTATE, if it gave one; why: for people. */
int pg_refused(const char *state, const char *why, struct err *err);
