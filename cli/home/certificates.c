#include "cli/home/certificates.h"

#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/cleanup.h"

static void crt_done(gnutls_x509_crt_t *c)
{
	if (*c)
		gnutls_x509_crt_deinit(*c);
}

static void key_done(gnutls_x509_privkey_t *k)
{
	if (*k)
		gnutls_x509_privkey_deinit(*k);
}

static int import(const char *what, struct span pem, gnutls_x509_crt_t *ret, struct err *err)
{
	gnutls_datum_t data = {(unsigned char *)pem.p, (unsigned)pem.n};
	int r = gnutls_x509_crt_init(ret);

	if (r == 0)
		r = gnutls_x509_crt_import(*ret, &data, GNUTLS_X509_FMT_PEM);
	return r < 0 ? err_set(err, ERR_INVALID, "%s: %s", what, gnutls_strerror(r)) : 0;
}

static usec_t moment(time_t at)
{
	return (usec_t)at * USEC_PER_SEC;
}

static bool is_its_key(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
	unsigned char a[64], b[64];
	size_t n_a = sizeof(a), n_b = sizeof(b);

	return gnutls_x509_crt_get_key_id(cert, 0, a, &n_a) == 0 &&
	       gnutls_x509_privkey_get_key_id(key, 0, b, &n_b) == 0 && n_a == n_b &&
	       memcmp(a, b, n_a) == 0;
}

int certificates_read(struct span ca, struct span cert, struct span key, struct certificates *ret,
		      struct err *err)
{
	_cleanup_(crt_done) gnutls_x509_crt_t authority = NULL, own = NULL;
	_cleanup_(key_done) gnutls_x509_privkey_t private = NULL;
	gnutls_datum_t key_data = {(unsigned char *)key.p, (unsigned)key.n};
	size_t size = sizeof(ret->name);
	unsigned verified = 0;
	int r = import("ca", ca, &authority, err);

	if (r == 0)
		r = import("cert", cert, &own, err);
	if (r < 0)
		return r;
	r = gnutls_x509_privkey_init(&private);
	if (r == 0)
		r = gnutls_x509_privkey_import2(private, &key_data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0)
		return err_set(err, ERR_INVALID, "key: %s", gnutls_strerror(r));
	*ret = (struct certificates){
	    .from = moment(gnutls_x509_crt_get_activation_time(own)),
	    .until = moment(gnutls_x509_crt_get_expiration_time(own)),
	    .ca_until = moment(gnutls_x509_crt_get_expiration_time(authority)),
	};
	(void)gnutls_x509_crt_get_dn_by_oid(own, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret->name,
					    &size);
	r = gnutls_x509_crt_verify(own, &authority, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
				   &verified);
	ret->is_from_ca = r == 0 && verified == 0;
	ret->has_key = is_its_key(own, private);
	return 0;
}
