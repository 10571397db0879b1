/* Asking for a new password: at the terminal without echo, twice; or the first line of a file or of
 * standard input. Never from the command line, where other accounts could read it. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/password.h"

/* file NULL and not from_stdin: the terminal. INVALID: it is no good password, or was not typed the
 * same twice. The caller wipes ret. */
int prompt_password(const char *file, bool from_stdin, char ret[PASSWORD_MAX + 1], struct err *err);
