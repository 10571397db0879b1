/* A home's enrolment: what `bedpost-admin facility add` writes at the region and carries to the
 * home (see bedpost-enrolment(5)).
 *
 *     facility: fac_oslo_nordre
 *     url: https://beds.example.org:8443
 *     expires: 2028-07-24T09:14:22Z     when cert ends; optional, for a warning in time
 *     ca: |                             the region's CA: the only one the home trusts
 *       -----BEGIN CERTIFICATE-----
 *     cert: |                           the home's client certificate; its CN is the facility
 *     key: |                            and its private key
 *     sftp: {url, host_key, key}        optional: the road over SFTP (enrolment_sftp.h)
 *
 * The file holds a private key: one that others than its owner may read is refused.
 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "syncd/enrolment_sftp.h"

struct enrolment; /* owns its strings */

int enrolment_load(const char *path, struct enrolment **ret, struct err *err);
/* The same from text; name is for messages. */
int enrolment_parse(const char *name, struct span text, struct enrolment **ret, struct err *err);
void enrolment_free(struct enrolment *e);
DEFINE_CLEANUP(struct enrolment *, enrolment_free)

const char *enrolment_facility(const struct enrolment *e);
const char *enrolment_url(const struct enrolment *e); /* without a slash at its end */
struct span enrolment_ca(const struct enrolment *e);  /* PEM */
struct span enrolment_cert(const struct enrolment *e);
struct span enrolment_key(const struct enrolment *e);
usec_t enrolment_expires(const struct enrolment *e); /* USEC_NONE: the file does not say */
const struct enrolment_sftp *enrolment_sftp(const struct enrolment *e); /* NULL: none */

struct enrolment_parts {
	const char *facility, *url;
	struct span ca, cert, key; /* PEM */
	usec_t expires;		   /* USEC_NONE: not said */
	const char *sftp_url;	   /* NULL: no road over SFTP */
	struct span sftp_host_key; /* "ssh-ed25519 AAAA…" */
	struct span sftp_key;	   /* PEM */
};
/* The file's text. INVALID where a part would not be read back. */
int enrolment_format(const struct enrolment_parts *p, struct buf *out, struct err *err);
