/* Asking for a new secret: at the terminal without echo, twice; or the first line of a file or of
 * standard input. Never from the command line, where other accounts could read it. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/password.h"

struct prompt {
	const char *what;			  /* "password", "PIN" */
	const char *(*fault)(struct span secret); /* what is wrong with it, for people; or NULL */
	const char *file;			  /* NULL: not from a file */
	bool from_stdin;
};

/* Neither file nor from_stdin: the terminal. INVALID: it has a fault, or was not typed the same
 * twice. The caller wipes ret. */
int prompt_secret(const struct prompt *p, char ret[PASSWORD_MAX + 1], struct err *err);
