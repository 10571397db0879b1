#include "regional/api/device.h"

#include <stdio.h>
#include <string.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/digest.h"

#define NAME_DIGITS (DEVICE_NAME - 1)
#define ENTRY	    (NAME_DIGITS + DEVICE_SEAL)

/* BLAKE2b: a hash of the secret and what follows it is a seal. The stored hash of a password has
 * its own salt, and its length is said so that it cannot run into the name. */
static void seal(struct span name, int64_t user_id, const char *password_hash,
		 char ret[DIGEST_HEX + 1])
{
	struct digest_stream d;
	char about[64];

	int n = snprintf(about, sizeof(about), "bedpost device %zu %lld ", strlen(password_hash),
			 (long long)user_id);
	digest_begin(&d);
	digest_add(&d, span_of(about, (size_t)n));
	digest_add(&d, span_str(password_hash));
	digest_add(&d, name);
	struct digest sum = digest_end(&d);
	digest_hex(&sum, ret)[DEVICE_SEAL] = '\0';
	sodium_memzero(&sum, sizeof(sum));
}

static bool is_sealed(struct span entry, int64_t user_id, const char *password_hash)
{
	char good[DIGEST_HEX + 1];

	if (entry.n != ENTRY)
		return false;
	seal(span_of(entry.p, NAME_DIGITS), user_id, password_hash, good);
	return sodium_memcmp(entry.p + NAME_DIGITS, good, DEVICE_SEAL) == 0;
}

bool device_find(struct span cookie, int64_t user_id, const char *password_hash,
		 char ret_name[DEVICE_NAME])
{
	struct span entry;

	for (int i = 0; i < DEVICE_USERS && span_cut(&cookie, '.', &entry); i++)
		if (is_sealed(entry, user_id, password_hash)) {
			memcpy(ret_name, entry.p, NAME_DIGITS);
			ret_name[NAME_DIGITS] = '\0';
			return true;
		}
	return false;
}

static bool is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789abcdef", s.p[i]) || !s.p[i])
			return false;
	return true;
}

void device_remember(struct span cookie, int64_t user_id, const char *password_hash,
		     char ret[DEVICE_TEXT])
{
	unsigned char random[NAME_DIGITS / 2];
	char own[DIGEST_HEX + 1];
	struct span entry;
	int kept = 1;

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(ret, DEVICE_NAME, random, sizeof(random));
	seal(span_str(ret), user_id, password_hash, own);
	size_t n = (size_t)snprintf(ret + NAME_DIGITS, DEVICE_SEAL + 1, "%s", own) + NAME_DIGITS;
	for (int i = 0; i < DEVICE_USERS && span_cut(&cookie, '.', &entry); i++) {
		if (kept == DEVICE_USERS || entry.n != ENTRY || !is_hex(entry) ||
		    is_sealed(entry, user_id, password_hash))
			continue;
		n += (size_t)snprintf(ret + n, (size_t)DEVICE_TEXT - n, "." SPAN_FMT,
				      SPAN_ARG(entry));
		kept++;
	}
}
