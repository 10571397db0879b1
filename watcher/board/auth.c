/* Sessions and PINs of a running board. */
#include <string.h>

#include <sodium/utils.h>

#include "base/log.h"
#include "watcher/board/room.h"

static void tell_problem(struct board *b, const struct err *err)
{
	if (strcmp(b->pins_problem, err->message) != 0)
		log_warn("pins_unreadable", "reason=%s", log_quote(span_str(err->message)).s);
	(void)snprintf(b->pins_problem, sizeof(b->pins_problem), "%s", err->message);
}

/* What cannot be read counts as no PINs: a PIN that was taken away must not go on to work. */
const struct pins *auth_pins(struct board *b)
{
	const char *path = b->home->board.pins;
	struct stat st = {0};
	struct pins *pins = NULL;
	struct err err;

	(void)stat(path, &st);
	if (b->pins && st.st_ino == b->pins_inode && st.st_mtim.tv_sec == b->pins_read.tv_sec &&
	    st.st_mtim.tv_nsec == b->pins_read.tv_nsec)
		return b->pins;
	if (pins_load(path, &pins, &err) < 0)
		tell_problem(b, &err);
	else
		b->pins_problem[0] = '\0';
	if (!pins && !(pins = calloc(1, sizeof(*pins))))
		abort();
	pins_free(b->pins);
	b->pins = pins;
	b->pins_inode = st.st_ino;
	b->pins_read = st.st_mtim;
	return b->pins;
}

struct session *auth_session(struct board *b, struct span cookie)
{
	return sessions_find(&b->sessions, cookie, auth_pins(b), clock_monotonic());
}

bool auth_csrf_fits(struct span cookie, struct span csrf)
{
	char expected[DIGEST_HEX + 1];

	sessions_csrf(cookie, expected);
	return csrf.n == DIGEST_HEX && sodium_memcmp(csrf.p, expected, DIGEST_HEX) == 0;
}
