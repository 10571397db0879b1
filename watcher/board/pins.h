/* The PINs of a home's staff: a file of users and argon2id hashes, written by `bedpost board pin`,
 * read by the board.
 *
 *     user_kari: "$argon2id$v=19$m=65536,t=2,p=1$…"
 *
 * A PIN has so few digits that whoever has the file can try them all within hours, argon2id or not:
 * the file is for the watcher's account alone (mode 0600), and one that others may read is refused.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/password.h"
#include "base/span.h"

#define PINS_MAX    200
#define PIN_MIN	    4 /* digits */
#define PIN_MAX	    12
#define PINS_PREFIX "user_"

struct pin {
	const char *user; /* goes into changed_by */
	char hash[PASSWORD_HASH];
};

struct pins {
	struct arena arena; /* the names */
	struct pin pin[PINS_MAX];
	size_t n;
};

/* What is wrong with it as a new PIN, for people; or NULL. */
const char *pin_fault(struct span pin);

/* NOT_FOUND without a file; *ret is then empty. DENIED if others may read it. */
int pins_load(const char *path, struct pins **ret, struct err *err);
void pins_free(struct pins *p);
DEFINE_CLEANUP(struct pins *, pins_free)
/* NULL if there is none */
const char *pins_hash(const struct pins *p, struct span user);

/* Puts or replaces one, in order of names; FULL above PINS_MAX. hash NULL removes it; NOT_FOUND. */
int pins_put(struct pins *p, const char *user, const char *hash, struct err *err);
/* As a whole or not at all. Keeps the file's owner; a new file gets its folder's, so that root may
 * write what the watcher's account reads. */
int pins_write(const struct pins *p, const char *path, struct err *err);
