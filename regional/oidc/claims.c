#include "regional/oidc/claims.h"

#include <string.h>

const char *claims_text(const json_t *claims, const char *name)
{
	const json_t *value = json_object_get(claims, name);
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) != json_string_length(value))
		return NULL;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return NULL;
	return text;
}

static bool is_text(const json_t *claims, const char *name, const char *expected)
{
	const char *text = claims_text(claims, name);

	return text && strcmp(text, expected) == 0;
}

/* Numbers of seconds, with or without a fraction; what could not be a time counts as absent. */
static bool read_time(const json_t *claims, const char *name, usec_t *ret)
{
	const json_t *value = json_object_get(claims, name);
	double seconds = json_number_value(value);

	if (!json_is_number(value) || !(seconds > 0 && seconds < 1e11))
		return false;
	*ret = (usec_t)seconds * USEC_PER_SEC;
	return true;
}

/* `aud` is a text or a list of them. */
static size_t audiences(const json_t *aud)
{
	return json_is_array(aud) ? json_array_size(aud) : json_is_string(aud);
}

static bool is_for(const json_t *aud, const char *client_id)
{
	const json_t *one;
	size_t i;

	if (json_is_string(aud))
		return strcmp(json_string_value(aud), client_id) == 0;
	json_array_foreach(aud, i,
			   one) if (json_is_string(one) &&
				    strcmp(json_string_value(one), client_id) == 0) return true;
	return false;
}

static int check_audience(const json_t *claims, const struct claims_expected *x, struct err *err)
{
	const json_t *aud = json_object_get(claims, "aud");
	bool has_azp = json_object_get(claims, "azp") != NULL;

	if (!is_for(aud, x->client_id))
		return err_set(err, ERR_DENIED, "aud: the token is for another client");
	if ((has_azp || audiences(aud) > 1) && !is_text(claims, "azp", x->client_id))
		return err_set(err, ERR_DENIED, "azp: the token was issued to another client");
	return 0;
}

static int check_times(const json_t *claims, const struct claims_expected *x, struct err *err)
{
	usec_t expires, issued, from;

	if (!read_time(claims, "exp", &expires) || expires + CLAIMS_SKEW <= x->now)
		return err_set(err, ERR_DENIED, "exp: the token has expired");
	if (!read_time(claims, "iat", &issued) || issued > x->now + CLAIMS_SKEW)
		return err_set(err, ERR_DENIED,
			       "iat: the token was issued in the future; compare "
			       "this machine's clock with the provider's");
	if (issued + CLAIMS_AGE_MAX + CLAIMS_SKEW < x->now)
		return err_set(err, ERR_DENIED, "iat: the token is old");
	if (json_object_get(claims, "nbf") &&
	    (!read_time(claims, "nbf", &from) || from > x->now + CLAIMS_SKEW))
		return err_set(err, ERR_DENIED, "nbf: the token is not valid yet");
	return 0;
}

static bool is_one_of(const char *text, const char *list)
{
	struct span rest = span_str(list), one;

	while (text && span_cut(&rest, ' ', &one))
		if (one.n && span_eq_str(one, text))
			return true;
	return false;
}

int claims_check(const json_t *claims, const struct claims_expected *x, struct err *err)
{
	const char *subject = claims_text(claims, "sub");

	if (!is_text(claims, "iss", x->issuer))
		return err_set(err, ERR_DENIED, "iss: the token is of another issuer");
	int e = check_audience(claims, x, err);
	if (e == 0)
		e = check_times(claims, x, err);
	if (e < 0)
		return e;
	if (!is_text(claims, "nonce", x->nonce))
		return err_set(err, ERR_DENIED, "nonce: the token is of another log-in");
	if (!subject || strlen(subject) > CLAIMS_SUBJECT_MAX)
		return err_set(err, ERR_DENIED, "sub: the token names nobody");
	if (x->acr_values && !is_one_of(claims_text(claims, "acr"), x->acr_values))
		return err_set(err, ERR_DENIED, "acr: the log-in was weaker than acr_values asks");
	return 0;
}
