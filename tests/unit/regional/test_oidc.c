/* regional/oidc: which tokens are believed, by signature and by claims; and what is derived from a
 * browser's secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "regional/api/pending.h"
#include "regional/oidc/claims.h"
#include "regional/oidc/jwt.h"
#include "regional/url.h"

#define NOW ((usec_t)1776676462 * USEC_PER_SEC)
#define CLAIMS                                                                                     \
	"{\"iss\":\"https://"                                                                      \
	"p\",\"sub\":\"s\",\"aud\":\"me\",\"nonce\":\"n\",\"iat\":1776676460,\"exp\":1776676520%"  \
	"s}"

static struct jwt_key *key_of(enum jwt_key_type type)
{
	_cleanup_(buf_done) struct buf pem = BUF_INIT;
	struct jwt_key *key = NULL;

	assert_int_equal(jwt_key_make(type, &pem, NULL), 0);
	assert_int_equal(jwt_key_read(buf_span(&pem), &key, NULL), 0);
	return key;
}

/* A token of claims, signed with the key. */
static void token_of(const struct jwt_key *key, const char *claims, struct buf *out)
{
	json_t *o = json_loads(claims, 0, NULL);

	assert_non_null(o);
	assert_int_equal(jwt_sign(key, o, NULL, out, NULL), 0);
	json_decref(o);
}

static int verify(struct span token, const struct jwt_key *key)
{
	_cleanup_(json_decrefp) json_t *claims = NULL;
	_cleanup_(buf_done) struct buf keys = BUF_INIT;

	jwt_key_public(key, &keys);
	return jwt_verify(token, buf_span(&keys), &claims, NULL);
}

static void what_a_key_signed_only_its_own_set_verifies(void **state)
{
	(void)state;
	for (enum jwt_key_type type = JWT_RSA; type <= JWT_EC; type++) {
		_cleanup_(jwt_key_freep) struct jwt_key *key = key_of(type), *other = key_of(type);
		_cleanup_(buf_done) struct buf token = BUF_INIT;
		token_of(key, "{\"sub\":\"s\"}", &token);
		assert_int_equal(verify(buf_span(&token), key), 0);
		assert_int_equal(verify(buf_span(&token), other), -ERR_NOT_FOUND);
	}
}

static void a_token_with_any_byte_changed_is_refused(void **state)
{
	_cleanup_(jwt_key_freep) struct jwt_key *key = key_of(JWT_EC);
	_cleanup_(buf_done) struct buf token = BUF_INIT;

	(void)state;
	token_of(key, "{\"sub\":\"s\"}", &token);
	/* The last character of a part may carry bits that mean nothing. */
	for (size_t i = 0; i + 1 < token.n; i++) {
		char was = token.p[i];
		if (was == '.' || token.p[i + 1] == '.')
			continue;
		token.p[i] = was == 'A' ? 'B' : 'A';
		assert_int_not_equal(verify(buf_span(&token), key), 0);
		token.p[i] = was;
	}
	for (size_t n = 0; n < token.n; n++)
		assert_int_not_equal(verify(span_of(token.p, n), key), 0);
}

static void a_key_set_that_is_none_is_said_to_be_none(void **state)
{
	static const char *const sets[] = {"",		 "[]",	    "{}", "{\"keys\":7}",
					   "{\"keys\":", "nonsense"};
	_cleanup_(jwt_key_freep) struct jwt_key *key = key_of(JWT_EC);
	_cleanup_(buf_done) struct buf token = BUF_INIT;
	json_t *claims = NULL;

	(void)state;
	token_of(key, "{}", &token);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		assert_int_equal(jwt_verify(buf_span(&token), span_str(sets[i]), &claims, NULL),
				 -ERR_INVALID);
	assert_int_equal(jwt_verify(buf_span(&token),
				    SPAN("{\"keys\":[{},7,{\"kty\":\"new\"},null]}"), &claims,
				    NULL),
			 -ERR_NOT_FOUND);
}

static void a_private_key_s_public_set_is_not_private(void **state)
{
	(void)state;
	for (enum jwt_key_type type = JWT_RSA; type <= JWT_EC; type++) {
		static const char *const secret[] = {"\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"qi\""};
		_cleanup_(jwt_key_freep) struct jwt_key *key = key_of(type);
		_cleanup_(buf_done) struct buf keys = BUF_INIT;
		jwt_key_public(key, &keys);
		for (size_t i = 0; i < ARRAY_LEN(secret); i++)
			assert_null(strstr(keys.p, secret[i]));
	}
}

