#include "base/password.h"

#include <string.h>

#include <sodium/crypto_pwhash.h>

_Static_assert(PASSWORD_HASH == crypto_pwhash_STRBYTES, "as libsodium has it");

/* Of no password: its parameters are those of password_hash(). */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
			     "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const char *password_fault(struct span password)
{
	if (password.n < PASSWORD_MIN)
		return "a password has 12 characters or more";
	if (password.n > PASSWORD_MAX)
		return "a password has 256 bytes at most";
	if (!span_is_utf8(password, NULL))
		return "a password is UTF-8 text";
	if (memchr(password.p, '\n', password.n) || memchr(password.p, '\0', password.n))
		return "a password is one line";
	for (size_t i = 1; i < password.n; i++)
		if (password.p[i] != password.p[0])
			return NULL;
	return "a password is more than one character again and again";
}

int password_hash(struct span password, char ret[PASSWORD_HASH], struct err *err)
{
	if (crypto_pwhash_str(ret, password.p, password.n, PASSWORD_PASSES, PASSWORD_MEMORY) < 0)
		return err_set(err, ERR_NO_MEMORY, "no memory for hashing a password");
	return 0;
}

bool password_fits(const char *hash, struct span password)
{
	bool fits = crypto_pwhash_str_verify(hash ? hash : nobody, password.p, password.n) == 0;

	return fits && hash;
}
