/* The text is read in one go from a descriptor whose owner and mode were just looked at: a check by
 * path and a read by path could see two files. */
#include "syncd/enrolment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"
#include "bed/ident.h"

struct enrolment {
	struct conf *conf;
	const char *facility, *url, *expires_text, *ca, *cert, *key;
	usec_t expires;
	char *origin; /* url without a slash at its end */
	const struct conf_node *sftp_section;
	struct enrolment_sftp sftp;
};

static const struct conf_key keys[] = {
    {"facility", CONF_STRING, offsetof(struct enrolment, facility), .required = true,
     .help = "the home's id"},
    {"url", CONF_STRING, offsetof(struct enrolment, url), .required = true,
     .help = "the region: https://host[:port]"},
    {"expires", CONF_STRING, offsetof(struct enrolment, expires_text),
     .help = "when cert ends, RFC 3339"},
    {"ca", CONF_STRING, offsetof(struct enrolment, ca), .required = true,
     .help = "PEM: the CA the region's certificate is from"},
    {"cert", CONF_STRING, offsetof(struct enrolment, cert), .required = true,
     .help = "PEM: the home's certificate"},
    {"key", CONF_STRING, offsetof(struct enrolment, key), .required = true,
     .help = "PEM: its private key"},
    {"sftp", CONF_NODE, offsetof(struct enrolment, sftp_section),
     .help = "{url, host_key, key}: the road over SFTP"},
    {0},
};

void enrolment_free(struct enrolment *e)
{
	if (!e)
		return;
	free(e->origin);
	enrolment_sftp_done(&e->sftp);
	conf_free(e->conf);
	free(e);
}

static bool is_pem(const char *text, const char *label)
{
	char begin[64];

	(void)snprintf(begin, sizeof(begin), "-----BEGIN %s", label);
	return strncmp(text, begin, strlen(begin)) == 0 && strstr(text, "-----END ");
}

static bool is_key_pem(const char *text)
{
	return is_pem(text, "PRIVATE KEY-----") || is_pem(text, "EC PRIVATE KEY-----") ||
	       is_pem(text, "RSA PRIVATE KEY-----");
}

static bool is_https_origin(const char *url)
{
	static const char scheme[] = "https://";

	if (strncmp(url, scheme, strlen(scheme)) != 0 || !url[strlen(scheme)])
		return false;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '?' || *p == '#' || *p == '@' || *p == '"')
			return false;
	return true;
}

/* Said at the file's start: a problem shows the line it stands at, and that must not be one of a
 * private key. */
static void problem(struct enrolment *e, const char *key, const char *what)
{
	conf_problem(e->conf, NULL, "\"%s\" %s", key, what);
}

static void check_parts(struct enrolment *e)
{
	if (e->facility && !ident_is_facility(span_str(e->facility)))
		problem(e, "facility", "is not a facility id (fac_…)");
	if (e->url && !is_https_origin(e->url))
		problem(e, "url", "is not https://host[:port]");
	e->expires = USEC_NONE;
	if (e->expires_text &&
	    clock_parse_rfc3339(span_str(e->expires_text), &e->expires, NULL) < 0)
		problem(e, "expires", "is not an RFC 3339 time");
	if (e->ca && !is_pem(e->ca, "CERTIFICATE-----"))
		problem(e, "ca", "is not a PEM certificate");
	if (e->cert && !is_pem(e->cert, "CERTIFICATE-----"))
		problem(e, "cert", "is not a PEM certificate");
	if (e->key && !is_key_pem(e->key))
		problem(e, "key", "is not a PEM private key");
}

int enrolment_parse(const char *name, struct span text, struct enrolment **ret, struct err *err)
{
	_cleanup_(enrolment_freep) struct enrolment *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	r = conf_parse(name, text, &e->conf, err);
	if (r < 0)
		return r;
	conf_read(e->conf, conf_root(e->conf), keys, e);
	check_parts(e);
	if (e->sftp_section)
		enrolment_sftp_read(e->conf, e->sftp_section, &e->sftp);
	r = conf_check(e->conf, err);
	if (r < 0)
		return r;
	size_t n = strlen(e->url);
	while (n > 0 && e->url[n - 1] == '/')
		n--;
	e->origin = strndup(e->url, n);
	if (!e->origin)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	*ret = TAKE_PTR(e);
	return 0;
}

