/* The certificate is verified inside the handshake (gnutls_session_set_verify_cert2), so a
 * connection that reaches a handler is one whose peer the CA vouches for. */
#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

int tls_read_pem(const char *path, struct buf *ret, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > TLS_PEM_MAX)
		return err_set(err, ERR_INVALID, "%s: not a PEM file", path);
	buf_clear(ret);
	char *to = buf_reserve(ret, (size_t)st.st_size);
	ssize_t n = read(fd, to, (size_t)st.st_size);
	if (n < 0)
		return err_errno(err, errno, "%s", path);
	to[n] = '\0';
	ret->n = (size_t)n;
	if (!strstr(to, "-----BEGIN "))
		return err_set(err, ERR_INVALID, "%s: not a PEM file", path);
	return 0;
}

void tls_require_client(void *session)
{
	/* GnuTLS keeps the pointer for the session's life. */
	static gnutls_typed_vdata_st purpose[] = {
	    {.type = GNUTLS_DT_KEY_PURPOSE_OID,
	     .data = (unsigned char *)(void *)GNUTLS_KP_TLS_WWW_CLIENT},
	};

	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	gnutls_session_set_verify_cert2(session, purpose, ARRAY_LEN(purpose), 0);
}

void tls_peer(void *session, struct tls_peer *ret)
{
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	unsigned char sha256[32];
	gnutls_x509_crt_t crt;

	*ret = (struct tls_peer){0};
	if (!chain || !n || gnutls_x509_crt_init(&crt) < 0)
		return;
	size_t cn_size = sizeof(ret->cn), digest_size = sizeof(sha256);
	if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret->cn,
					  &cn_size) < 0)
		ret->cn[0] = '\0';
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, sha256, &digest_size) == 0)
		for (size_t i = 0; i < digest_size; i++)
			(void)snprintf(ret->fingerprint + 2 * i, 3, "%02x", sha256[i]);
	gnutls_x509_crt_deinit(crt);
}
