/* librhonabwy would choose a key and an algorithm by what the token says; here the table below and
 * the provider's key set choose, and the library only computes. */
#include "regional/oidc/jwt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rhonabwy.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#define KEY_FILE_MAX 16384

DEFINE_CLEANUP(jwk_t *, r_jwk_free)
DEFINE_CLEANUP(jwks_t *, r_jwks_free)
DEFINE_CLEANUP(jwt_t *, r_jwt_free)

struct jwt_key {
	jwk_t *private_part, *public_part;
	jwa_alg alg;
};

/* What a signature may be made with, and which keys go with it. */
static const struct {
	jwa_alg alg;
	int type;
	const char *curve; /* NULL: the type has none */
} algorithms[] = {
    {R_JWA_ALG_RS256, R_KEY_TYPE_RSA, NULL},   {R_JWA_ALG_RS384, R_KEY_TYPE_RSA, NULL},
    {R_JWA_ALG_RS512, R_KEY_TYPE_RSA, NULL},   {R_JWA_ALG_PS256, R_KEY_TYPE_RSA, NULL},
    {R_JWA_ALG_PS384, R_KEY_TYPE_RSA, NULL},   {R_JWA_ALG_PS512, R_KEY_TYPE_RSA, NULL},
    {R_JWA_ALG_ES256, R_KEY_TYPE_EC, "P-256"}, {R_JWA_ALG_ES384, R_KEY_TYPE_EC, "P-384"},
    {R_JWA_ALG_ES512, R_KEY_TYPE_EC, "P-521"}, {R_JWA_ALG_EDDSA, R_KEY_TYPE_EDDSA, "Ed25519"},
};

/* ---- our key ---- */

static int describe(struct jwt_key *k, struct err *err)
{
	unsigned bits = 0;
	int type = r_jwk_key_type(k->private_part, &bits, R_FLAG_IGNORE_REMOTE);
	const char *curve = r_jwk_get_property_str(k->private_part, "crv");

	if (!(type & R_KEY_TYPE_PRIVATE))
		return err_set(err, ERR_INVALID, "it holds no private key");
	if ((type & R_KEY_TYPE_RSA) && bits >= JWT_RSA_BITS_MIN)
		k->alg = R_JWA_ALG_RS256;
	else if ((type & R_KEY_TYPE_EC) && curve && strcmp(curve, "P-256") == 0)
		k->alg = R_JWA_ALG_ES256;
	else
		return err_set(err, ERR_INVALID,
			       "the key is neither RSA of %d bits or more nor EC P-256",
			       JWT_RSA_BITS_MIN);
	if (r_jwk_extract_pubkey(k->private_part, k->public_part, R_FLAG_IGNORE_REMOTE) != RHN_OK)
		return err_set(err, ERR_INVALID, "its public part cannot be had");
	char *kid = r_jwk_thumbprint(k->public_part, R_JWK_THUMB_SHA256, R_FLAG_IGNORE_REMOTE);
	bool done =
	    kid && r_jwk_set_property_str(k->private_part, "kid", kid) == RHN_OK &&
	    r_jwk_set_property_str(k->public_part, "kid", kid) == RHN_OK &&
	    r_jwk_set_property_str(k->public_part, "use", "sig") == RHN_OK &&
	    r_jwk_set_property_str(k->public_part, "alg", r_jwa_alg_to_str(k->alg)) == RHN_OK;
	r_free(kid);
	return done ? 0 : err_set(err, ERR_IO, "the key has no thumbprint");
}

int jwt_key_read(struct span pem, struct jwt_key **ret, struct err *err)
{
	_cleanup_(jwt_key_freep) struct jwt_key *k = calloc(1, sizeof(*k));

	if (!k || r_jwk_init(&k->private_part) != RHN_OK || r_jwk_init(&k->public_part) != RHN_OK)
		abort();
	if (r_jwk_import_from_pem_der(k->private_part, R_X509_TYPE_PRIVKEY, R_FORMAT_PEM,
				      (const unsigned char *)pem.p, pem.n) != RHN_OK)
		return err_set(err, ERR_INVALID, "it holds no private key as PEM");
	int e = describe(k, err);
	if (e < 0)
		return e;
	*ret = TAKE_PTR(k);
	return 0;
}

