/* TLS under the server: files, the demand for a client certificate, and who it names. The only
 * caller of GnuTLS. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* TLS 1.2 and 1.3, forward secrecy only. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE"
#define TLS_PEM_MAX    ((size_t)1 << 20)

int tls_read_pem(const char *path, struct buf *ret, struct err *err);
/* On a new session, before its handshake: no certificate, or one that the trusted CA did not sign
 * for clients, or one out of its time, ends the handshake. */
void tls_require_client(void *session);

struct tls_peer {
	char cn[65]; /* "" without a certificate */
	char fingerprint[65];
};
/* After the handshake. */
void tls_peer(void *session, struct tls_peer *ret);
