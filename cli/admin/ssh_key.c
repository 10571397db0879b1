/* PKCS#8 of an ed25519 key (RFC 8410) is sixteen fixed bytes and the seed: written here rather than
 * through a library of certificates. */
#include "cli/admin/ssh_key.h"

#include <sodium.h>
#include <string.h>

#define SEED_BYTES crypto_sign_SEEDBYTES

static const unsigned char pkcs8_head[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
					   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
#define PKCS8_BYTES (sizeof(pkcs8_head) + SEED_BYTES)

static const char pem_begin[] = "-----BEGIN PRIVATE KEY-----\n";
static const char pem_end[] = "-----END PRIVATE KEY-----";

static void add_base64(struct buf *out, const unsigned char *p, size_t n)
{
	size_t room = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
	char *to = buf_reserve(out, room);

	(void)sodium_bin2base64(to, room, p, n, sodium_base64_VARIANT_ORIGINAL);
	out->n += room - 1;
}

void ssh_key_make(struct buf *pem)
{
	unsigned char der[PKCS8_BYTES];

	memcpy(der, pkcs8_head, sizeof(pkcs8_head));
	randombytes_buf(der + sizeof(pkcs8_head), SEED_BYTES);
	buf_adds(pem, pem_begin);
	add_base64(pem, der, sizeof(der));
	buf_addf(pem, "\n%s\n", pem_end);
	sodium_memzero(der, sizeof(der));
}

static bool read_pem(struct span pem, unsigned char der[PKCS8_BYTES])
{
	size_t n = 0, begin = strlen(pem_begin);
	const char *end;

	if (!span_starts(pem, span_str(pem_begin)))
		return false;
	return sodium_base642bin(der, PKCS8_BYTES, pem.p + begin, pem.n - begin, "\n", &n, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       n == PKCS8_BYTES && end < pem.p + pem.n && *end == '-' &&
	       memcmp(der, pkcs8_head, sizeof(pkcs8_head)) == 0;
}

static void add_ssh_string(unsigned char **at, const void *p, size_t n)
{
	unsigned char *to = *at;

	to[0] = to[1] = to[2] = 0;
	to[3] = (unsigned char)n;
	memcpy(to + 4, p, n);
	*at = to + 4 + n;
}

int ssh_key_public(struct span pem, const char *comment, struct buf *line, struct err *err)
{
	static const char type[] = "ssh-ed25519";
	unsigned char der[PKCS8_BYTES], secret[crypto_sign_SECRETKEYBYTES];
	unsigned char public[crypto_sign_PUBLICKEYBYTES], blob[128], *at = blob;

	if (!read_pem(pem, der))
		return err_set(err, ERR_INVALID, "the SFTP key is not one of ours (ed25519)");
	(void)crypto_sign_seed_keypair(public, secret, der + sizeof(pkcs8_head));
	add_ssh_string(&at, type, strlen(type));
	add_ssh_string(&at, public, sizeof(public));
	buf_addf(line, "%s ", type);
	add_base64(line, blob, (size_t)(at - blob));
	buf_addf(line, " %s", comment);
	sodium_memzero(der, sizeof(der));
	sodium_memzero(secret, sizeof(secret));
	return 0;
}