/* openssl x509 -outform der | openssl dgst -sha256 -binary | basenc --base64url */
static void a_certificate_s_digest_is_that_of_its_der(void **state)
{
	static const char pem[] =
	    "some words\n"
	    "-----BEGIN CERTIFICATE-----\n"
	    "MIIBejCCAR+gAwIBAgIUIb1Lorwg1z+NFNWR0faxQQQUVM8wCgYIKoZIzj0EAwIw\n"
	    "EjEQMA4GA1UEAwwHYmVkcG9zdDAeFw0yNjExMjIxNTQ1MzRaFw0zNjExMTkxNTQ1\n"
	    "MzRaMBIxEDAOBgNVBAMMB2JlZHBvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
	    "AAQPKZYHwv8oi2LnlKcjkDTme43kdG99QAaJUhK4A84W/ORAN674qSzsLEfMnFAR\n"
	    "25OaiLXeNtmFRM5g9ByAUznOo1MwUTAdBgNVHQ4EFgQUhvgT20QfAepyIPfXKvSa\n"
	    "tYCXrDkwHwYDVR0jBBgwFoAUhvgT20QfAepyIPfXKvSatYCXrDkwDwYDVR0TAQH/\n"
	    "BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAkFdN9bCxrx/4OP46lXZfUQDrnIzs\n"
	    "zH3PPqPjogZQRnICIQDdHUcSxRGqraZiQloGPwU6/fIEfqsCD6PE0SZn0XU+yw==\n"
	    "-----END CERTIFICATE-----\n";
	char digest[JWT_X5T];

	(void)state;
	assert_int_equal(jwt_certificate_digest(span_str(pem), digest, NULL), 0);
	assert_string_equal(digest, "z0CIZwDLfNr6wqh8MdlcRhxwCoq9aqeyulqD-qEoAU8");
	assert_int_equal(jwt_certificate_digest(SPAN("no certificate"), digest, NULL),
			 -ERR_INVALID);
	assert_int_equal(
	    jwt_certificate_digest(SPAN("-----BEGIN CERTIFICATE-----\n!!\n-----END"), digest, NULL),
	    -ERR_INVALID);
}

/* ---- claims ---- */

/* What claims_check() says of the good claims with `more` after them, at a moment. */
static int check_at(const char *more, usec_t now, const char *acr_values)
{
	const struct claims_expected x = {.issuer = "https://p",
					  .client_id = "me",
					  .nonce = "n",
					  .acr_values = acr_values,
					  .now = now};
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	buf_addf(&text, CLAIMS, more);
	_cleanup_(json_decrefp) json_t *claims = json_loads(text.p, 0, NULL);
	assert_non_null(claims);
	return claims_check(claims, &x, NULL);
}

static void a_token_is_good_from_its_issue_to_its_end_and_a_minute_around(void **state)
{
	const usec_t issued = (usec_t)1776676460 * USEC_PER_SEC;

	(void)state;
	assert_int_equal(check_at("", NOW, NULL), 0);
	assert_int_equal(check_at("", issued - CLAIMS_SKEW, NULL), 0);
	assert_int_equal(check_at("", issued - CLAIMS_SKEW - 1, NULL), -ERR_DENIED);
	assert_int_equal(check_at("", issued + USEC_PER_MIN + CLAIMS_SKEW - 1, NULL), 0);
	assert_int_equal(check_at("", issued + USEC_PER_MIN + CLAIMS_SKEW, NULL), -ERR_DENIED);
	assert_int_equal(
	    check_at(",\"exp\":1976676520", issued + CLAIMS_AGE_MAX + CLAIMS_SKEW, NULL), 0);
	assert_int_equal(
	    check_at(",\"exp\":1976676520", issued + CLAIMS_AGE_MAX + CLAIMS_SKEW + 1, NULL),
	    -ERR_DENIED);
}

