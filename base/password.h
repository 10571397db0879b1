/* Passwords as argon2id hashes (the only caller of libsodium's password hashing).
 *
 * One hashing takes about a tenth of a second and PASSWORD_MEMORY bytes on purpose: callers bound
 * how many run at once. A hash is text and names its own parameters, so that these may rise later
 * while older hashes go on to work. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

#define PASSWORD_MIN	12 /* bytes */
#define PASSWORD_MAX	256
#define PASSWORD_HASH	128 /* a hash with its NUL */
#define PASSWORD_PASSES 2
#define PASSWORD_MEMORY ((size_t)64 << 20)

/* NULL, or what is wrong with it as a new password, for people. */
const char *password_fault(struct span password);
/* NO_MEMORY if PASSWORD_MEMORY cannot be had. */
int password_hash(struct span password, char ret[PASSWORD_HASH], struct err *err);
/* hash NULL: does the same work and says no, so that time does not tell who has a password. */
bool password_fits(const char *hash, struct span password);
