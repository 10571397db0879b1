/* Every step can fail and none needs undoing, so a builder keeps the first error and later steps
 * pass it by. */
#include "cli/admin/ca.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/cleanup.h"
#include "base/span.h"
#include "base/files.h"

#define SERIAL_BYTES 16
#define ORGANISATION "Bedpost"
#define PEM_FILE_MAX ((off_t)64 << 10)
#define DNS_NAME_MAX 253
#define CN_MAX	     64 /* RFC 5280, ub-common-name */

struct ca {
	char *dir;
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
	struct buf cert_pem;
	usec_t until;
};

/* A certificate in the making. */
struct draft {
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
	uint8_t serial[SERIAL_BYTES];
	int failed; /* GnuTLS's first error */
};

static void step(struct draft *d, int result)
{
	if (d->failed == 0 && result < 0)
		d->failed = result;
}

static int failure(struct err *err, int code, const char *what)
{
	return err_set(err, ERR_IO, "%s: %s", what, gnutls_strerror(code));
}

static void draft_done(struct draft *d)
{
	if (d->cert)
		gnutls_x509_crt_deinit(d->cert);
	if (d->key)
		gnutls_x509_privkey_deinit(d->key);
}

static time_t seconds(usec_t at)
{
	return (time_t)(at / USEC_PER_SEC);
}

static void set_serial(struct draft *d)
{
	step(d, gnutls_rnd(GNUTLS_RND_NONCE, d->serial, sizeof(d->serial)));
	d->serial[0] =
	    (uint8_t)((d->serial[0] & 0x7f) | 0x40); /* positive, and always of full length */
	step(d, gnutls_x509_crt_set_serial(d->cert, d->serial, sizeof(d->serial)));
}

static void set_key_id(struct draft *d)
{
	uint8_t id[64];
	size_t size = sizeof(id);

	step(d, gnutls_x509_crt_get_key_id(d->cert, GNUTLS_KEYID_USE_SHA1, id, &size));
	if (d->failed == 0)
		step(d, gnutls_x509_crt_set_subject_key_id(d->cert, id, size));
}

