/* Host keys are of the kinds that libssh2 1.10 and today's OpenSSH agree on; RSA with SHA-1 is none
 * of them. */
#include "syncd/enrolment_sftp.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const struct conf_key keys[] = {
    {"url", CONF_STRING, offsetof(struct enrolment_sftp, url), .required = true,
     .help = "sftp://account@host[:port][/folder]"},
    {"host_key", CONF_STRING, offsetof(struct enrolment_sftp, host_key_text), .required = true,
     .help = "the server's host key: \"ssh-ed25519 AAAA…\""},
    {"key", CONF_STRING, offsetof(struct enrolment_sftp, key), .required = true,
     .help = "PEM: the home's ed25519 private key"},
    {0},
};

static const char *const host_key_types[] = {"ssh-ed25519", "ecdsa-sha2-nistp256",
					     "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"};

static bool is_plain(struct span s, const char *more)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr(more, c)) ||
		    c == '\0')
			return false;
	}
	return true;
}

static char *copy(struct span s, const char *end)
{
	char *p = NULL;

	if (asprintf(&p, SPAN_FMT "%s", SPAN_ARG(s), end) < 0)
		abort();
	return p;
}

/* host, host:port, [v6]:port */
static bool read_place(struct span s, struct enrolment_sftp *ret)
{
	const char *end = s.n && s.p[0] == '[' ? memchr(s.p, ']', s.n) : NULL;
	struct span host = s, port = SPAN_NONE;
	uint64_t number = 22;

	if (s.n && s.p[0] == '[') {
		if (!end)
			return false;
		host = span_of(s.p + 1, (size_t)(end - s.p - 1));
		struct span rest = span_of(end + 1, s.n - host.n - 2);
		if (rest.n > 0 && rest.p[0] != ':')
			return false;
		if (rest.n > 0)
			port = span_of(rest.p + 1, rest.n - 1);
	} else if (memchr(s.p, ':', s.n)) {
		(void)span_cut(&s, ':', &host);
		port = s;
	}
	if (port.p && (!span_to_u64(port, &number) || number < 1 || number > 65535))
		return false;
	if (span_is_empty(host) || host.n > ENROLMENT_SFTP_HOST_MAX ||
	    !is_plain(host, end ? "-_.:%" : "-_."))
		return false;
	ret->host = copy(host, "");
	ret->port = (uint16_t)number;
	return true;
}

static bool read_dir(struct span s, struct enrolment_sftp *ret)
{
	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	if (s.n > 512 || !is_plain(s, "/-_.") || (s.n > 0 && s.p[0] != '/'))
		return false;
	ret->dir = copy(s, s.n ? "/" : "");
	return true;
}

static bool read_url(struct span url, struct enrolment_sftp *ret)
{
	struct span scheme = SPAN("sftp://"), user, rest;

	if (!span_starts(url, scheme))
		return false;
	rest = span_of(url.p + scheme.n, url.n - scheme.n);
	if (!memchr(rest.p, '@', rest.n) || !span_cut(&rest, '@', &user) || span_is_empty(user) ||
	    user.n > 64 || !is_plain(user, "-_."))
		return false;
	const char *slash = memchr(rest.p, '/', rest.n);
	size_t n = slash ? (size_t)(slash - rest.p) : rest.n;
	ret->user = copy(user, "");
	return read_place(span_of(rest.p, n), ret) &&
	       read_dir(span_of(rest.p + n, rest.n - n), ret);
}

/* The blob names its own type again, after its length. */
static bool blob_is_of(const struct buf *blob, const char *type)
{
	size_t n = strlen(type);

	return blob->n > 4 + n && blob->p[0] == 0 && blob->p[1] == 0 && blob->p[2] == 0 &&
	       (size_t)blob->p[3] == n && memcmp(blob->p + 4, type, n) == 0;
}

static bool read_host_key(struct span text, struct enrolment_sftp *ret)
{
	struct span rest = span_trim(text), type, base64;
	size_t n = 0;

	if (!span_cut(&rest, ' ', &type) || !span_cut(&rest, ' ', &base64) ||
	    base64.n > ENROLMENT_SFTP_KEY_MAX * 4 / 3)
		return false;
	char *to = buf_reserve(&ret->host_key, ENROLMENT_SFTP_KEY_MAX);
	if (sodium_base642bin((unsigned char *)to, ENROLMENT_SFTP_KEY_MAX, base64.p, base64.n, NULL,
			      &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	ret->host_key.n = n;
	for (size_t i = 0; i < ARRAY_LEN(host_key_types); i++)
		if (span_eq_str(type, host_key_types[i]) &&
		    blob_is_of(&ret->host_key, host_key_types[i]))
			ret->host_key_type = copy(type, "");
	return ret->host_key_type != NULL;
}

void enrolment_sftp_read(struct conf *c, const struct conf_node *node, struct enrolment_sftp *ret)
{
	static const char begin[] = "-----BEGIN PRIVATE KEY-----\n";

	*ret = (struct enrolment_sftp){0};
	conf_read(c, node, keys, ret);
	if (ret->url && !read_url(span_str(ret->url), ret))
		conf_problem(c, NULL, "\"sftp: url\" is not sftp://account@host[:port][/folder]");
	if (ret->host_key_text && !read_host_key(span_str(ret->host_key_text), ret))
		conf_problem(c, NULL,
			     "\"sftp: host_key\" is not a public key of kind ssh-ed25519 or "
			     "ecdsa-sha2-nistp256, -384, -521");
	if (ret->key && (strncmp(ret->key, begin, strlen(begin)) != 0 ||
			 !strstr(ret->key, "-----END PRIVATE KEY-----")))
		conf_problem(c, NULL, "\"sftp: key\" is not a PEM private key (PKCS#8)");
}

void enrolment_sftp_done(struct enrolment_sftp *s)
{
	free(s->user);
	free(s->host);
	free(s->dir);
	free(s->host_key_type);
	buf_done(&s->host_key);
}
