/* What an administrator keeps: regions, homes, tokens. Each change is written to access_log in the
 * transaction of its caller: BEGIN, one or more of these, COMMIT (or one alone).
 *
 * Texts of results live in the arena. `who` names the administrator in the access log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

/* A token is "bpt_" and 32 random bytes in base64url without padding. Only its hash is stored. */
#define REGISTRY_TOKEN_PREFIX "bpt_"
#define REGISTRY_TOKEN_CHARS  47
void registry_token_make(char ret[REGISTRY_TOKEN_CHARS + 1]); /* a new one */
struct digest
registry_token_hash(struct span token); /* BLAKE2b-256 of the whole text, prefix included */

enum registry_added {
	REGISTRY_NEW,
	REGISTRY_SAME, /* it was there already, and says the same */
};

struct registry_region {
	struct span id, name;
	usec_t created_at;
	int64_t facilities;
};
/* EXISTS: the id stands for another name. */
int registry_region_add(struct pg *pg, const char *who, struct span id, struct span name,
			enum registry_added *ret, struct err *err);
int registry_regions(struct pg *pg, struct arena *a, struct registry_region **ret, size_t *ret_n,
		     struct err *err);

struct registry_facility {
	struct span id, name, region_id;
	struct span timezone; /* SPAN_NONE when adding: UTC */
	struct span address;  /* text for people; SPAN_NONE: none */
	bool has_place;
	double latitude, longitude;
	struct span conflict_policy; /* SPAN_NONE when adding: hold */
	/* of a list only */
	usec_t created_at, revoked_at, last_contact_at, offline_since;
	int64_t beds;
};
/* EXISTS: the id stands for a home of another name or region. NOT_FOUND: no such region. The rest
 * of a home that is there already is left as it is. */
int registry_facility_add(struct pg *pg, const char *who, const struct registry_facility *f,
			  enum registry_added *ret, struct err *err);
/* region SPAN_NONE: of all regions. facility SPAN_NONE: all homes. */
int registry_facilities(struct pg *pg, struct span region, struct span facility, struct arena *a,
			struct registry_facility **ret, size_t *ret_n, struct err *err);
/* From the next batch on. INVALID: no such policy. NOT_FOUND: no such home. */
int registry_facility_set_policy(struct pg *pg, const char *who, struct span id,
				 struct span conflict_policy, struct err *err);
/* NOT_FOUND */
int registry_facility_is_there(struct pg *pg, struct span id, struct err *err);
/* A certificate was made for a home that is there. NOT_FOUND, DENIED if it is revoked. */
int registry_facility_renewed(struct pg *pg, const char *who, struct span id, struct err *err);

struct registry_token {
	int64_t id;
	struct span name, role;
	struct span facility_id, region_id; /* SPAN_NONE where the role has none */
	usec_t expires_at;		    /* USEC_NONE: never */
	usec_t created_at, revoked_at, last_used_at;
};
bool registry_role_is_known(struct span role);
bool registry_role_is_of_facility(struct span role);
bool registry_role_is_of_region(struct span role);
/* NOT_FOUND: no such facility or region. */
int registry_token_add(struct pg *pg, const char *who, const struct registry_token *t,
		       const struct digest *hash, int64_t *ret_id, struct err *err);
int registry_tokens(struct pg *pg, struct arena *a, struct registry_token **ret, size_t *ret_n,
		    struct err *err);
/* A token that is revoked already stays so: 0. NOT_FOUND: no such id. */
int registry_token_revoke(struct pg *pg, const char *who, int64_t id, struct err *err);
