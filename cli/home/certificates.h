/* The certificates of an enrolment, looked at without asking anybody. The only caller of GnuTLS in
 * this program. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct certificates {
	usec_t from, until, ca_until;
	char name[128];	 /* the certificate's CN */
	bool is_from_ca; /* signed by the CA */
	bool has_key;	 /* the private key is its own */
};

/* All PEM. INVALID names the part that cannot be read. */
int certificates_read(struct span ca, struct span cert, struct span key, struct certificates *ret,
		      struct err *err);