/* Key, version, serial, subject and validity: what every certificate has. */
static void draft_begin(struct draft *d, const char *name, usec_t from, usec_t until)
{
	step(d, gnutls_x509_privkey_init(&d->key));
	if (d->failed == 0)
		step(d, gnutls_x509_privkey_generate(
			    d->key, GNUTLS_PK_ECDSA,
			    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	step(d, gnutls_x509_crt_init(&d->cert));
	if (d->failed)
		return;
	step(d, gnutls_x509_crt_set_version(d->cert, 3));
	set_serial(d);
	step(d, gnutls_x509_crt_set_key(d->cert, d->key));
	step(d, gnutls_x509_crt_set_dn_by_oid(d->cert, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
					      ORGANISATION, strlen(ORGANISATION)));
	step(d, gnutls_x509_crt_set_dn_by_oid(d->cert, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					      (unsigned)strlen(name)));
	step(d, gnutls_x509_crt_set_activation_time(d->cert, seconds(from)));
	step(d, gnutls_x509_crt_set_expiration_time(d->cert, seconds(until)));
	set_key_id(d);
}

static void pem_of_cert(struct draft *d, struct buf *out)
{
	gnutls_datum_t pem = {0};

	if (d->failed)
		return;
	step(d, gnutls_x509_crt_export2(d->cert, GNUTLS_X509_FMT_PEM, &pem));
	if (d->failed == 0)
		buf_add(out, span_of((char *)pem.data, pem.size));
	gnutls_free(pem.data);
}

static void pem_of_key(struct draft *d, struct buf *out)
{
	gnutls_datum_t pem = {0};

	if (d->failed)
		return;
	step(d, gnutls_x509_privkey_export2_pkcs8(d->key, GNUTLS_X509_FMT_PEM, NULL,
						  GNUTLS_PKCS_PLAIN, &pem));
	if (d->failed)
		return;
	buf_add(out, span_of((char *)pem.data, pem.size));
	gnutls_memset(pem.data, 0, pem.size);
	gnutls_free(pem.data);
}

void ca_leaf_done(struct ca_leaf *leaf)
{
	if (leaf->key.p)
		explicit_bzero(leaf->key.p, leaf->key.n);
	buf_done(&leaf->key);
	buf_done(&leaf->cert);
}

/* ---- the authority itself ---- */

static char *path_in(const char *dir, const char *file)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

static int make_authority(const char *name, usec_t now, struct ca_leaf *ret, struct err *err)
{
	struct draft d = {0};

	draft_begin(&d, name, now - CA_BACKDATE, now + CA_VALID);
	if (d.failed == 0) {
		step(&d, gnutls_x509_crt_set_basic_constraints(d.cert, 1, 0));
		step(&d, gnutls_x509_crt_set_key_usage(d.cert, GNUTLS_KEY_KEY_CERT_SIGN |
								   GNUTLS_KEY_CRL_SIGN));
		step(&d, gnutls_x509_crt_sign2(d.cert, d.cert, d.key, GNUTLS_DIG_SHA256, 0));
	}
	pem_of_cert(&d, &ret->cert);
	pem_of_key(&d, &ret->key);
	draft_done(&d);
	return d.failed ? failure(err, d.failed, "cannot make the CA's certificate") : 0;
}

int ca_init(const char *dir, const char *name, usec_t now, struct err *err)
{
	_cleanup_(freep) char *cert = path_in(dir, CA_CERT_FILE), *key = path_in(dir, CA_KEY_FILE);
	_cleanup_(ca_leaf_done) struct ca_leaf own = {0};
	int r;

	if (!cert || !key)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (files_exist(cert) || files_exist(key))
		return err_set(
		    err, ERR_EXISTS,
		    "%s holds a CA already; a new one would disown every home enrolled with it",
		    dir);
	r = files_make_dir(dir, 0700, err);
	if (r < 0)
		return r;
	r = make_authority(name, now, &own, err);
	if (r < 0)
		return r;
	r = files_create(key, 0600, buf_span(&own.key), err);
	if (r < 0)
		return r;
	r = files_create(cert, 0644, buf_span(&own.cert), err);
	if (r < 0)
		(void)unlink(key);
	return r;
}

static int read_file(const char *path, bool is_secret, struct buf *ret, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (is_secret && (st.st_mode & 077))
		return err_set(err, ERR_DENIED,
			       "%s: holds a private key but its mode is %04o; make it 0600", path,
			       (unsigned)st.st_mode & 07777);
	if (!S_ISREG(st.st_mode) || st.st_size > PEM_FILE_MAX)
		return err_set(err, ERR_INVALID, "%s: not a PEM file", path);
	char *to = buf_reserve(ret, (size_t)st.st_size + 1);
	ssize_t n = read(fd, to, (size_t)st.st_size);
	if (n < 0)
		return err_errno(err, errno, "%s", path);
	to[n] = '\0';
	ret->n += (size_t)n;
	return 0;
}

static gnutls_datum_t datum(struct span s)
{
	return (gnutls_datum_t){.data = (unsigned char *)s.p, .size = (unsigned)s.n};
}

static int import(struct ca *ca, struct span key_pem, struct err *err)
{
	gnutls_datum_t cert = datum(buf_span(&ca->cert_pem)), key = datum(key_pem);
	int r = gnutls_x509_crt_init(&ca->cert);

	if (r == 0)
		r = gnutls_x509_privkey_init(&ca->key);
	if (r == 0)
		r = gnutls_x509_crt_import(ca->cert, &cert, GNUTLS_X509_FMT_PEM);
	if (r == 0)
		r = gnutls_x509_privkey_import2(ca->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0)
		return err_set(err, ERR_INVALID, "%s: certificate or key cannot be read: %s",
			       ca->dir, gnutls_strerror(r));
	ca->until = (usec_t)gnutls_x509_crt_get_expiration_time(ca->cert) * USEC_PER_SEC;
	return 0;
}

int ca_open(const char *dir, struct ca **ret, struct err *err)
{
	_cleanup_(freep) char *cert = path_in(dir, CA_CERT_FILE), *key = path_in(dir, CA_KEY_FILE);
	_cleanup_(ca_freep) struct ca *ca = calloc(1, sizeof(*ca));
	struct buf key_pem = BUF_INIT;

	if (!ca || !cert || !key || !(ca->dir = strdup(dir)))
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	int r = read_file(cert, false, &ca->cert_pem, err);
	if (r == 0)
		r = read_file(key, true, &key_pem, err);
	if (r == 0)
		r = import(ca, buf_span(&key_pem), err);
	if (key_pem.p)
		explicit_bzero(key_pem.p, key_pem.n);
	buf_done(&key_pem);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ca);
	return 0;
}

void ca_free(struct ca *ca)
{
	if (!ca)
		return;
	if (ca->cert)
		gnutls_x509_crt_deinit(ca->cert);
	if (ca->key)
		gnutls_x509_privkey_deinit(ca->key);
	buf_done(&ca->cert_pem);
	free(ca->dir);
	free(ca);
}

struct span ca_cert_pem(const struct ca *ca)
{
	return buf_span(&ca->cert_pem);
}

/* ---- leaves ---- */

static int note_issued(struct ca *ca, const struct draft *d, const char *kind, const char *name,
		       usec_t now, usec_t until, struct err *err)
{
	_cleanup_(freep) char *path = path_in(ca->dir, CA_LOG_FILE);
	char serial[2 * SERIAL_BYTES + 1], at[CLOCK_RFC3339_MAX], end[CLOCK_RFC3339_MAX];

	for (size_t i = 0; i < SERIAL_BYTES; i++)
		(void)snprintf(serial + 2 * i, 3, "%02x", d->serial[i]);
	_cleanup_(closep) int fd =
	    path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (fd < 0 ||
	    dprintf(fd, "%s serial=%s kind=%s name=%s until=%s\n", clock_format_rfc3339(now, at),
		    serial, kind, name, clock_format_rfc3339(until, end)) < 0)
		return err_errno(err, errno, "cannot write %s/" CA_LOG_FILE, ca->dir);
	return 0;
}

static void set_authority(struct draft *d, struct ca *ca)
{
	uint8_t id[64];
	size_t size = sizeof(id);
	unsigned critical;

	step(d, gnutls_x509_crt_get_subject_key_id(ca->cert, id, &size, &critical));
	if (d->failed == 0)
		step(d, gnutls_x509_crt_set_authority_key_id(d->cert, id, size));
}

/* Signs the draft, notes it, gives its PEM, and ends it. */
static int leaf_finish(struct ca *ca, struct draft *d, const char *kind, const char *name,
		       usec_t now, struct ca_leaf *ret, struct err *err)
{
	struct ca_leaf leaf = {.until = ret->until};
	int r = 0;

	if (d->failed == 0) {
		step(d, gnutls_x509_crt_set_basic_constraints(d->cert, 0, -1));
		step(d, gnutls_x509_crt_set_key_usage(d->cert, GNUTLS_KEY_DIGITAL_SIGNATURE));
		set_authority(d, ca);
		step(d, gnutls_x509_crt_sign2(d->cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0));
	}
	pem_of_cert(d, &leaf.cert);
	pem_of_key(d, &leaf.key);
	if (d->failed)
		r = failure(err, d->failed, "cannot make the certificate");
	if (r == 0)
		r = note_issued(ca, d, kind, name, now, leaf.until, err);
	draft_done(d);
	if (r < 0) {
		ca_leaf_done(&leaf);
		return r;
	}
	*ret = leaf;
	return 0;
}

static usec_t end_of(const struct ca *ca, usec_t now, usec_t valid)
{
	usec_t until = now + valid < ca->until ? now + valid : ca->until;

	return until - until % USEC_PER_SEC; /* as a certificate can say it */
}

int ca_issue_client(struct ca *ca, const char *name, usec_t now, usec_t valid, struct ca_leaf *ret,
		    struct err *err)
{
	struct draft d = {0};

	ret->until = end_of(ca, now, valid);
	draft_begin(&d, name, now - CA_BACKDATE, ret->until);
	if (d.failed == 0)
		step(&d, gnutls_x509_crt_set_key_purpose_oid(d.cert, GNUTLS_KP_TLS_WWW_CLIENT, 0));
	return leaf_finish(ca, &d, "client", name, now, ret, err);
}

static bool is_dns_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > DNS_NAME_MAX || s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '-' || (c == '.' && s[i + 1] != '.') ||
			  (c == '*' && i == 0 && s[1] == '.');
		if (!ok)
			return false;
	}
	return true;
}