int jwt_key_load(const char *path, struct jwt_key **ret, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char pem[KEY_FILE_MAX];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (st.st_mode & (S_IWGRP | S_IRWXO))
		return err_set(err, ERR_DENIED,
			       "%s: a secret key that others may read (chmod 0640, or 0600)", path);
	ssize_t n = read(fd, pem, sizeof(pem));
	if (n < 0)
		return err_errno(err, errno, "%s", path);
	int e = jwt_key_read(span_of(pem, (size_t)n), ret, err);
	sodium_memzero(pem, sizeof(pem));
	return e < 0 ? err_prefix(err, "%s", path) : 0;
}

void jwt_key_free(struct jwt_key *k)
{
	if (!k)
		return;
	r_jwk_free(k->private_part);
	r_jwk_free(k->public_part);
	free(k);
}

int jwt_key_make(enum jwt_key_type type, struct buf *ret_pem, struct err *err)
{
	_cleanup_(r_jwk_freep) jwk_t *private_part = NULL;
	_cleanup_(r_jwk_freep) jwk_t *public_part = NULL;
	size_t n = KEY_FILE_MAX;

	if (r_jwk_init(&private_part) != RHN_OK || r_jwk_init(&public_part) != RHN_OK)
		abort();
	if (r_jwk_generate_key_pair(private_part, public_part,
				    type == JWT_EC ? R_KEY_TYPE_EC : R_KEY_TYPE_RSA,
				    type == JWT_EC ? 256 : JWT_RSA_BITS, NULL) != RHN_OK ||
	    r_jwk_export_to_pem_der(private_part, R_FORMAT_PEM,
				    (unsigned char *)buf_reserve(ret_pem, n), &n,
				    R_FLAG_IGNORE_REMOTE) != RHN_OK)
		return err_set(err, ERR_IO, "the key could not be made");
	ret_pem->n += n;
	return 0;
}

void jwt_key_public(const struct jwt_key *k, struct buf *out)
{
	char *text = r_jwk_export_to_json_str(k->public_part, 0);

	if (!text)
		abort();
	buf_addf(out, "{\"keys\":[%s]}\n", text);
	r_free(text);
}

int jwt_sign(const struct jwt_key *k, const json_t *claims, const char *x5t_s256, struct buf *out,
	     struct err *err)
{
	_cleanup_(r_jwt_freep) jwt_t *t = NULL;
	_cleanup_(json_decrefp) json_t *copy = json_deep_copy(claims);

	if (r_jwt_init(&t) != RHN_OK)
		abort();
	if (r_jwt_set_sign_alg(t, k->alg) != RHN_OK ||
	    (x5t_s256 && r_jwt_set_header_str_value(t, "x5t#S256", x5t_s256) != RHN_OK) ||
	    r_jwt_set_full_claims_json_t(t, copy) != RHN_OK)
		return err_set(err, ERR_IO, "a token could not be filled");
	char *text = r_jwt_serialize_signed(t, k->private_part, R_FLAG_IGNORE_REMOTE);
	if (!text)
		return err_set(err, ERR_IO, "a token could not be signed");
	buf_adds(out, text);
	r_free(text);
	return 0;
}

/* ---- others' tokens ---- */

static int algorithm_of(const jwt_t *t)
{
	const char *name = r_jwt_get_header_str_value((jwt_t *)t, "alg");

	for (size_t i = 0; name && i < ARRAY_LEN(algorithms); i++)
		if (strcmp(name, r_jwa_alg_to_str(algorithms[i].alg)) == 0)
			return (int)i;
	return -1;
}

static bool is_or_absent(jwk_t *key, const char *property, const char *value)
{
	const char *is = r_jwk_get_property_str(key, property);

	return !is || strcmp(is, value) == 0;
}

static bool may_sign(jwk_t *key, int algorithm)
{
	unsigned bits = 0;
	int type = r_jwk_key_type(key, &bits, R_FLAG_IGNORE_REMOTE);
	const char *curve = r_jwk_get_property_str(key, "crv");

	if (!(type & algorithms[algorithm].type) || (type & R_KEY_TYPE_SYMMETRIC) ||
	    !is_or_absent(key, "use", "sig") ||
	    !is_or_absent(key, "alg", r_jwa_alg_to_str(algorithms[algorithm].alg)))
		return false;
	if (algorithms[algorithm].curve)
		return curve && strcmp(curve, algorithms[algorithm].curve) == 0;
	return bits >= JWT_RSA_BITS_MIN;
}

