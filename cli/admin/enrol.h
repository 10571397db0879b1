/* A home's row and its enrolment file: two things that must agree. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/pg.h"
#include "store/registry.h"

struct enrol_request {
	const char *ca_dir, *url,
	    *out;     /* url may be NULL when renewing: as in the file that is there */
	usec_t valid; /* of the certificate; 0: CA_CLIENT_VALID */
	/* The road over SFTP, with a new key; both NULL: none,
	 * or when renewing that of the file. */
	const char *sftp_url, *sftp_host_key;
};

struct enrol_result {
	enum registry_added row;
	bool file_kept;	      /* out was there already, and good for this home: left as it is */
	usec_t until;	      /* of its certificate */
	char fingerprint[65]; /* likewise */
	struct buf ssh_key;   /* for authorized_keys; empty: no road over SFTP */
};

void enrol_result_done(struct enrol_result *r);

/* Adds the home and writes its enrolment: both or neither. What a run that was cut short left
 * behind is completed by running it again. EXISTS if out is there and is not this home's. */
int enrol_add(struct pg *pg, const char *who, const struct registry_facility *f,
	      const struct enrol_request *rq, usec_t now, struct enrol_result *ret,
	      struct err *err);
/* A new key and certificate for a home that is there; takes the place of its enrolment at out, if
 * there is one. only: every other certificate of the home is refused from now on, and a home that
 * is closed is open again. DENIED: it is closed, and not `only`. */
int enrol_renew(struct pg *pg, const char *who, const char *facility,
		const struct enrol_request *rq, bool only, usec_t now, struct enrol_result *ret,
		struct err *err);
