/* The region's certificate authority: a folder with ca.crt, ca.key and issued.log. The only caller
 * of GnuTLS's X.509.
 *
 * ECDSA over P-256 everywhere, random 127-bit serials, version 3 certificates. The CA signs leaves
 * only (path length 0). A certificate holds from a day before it was made, since a home's clock may
 * be behind.
 *
 *   issued.log   one line a certificate, for the day when one has to be disowned:
 *                2026-04-20T09:14:22Z serial=<hex> kind=client name=fac_…
 * until=2028-04-19T09:14:22Z
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define CA_CERT_FILE	"ca.crt"
#define CA_KEY_FILE	"ca.key"
#define CA_LOG_FILE	"issued.log"
#define CA_VALID	(3650 * USEC_PER_DAY)
#define CA_SERVER_VALID (825 * USEC_PER_DAY)
#define CA_CLIENT_VALID (825 * USEC_PER_DAY)
#define CA_BACKDATE	USEC_PER_DAY

struct ca;

/* Makes folder (0700 if it is new), key (0600) and certificate. EXISTS if any of them is already
 * there. */
int ca_init(const char *dir, const char *name, usec_t now, struct err *err);
int ca_open(const char *dir, struct ca **ret, struct err *err);
void ca_free(struct ca *ca);
DEFINE_CLEANUP(struct ca *, ca_free)
struct span ca_cert_pem(const struct ca *ca);

struct ca_leaf {
	struct buf cert, key; /* PEM */
	usec_t until;
};
void ca_leaf_done(struct ca_leaf *leaf); /* wipes the key */

/* A client certificate whose CN is `name`. Not valid beyond the CA itself. */
int ca_issue_client(struct ca *ca, const char *name, usec_t now, usec_t valid, struct ca_leaf *ret,
		    struct err *err);
/* A server certificate for DNS names and IP addresses (told apart by their shape). INVALID for
 * neither. */
int ca_issue_server(struct ca *ca, const char *const *hosts, size_t n, usec_t now, usec_t valid,
		    struct ca_leaf *ret, struct err *err);

/* What a certificate says; for lists and for checking an existing enrolment. */
struct ca_cert_info {
	char name[128];	      /* CN */
	char fingerprint[65]; /* SHA-256 as hex */
	usec_t from, until;
	bool ours; /* signed by this CA and in its time at `now` */
};
int ca_inspect(struct ca *ca, struct span cert_pem, usec_t now, struct ca_cert_info *ret,
	       struct err *err);