/* -1: the token names a key that is not there; 0: none fits; 1: one does. */
static int try_keys(jwt_t *t, jwks_t *keys, int algorithm)
{
	const char *kid = r_jwt_get_header_str_value(t, "kid");
	size_t n = r_jwks_size(keys);
	int result = kid ? -1 : 0;

	for (size_t i = 0; i < n && i < JWT_KEYS_MAX; i++) {
		_cleanup_(r_jwk_freep) jwk_t *key = r_jwks_get_at(keys, i);
		const char *its = key ? r_jwk_get_property_str(key, "kid") : NULL;
		if (!key || (kid && (!its || strcmp(its, kid) != 0)))
			continue;
		result = 0;
		if (may_sign(key, algorithm) &&
		    r_jwt_verify_signature(t, key, R_FLAG_IGNORE_REMOTE) == RHN_OK)
			return 1;
	}
	return result;
}

/* A set may hold keys of kinds that are unknown here, which are then left out. */
static int read_keys(struct span jwks, jwks_t **ret, struct err *err)
{
	_cleanup_(json_decrefp) json_t *set =
	    json_loadb(jwks.p, jwks.n, JSON_REJECT_DUPLICATES, NULL);
	json_t *keys = json_object_get(set, "keys"), *one;
	size_t i;

	if (!json_is_array(keys))
		return err_set(err, ERR_INVALID, "the provider's key set is none");
	if (r_jwks_init(ret) != RHN_OK)
		abort();
	json_array_foreach(keys, i, one)
	{
		_cleanup_(r_jwk_freep) jwk_t *key = NULL;
		if (r_jwk_init(&key) != RHN_OK)
			abort();
		if (r_jwk_import_from_json_t(key, one) == RHN_OK)
			(void)r_jwks_append_jwk(*ret, key);
	}
	return 0;
}

int jwt_verify(struct span token, struct span jwks, json_t **ret_claims, struct err *err)
{
	_cleanup_(r_jwt_freep) jwt_t *t = NULL;
	_cleanup_(r_jwks_freep) jwks_t *keys = NULL;

	if (token.n > JWT_MAX)
		return err_set(err, ERR_DENIED, "the token is above %zu bytes", JWT_MAX);
	int e = read_keys(jwks, &keys, err);
	if (e < 0)
		return e;
	if (r_jwt_init(&t) != RHN_OK)
		abort();
	if (r_jwt_advanced_parsen(t, token.p, token.n, R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) !=
		RHN_OK ||
	    r_jwt_get_type(t) != R_JWT_TYPE_SIGN)
		return err_set(err, ERR_DENIED, "the token is not a signed one");
	int algorithm = algorithm_of(t);
	if (algorithm < 0)
		return err_set(err, ERR_DENIED, "the token's algorithm is not one of those taken");
	_cleanup_(json_decrefp) json_t *critical = r_jwt_get_header_json_t_value(t, "crit");
	if (critical)
		return err_set(err, ERR_DENIED, "the token's header has critical extensions");
	switch (try_keys(t, keys, algorithm)) {
	case 1: break;
	case 0: return err_set(err, ERR_DENIED, "the token's signature is not the provider's");
	default: return err_set(err, ERR_NOT_FOUND, "no key of the provider signed the token");
	}
	*ret_claims = r_jwt_get_full_claims_json_t(t);
	return *ret_claims ? 0 : err_set(err, ERR_DENIED, "the token holds no claims");
}

/* ---- certificates ---- */

int jwt_certificate_digest(struct span pem, char ret[JWT_X5T], struct err *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	unsigned char der[KEY_FILE_MAX], hash[crypto_hash_sha256_BYTES];
	const char *at = memmem(pem.p, pem.n, begin, strlen(begin));
	const char *end = at ? memmem(at, (size_t)(pem.p + pem.n - at), "-----END", 8) : NULL;
	size_t n;

	if (!end)
		return err_set(err, ERR_INVALID, "it holds no certificate as PEM");
	at += strlen(begin);
	if (sodium_base642bin(der, sizeof(der), at, (size_t)(end - at), " \r\n\t", &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return err_set(err, ERR_INVALID, "its certificate is no base64");
	(void)crypto_hash_sha256(hash, der, n);
	(void)sodium_bin2base64(ret, JWT_X5T, hash, sizeof(hash),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return 0;
}
