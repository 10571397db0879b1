#include "base/digest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void digest_setup(void)
{
	if (sodium_init() < 0)
		abort();
}

struct digest digest_of(struct span s)
{
	struct digest d;

	(void)crypto_generichash(d.b, sizeof(d.b), (const unsigned char *)s.p, s.n, NULL, 0);
	return d;
}

struct digest digest_keyed(const uint8_t key[DIGEST_KEY_BYTES], struct span s)
{
	struct digest d;

	(void)crypto_generichash(d.b, sizeof(d.b), (const unsigned char *)s.p, s.n, key,
				 DIGEST_KEY_BYTES);
	return d;
}

void digest_begin(struct digest_stream *d)
{
	(void)crypto_generichash_init(&d->state, NULL, 0, DIGEST_BYTES);
}

void digest_add(struct digest_stream *d, struct span s)
{
	(void)crypto_generichash_update(&d->state, (const unsigned char *)s.p, s.n);
}

struct digest digest_end(struct digest_stream *d)
{
	struct digest out;

	(void)crypto_generichash_final(&d->state, out.b, sizeof(out.b));
	return out;
}

char *digest_hex(const struct digest *d, char out[DIGEST_HEX + 1])
{
	return sodium_bin2hex(out, DIGEST_HEX + 1, d->b, sizeof(d->b));
}

bool digest_parse_hex(struct span s, struct digest *ret)
{
	struct digest d;
	size_t n;

	if (s.n != DIGEST_HEX || sodium_hex2bin(d.b, sizeof(d.b), s.p, s.n, NULL, &n, NULL) != 0 ||
	    n != sizeof(d.b))
		return false;
	*ret = d;
	return true;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return sodium_memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
