/* Who may do what: the one place. Pure; deny by default.
 *
 *     FACILITY_STAFF        its own home; sets its beds
 *     FACILITY_MANAGER      likewise; its history, and settles its conflicts
 *     REGIONAL_COORDINATOR  all homes of its region, reading
 *     SYSTEM_ADMIN          everything that is read here; settles conflicts, sets no bed
 */
#pragma once

#include <stdbool.h>

#include "bed/ident.h"
#include "regional/live/picture.h"

enum who_role { WHO_NOBODY, WHO_STAFF, WHO_MANAGER, WHO_COORDINATOR, WHO_ADMIN, WHO_ROLE_COUNT };

const char *who_role_name(enum who_role r); /* "FACILITY_STAFF" …; NULL for WHO_NOBODY */
bool who_role_parse(struct span s, enum who_role *ret);

/* Whom a token or a session stands for. */
struct who {
	enum who_role role;
	char name[128];	   /* of the token, or the user's login: for the access log */
	char display[128]; /* for people */
	char facility_id[IDENT_MAX + 1], region_id[IDENT_MAX + 1];
	int64_t token_id, user_id; /* 0: none; a user has no token */
	usec_t expires_at;	   /* USEC_NONE: never */
	bool by_session; /* came with a cookie: a request that changes something must carry csrf */
	char csrf[65];
};

enum scope_access {
	ACCESS_CLOSED,	 /* nobody: what a route without a rule gets */
	ACCESS_OPEN,	 /* anybody, also without a login */
	ACCESS_SELF,	 /* anybody with a login: about themselves */
	ACCESS_LIST,	 /* anybody with a login; the answer holds only homes that scope_sees() */
	ACCESS_FACILITY, /* who sees the home that the address names */
	ACCESS_BEDS,	 /* the same, down to single beds: every reading is logged */
	ACCESS_SET_BED,	 /* who works at the home that the address names: changes a bed of it */
	ACCESS_REVIEW,	 /* who answers for that home or watches it: its history, bed by bed */
	ACCESS_REVIEWS,	 /* the same, of all homes that one sees; the answer holds no other */
	ACCESS_SETTLES,	 /* who may settle conflicts at all; then, with its home: ACCESS_SETTLE */
	ACCESS_SETTLE,
	ACCESS_AUDIT,	   /* who answers for the whole region: its audit log */
	ACCESS_ADMIN,	   /* who keeps homes, users, thresholds */
	ACCESS_SUBSCRIBES, /* who may be told of alerts; the endpoint holds them to their scope */
	ACCESS_COUNT,
};

enum scope_answer {
	SCOPE_ALLOWED,
	SCOPE_LOGIN,	 /* 401: say who you are */
	SCOPE_FORBIDDEN, /* 403 */
	SCOPE_HIDDEN,	 /* 404: a home outside one's scope looks like one that does not exist */
};

/* who NULL: nobody. home NULL: the address names none, or one that does not exist. */
enum scope_answer scope_decide(const struct who *who, enum scope_access access,
			       const struct facility *home);
bool scope_sees(const struct who *who, const struct facility *home);
