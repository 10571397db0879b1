/* What an ID token must say to be believed (OpenID Connect Core 3.1.3.7), after its signature was
 * verified. Pure: `now` is passed in. */
#pragma once

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define CLAIMS_SKEW	   USEC_PER_MIN	       /* between the provider's clock and ours */
#define CLAIMS_AGE_MAX	   (10 * USEC_PER_MIN) /* since it was issued */
#define CLAIMS_SUBJECT_MAX 255		       /* as the standard has it */

struct claims_expected {
	const char *issuer, *client_id, *nonce;
	const char *acr_values; /* with spaces: one of these; NULL: any */
	usec_t now;
};

/* DENIED with the claim's name and what is wrong, without its value. */
int claims_check(const json_t *claims, const struct claims_expected *x, struct err *err);
/* A text that is not empty, as UTF-8 without control characters; NULL: there is none. */
const char *claims_text(const json_t *claims, const char *name);
