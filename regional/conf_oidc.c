#include "regional/conf_oidc.h"

#include "regional/url.h"

static const char *const audience_names[] = {"issuer", "token_endpoint", NULL};

const struct conf_key conf_oidc_keys[] = {
    {"issuer", CONF_STRING, offsetof(struct provider_options, issuer), .required = true,
     .help = "the provider, letter by letter as it calls itself: https://…"},
    {"client_id", CONF_STRING, offsetof(struct provider_options, client_id), .required = true,
     .help = "as this region is registered there"},
    {"key", CONF_STRING, offsetof(struct provider_options, key), .required = true,
     .help = "our private key, PEM (bedpost-admin oidc key)"},
    {"cert", CONF_STRING, offsetof(struct provider_options, cert),
     .help = "its certificate, PEM, where the provider knows the key by that (Entra)"},
    {"public_url", CONF_STRING, offsetof(struct provider_options, public_url), .required = true,
     .help = "where browsers find the pages: https://beds.example.org"},
    {"label", CONF_STRING, offsetof(struct provider_options, label), .by_default = "Single sign-on",
     .help = "what the button on the log-in page says"},
    {"scope", CONF_STRING, offsetof(struct provider_options, scope), .by_default = "openid profile",
     .help = "what is asked for; openid must be in it"},
    {"acr_values", CONF_STRING, offsetof(struct provider_options, acr_values),
     .help =
	 "how strong the log-in must be: one of these, with spaces; none: as the provider likes"},
    {"first_login_claim", CONF_STRING, offsetof(struct provider_options, first_claim),
     .help = "the claim that names the login of a user who is not linked yet, such as "
	     "preferred_username; none: bedpost-admin user link"},
    {"ca", CONF_STRING, offsetof(struct provider_options, ca_file),
     .help = "who signed the provider's certificate, PEM; none: the system's authorities"},
    {"assertion_audience", CONF_ENUM, offsetof(struct provider_options, audience),
     .names = audience_names, .by_default = "issuer",
     .help = "whom our signed JWT is made out to: issuer or token_endpoint"},
    {0},
};

static bool has_openid(const char *scope)
{
	struct span rest = span_str(scope), one;

	while (span_cut(&rest, ' ', &one))
		if (span_eq_str(one, "openid"))
			return true;
	return false;
}

static void check_url(struct conf *doc, const struct conf_node *section, const char *key,
		      const char *url)
{
	if (url && !url_is_safe(span_str(url)))
		conf_problem(doc, conf_get(section, key), "%s is https://…", key);
	else if (url && (strchr(url, '?') || strchr(url, '#')))
		conf_problem(doc, conf_get(section, key), "%s has no ? or #", key);
}

void conf_oidc_read(struct conf *doc, const struct conf_node *section, struct provider_options *ret)
{
	*ret = (struct provider_options){0};
	if (conf_kind(section) == CONF_ABSENT)
		return;
	conf_read(doc, section, conf_oidc_keys, ret);
	check_url(doc, section, "issuer", ret->issuer);
	check_url(doc, section, "public_url", ret->public_url);
	if (ret->public_url && span_ends(span_str(ret->public_url), SPAN("/")))
		conf_problem(doc, conf_get(section, "public_url"),
			     "public_url has no slash at the end");
	if (ret->scope && !has_openid(ret->scope))
		conf_problem(doc, conf_get(section, "scope"), "scope lacks openid");
}