static bool is_host(const char *s)
{
	uint8_t ip[16];

	return inet_pton(AF_INET, s, ip) == 1 || inet_pton(AF_INET6, s, ip) == 1 || is_dns_name(s);
}

static void add_host(struct draft *d, const char *host)
{
	gnutls_x509_subject_alt_name_t type = GNUTLS_SAN_IPADDRESS;
	uint8_t ip[16];
	const void *data = ip;
	unsigned size = 16;

	if (inet_pton(AF_INET, host, ip) == 1) {
		size = 4;
	} else if (inet_pton(AF_INET6, host, ip) != 1) {
		type = GNUTLS_SAN_DNSNAME;
		data = host;
		size = (unsigned)strlen(host);
	}
	step(d,
	     gnutls_x509_crt_set_subject_alt_name(d->cert, type, data, size, GNUTLS_FSAN_APPEND));
}

int ca_issue_server(struct ca *ca, const char *const *hosts, size_t n, usec_t now, usec_t valid,
		    struct ca_leaf *ret, struct err *err)
{
	struct draft d = {0};

	assert(n > 0);
	for (size_t i = 0; i < n; i++)
		if (!is_host(hosts[i]))
			return err_set(err, ERR_INVALID,
				       "\"%s\" is neither a host name nor an IP address", hosts[i]);
	ret->until = end_of(ca, now, valid);
	draft_begin(&d, strlen(hosts[0]) <= CN_MAX ? hosts[0] : "Bedpost region", now - CA_BACKDATE,
		    ret->until);
	if (d.failed == 0)
		step(&d, gnutls_x509_crt_set_key_purpose_oid(d.cert, GNUTLS_KP_TLS_WWW_SERVER, 0));
	for (size_t i = 0; i < n && d.failed == 0; i++)
		add_host(&d, hosts[i]);
	return leaf_finish(ca, &d, "server", hosts[0], now, ret, err);
}