static int check_file(int fd, const char *path, size_t *ret_size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "%s: not a regular file", path);
	if (st.st_mode & 077)
		return err_set(
		    err, ERR_DENIED,
		    "%s: holds a private key but its mode is %04o; make it 0600 (chmod 600)", path,
		    (unsigned)st.st_mode & 07777);
	if ((size_t)st.st_size > CONF_FILE_MAX)
		return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, CONF_FILE_MAX);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int read_whole(int fd, const char *path, char *to, size_t size, struct err *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, to + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "%s", path);
		if (n == 0)
			return err_set(err, ERR_IO, "%s: became shorter while it was read", path);
		done += (size_t)n;
	}
	return 0;
}

int enrolment_load(const char *path, struct enrolment **ret, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t size = 0;
	int r;

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	r = check_file(fd, path, &size, err);
	if (r < 0)
		return r;
	char *text = calloc(1, size + 1);
	if (!text)
		return err_set(err, ERR_NO_MEMORY, "%s: out of memory", path);
	r = read_whole(fd, path, text, size, err);
	if (r == 0)
		r = enrolment_parse(path, span_of(text, size), ret, err);
	explicit_bzero(text, size);
	free(text);
	return r;
}

const char *enrolment_facility(const struct enrolment *e)
{
	return e->facility;
}

const char *enrolment_url(const struct enrolment *e)
{
	return e->origin;
}

struct span enrolment_ca(const struct enrolment *e)
{
	return span_str(e->ca);
}

struct span enrolment_cert(const struct enrolment *e)
{
	return span_str(e->cert);
}

struct span enrolment_key(const struct enrolment *e)
{
	return span_str(e->key);
}

usec_t enrolment_expires(const struct enrolment *e)
{
	return e->expires;
}

const struct enrolment_sftp *enrolment_sftp(const struct enrolment *e)
{
	return e->sftp_section ? &e->sftp : NULL;
}

static void add_block(struct buf *out, const char *indent, const char *key, struct span pem)
{
	struct span line;

	pem = span_trim(pem);
	buf_addf(out, "%s%s: |\n", indent, key);
	while (span_cut(&pem, '\n', &line)) {
		buf_addf(out, "%s  ", indent);
		buf_add(out, span_trim(line));
		buf_addc(out, '\n');
	}
}

int enrolment_format(const struct enrolment_parts *p, struct buf *out, struct err *err)
{
	_cleanup_(enrolment_freep) struct enrolment *back = NULL;
	size_t start = out->n;

	buf_addf(out,
		 "# The enrolment of one home; see bedpost-enrolment(5). It holds a private key: "
		 "keep it 0600.\n"
		 "facility: %s\n"
		 "url: %s\n",
		 p->facility, p->url);
	if (p->expires != USEC_NONE) {
		char at[CLOCK_RFC3339_MAX];
		buf_addf(out, "expires: %s\n", clock_format_rfc3339(p->expires, at));
	}
	add_block(out, "", "ca", p->ca);
	add_block(out, "", "cert", p->cert);
	add_block(out, "", "key", p->key);
	if (p->sftp_url) {
		struct span host_key = span_trim(p->sftp_host_key);
		buf_addf(out, "sftp:\n  url: %s\n  host_key: " SPAN_FMT "\n", p->sftp_url,
			 SPAN_ARG(host_key));
		add_block(out, "  ", "key", p->sftp_key);
	}
	/* Read back: whatever would break out of its line or block is found here rather than at the
	 * home. */
	return enrolment_parse("enrolment", span_of(out->p + start, out->n - start), &back, err);
}