static void times_that_are_none_are_no_times(void **state)
{
	static const char *const bad[] = {",\"exp\":1e300",    ",\"exp\":-1",	 ",\"exp\":null",
					  ",\"iat\":1e300",    ",\"iat\":\"1\"", ",\"nbf\":1e300",
					  ",\"nbf\":\"soon\"", ",\"iat\":0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(check_at(bad[i], NOW, NULL), -ERR_DENIED);
	assert_int_equal(check_at(",\"nbf\":1776676462.5", NOW, NULL), 0);
}

static void one_of_the_levels_asked_for_is_enough_and_none_is_not(void **state)
{
	(void)state;
	assert_int_equal(check_at(",\"acr\":\"high\"", NOW, "substantial high"), 0);
	assert_int_equal(check_at(",\"acr\":\"low\"", NOW, "substantial high"), -ERR_DENIED);
	assert_int_equal(check_at(",\"acr\":\"hig\"", NOW, "substantial high"), -ERR_DENIED);
	assert_int_equal(check_at(",\"acr\":[\"high\"]", NOW, "high"), -ERR_DENIED);
	assert_int_equal(check_at("", NOW, "high"), -ERR_DENIED);
}

static void a_text_with_control_characters_is_no_text(void **state)
{
	_cleanup_(json_decrefp) json_t *o =
	    json_loads("{\"a\":\"x\",\"b\":\"x\\ny\",\"c\":\"\",\"d\":\"x\\u0000y\",\"e\":7}",
		       JSON_ALLOW_NUL, NULL);

	(void)state;
	assert_string_equal(claims_text(o, "a"), "x");
	for (const char *const *name = (const char *const[]){"b", "c", "d", "e", "f", NULL}; *name;
	     name++)
		assert_null(claims_text(o, *name));
}

/* ---- the browser's secret, addresses ---- */

static void what_came_back_gives_what_was_sent(void **state)
{
	struct pending made, other, back;

	(void)state;
	pending_make(&made);
	pending_make(&other);
	assert_true(pending_restore(span_str(made.state), span_str(made.secret), &back));
	assert_string_equal(back.nonce, made.nonce);
	assert_string_equal(back.verifier, made.verifier);
	assert_string_not_equal(made.nonce, made.verifier);
	assert_true(pending_restore(span_str(made.state), span_str(other.secret), &back));
	assert_string_not_equal(back.verifier, made.verifier);
	assert_true(pending_restore(span_str(other.state), span_str(made.secret), &back));
	assert_string_not_equal(back.nonce, made.nonce);
	assert_false(pending_restore(SPAN_NONE, span_str(made.secret), &back));
	assert_false(pending_restore(span_str(made.state), SPAN("x"), &back));
}

static void only_https_and_this_machine_are_safe(void **state)
{
	static const char *const safe[] = {"https://p.example.org", "https://p:8443/realms/x",
					   "http://127.0.0.1:1", "http://localhost/x",
					   "http://[::1]:9"};
	static const char *const unsafe[] = {"",
					     "https://",
					     "http://p.example.org",
					     "ftp://p",
					     "http://127.0.0.1.evil.org",
					     "http://localhost.evil.org",
					     "http://127.0.0.1@evil.org",
					     "http://127.0.0.1:1@evil.org/",
					     "https://p/ x",
					     "https://p/\n",
					     "file:///etc/passwd",
					     "//p",
					     "https:/p"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		assert_true(url_is_safe(span_str(safe[i])));
	for (size_t i = 0; i < ARRAY_LEN(unsafe); i++)
		assert_false(url_is_safe(span_str(unsafe[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_key_signed_only_its_own_set_verifies),
	    cmocka_unit_test(a_token_with_any_byte_changed_is_refused),
	    cmocka_unit_test(a_key_set_that_is_none_is_said_to_be_none),
	    cmocka_unit_test(a_private_key_s_public_set_is_not_private),
	    cmocka_unit_test(a_certificate_s_digest_is_that_of_its_der),
	    cmocka_unit_test(a_token_is_good_from_its_issue_to_its_end_and_a_minute_around),
	    cmocka_unit_test(times_that_are_none_are_no_times),
	    cmocka_unit_test(one_of_the_levels_asked_for_is_enough_and_none_is_not),
	    cmocka_unit_test(a_text_with_control_characters_is_no_text),
	    cmocka_unit_test(what_came_back_gives_what_was_sent),
	    cmocka_unit_test(only_https_and_this_machine_are_safe),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
