/* Who has given their PIN, in which browser. In memory: after a restart the PIN is asked for again.
 *
 * The cookie holds 32 random bytes; kept is their digest. The CSRF token follows from the cookie,
 * so that whoever has the page has both, and a page of elsewhere has neither. A session ends when
 * nothing was changed for `life`, after twelve times that in any case, and with its PIN. The caller
 * locks. */
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "bed/ident.h"
#include "watcher/board/pins.h"

#define SESSIONS_MAX 256 /* the one that is nearest to its end makes room */

struct session {
	struct digest token, pin;
	char user[IDENT_MAX + 1];
	usec_t until, ends; /* monotonic */
};

struct sessions {
	struct session s[SESSIONS_MAX];
	usec_t life;
};

/* token: the cookie's value to be */
void sessions_begin(struct sessions *s, const char *user, const char *hash, usec_t now,
		    char token[DIGEST_HEX + 1]);
/* NULL if it is none of ours, over, or its PIN is another by now. */
struct session *sessions_find(struct sessions *s, struct span token, const struct pins *pins,
			      usec_t now);
void sessions_keep(struct sessions *s, struct session *one, usec_t now); /* it was used */
void sessions_end(struct session *one);
/* Of a token in the right shape. */
void sessions_csrf(struct span token, char ret[DIGEST_HEX + 1]);
