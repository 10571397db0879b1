/* Signed JSON Web Tokens (RFC 7519) and the keys for them: the only caller of librhonabwy.
 *
 * Verifying takes asymmetric signatures only, by the table in jwt.c: "none" and HS256 are refused
 * before any key is looked at, and no key, certificate or address in a token's own header is used.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/span.h"

#define JWT_MAX		 ((size_t)32 << 10) /* a token from outside */
#define JWT_KEYS_MAX	 64		    /* of a key set from outside */
#define JWT_RSA_BITS	 3072		    /* of a key that is made here */
#define JWT_RSA_BITS_MIN 2048		    /* of a provider's */

struct jwt_key; /* a private key of ours */

enum jwt_key_type { JWT_RSA, JWT_EC };
/* A new key as PEM (PKCS #8 or #1): RSA signs RS256, EC (P-256) signs ES256. */
int jwt_key_make(enum jwt_key_type type, struct buf *ret_pem, struct err *err);
int jwt_key_read(struct span pem, struct jwt_key **ret, struct err *err);
/* The same from a file. DENIED if others than its owner and group may read it. */
int jwt_key_load(const char *path, struct jwt_key **ret, struct err *err);
void jwt_key_free(struct jwt_key *k); /* NULL allowed */
DEFINE_CLEANUP(struct jwt_key *, jwt_key_free)
/* Its public part as a JWK Set (RFC 7517), with the kid (RFC 7638) that jwt_sign() writes. */
void jwt_key_public(const struct jwt_key *k, struct buf *out);

/* x5t_s256: goes into the header as x5t#S256; NULL: none. */
int jwt_sign(const struct jwt_key *k, const json_t *claims, const char *x5t_s256, struct buf *out,
	     struct err *err);

/* The claims of a token that one of the keys in the set signed, for the caller to judge and to
 * free. DENIED: not such a token. NOT_FOUND: the set has no key with the token's kid, so the set
 * may be old. INVALID: the set is none. */
int jwt_verify(struct span token, struct span jwks, json_t **ret_claims, struct err *err);

/* SHA-256 of the first certificate in a PEM text, base64url: what x5t#S256 holds. */
#define JWT_X5T 44
int jwt_certificate_digest(struct span pem, char ret[JWT_X5T], struct err *err);