static int fingerprint_of(gnutls_x509_crt_t cert, char ret[65])
{
	uint8_t hash[32];
	size_t size = sizeof(hash);
	int r = gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, hash, &size);

	for (size_t i = 0; r == 0 && i < sizeof(hash); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", hash[i]);
	return r;
}

int ca_inspect(struct ca *ca, struct span cert_pem, usec_t now, struct ca_cert_info *ret,
	       struct err *err)
{
	gnutls_x509_crt_t cert;
	gnutls_datum_t pem = datum(cert_pem);
	struct ca_cert_info info = {0};
	size_t size = sizeof(info.name);
	unsigned verdict = 0;
	int r = gnutls_x509_crt_init(&cert);

	if (r < 0)
		return failure(err, r, "cannot read the certificate");
	r = gnutls_x509_crt_import(cert, &pem, GNUTLS_X509_FMT_PEM);
	if (r == 0)
		r = gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
						  info.name, &size);
	if (r == 0)
		r = fingerprint_of(cert, info.fingerprint);
	if (r == 0)
		r = gnutls_x509_crt_verify(cert, &ca->cert, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
					   &verdict);
	if (r == 0) {
		info.from = (usec_t)gnutls_x509_crt_get_activation_time(cert) * USEC_PER_SEC;
		info.until = (usec_t)gnutls_x509_crt_get_expiration_time(cert) * USEC_PER_SEC;
		info.ours = verdict == 0 && info.from <= now && now < info.until;
		*ret = info;
	}
	gnutls_x509_crt_deinit(cert);
	return r < 0 ? err_set(err, ERR_INVALID, "not a certificate: %s", gnutls_strerror(r)) : 0;
}
