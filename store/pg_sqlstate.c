/* Classes first (Appendix A of PostgreSQL's manual), then the few codes that differ from their
 * class. */
#include "store/pg_sqlstate.h"

#include <string.h>

#include "base/span.h"

static bool is_in_class(const char *state, const char *class)
{
	return strncmp(state, class, 2) == 0;
}

static bool is_any_of(const char *state, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(state, *list) == 0)
			return true;
	return false;
}

/* A read-only server is a standby, or a primary stepping down: another will be there soon. */
static bool is_away(const char *state)
{
	return is_in_class(state, "08") || is_in_class(state, "53") ||
	       strncmp(state, "57P0", 4) == 0 || strcmp(state, "25006") == 0;
}

enum err_code pg_sqlstate_code(const char *state, bool *ret_retriable)
{
	/* serialization failure, deadlock, lock not available */
	static const char *const run_again[] = {"40001", "40P01", "55P03", NULL};

	*ret_retriable = true;
	if (is_away(state))
		return ERR_UNAVAILABLE;
	if (is_any_of(state, run_again))
		return ERR_CONFLICT;
	if (strcmp(state, "57014") == 0) /* statement_timeout */
		return ERR_TIMEOUT;
	*ret_retriable = false;
	if (strcmp(state, "23505") == 0) /* unique violation */
		return ERR_EXISTS;
	if (is_in_class(state, "23"))
		return ERR_CONFLICT;
	if (is_in_class(state, "22"))
		return ERR_INVALID;
	if (strcmp(state, "42501") == 0 || is_in_class(state, "28"))
		return ERR_DENIED;
	if (strcmp(state, "3D000") == 0) /* no such database */
		return ERR_NOT_FOUND;
	return ERR_IO;
}

#define MEND "mend the connection string (database in region.yaml, --database)"

int pg_refused(const char *state, const char *why, struct err *err)
{
	struct span s = span_trim(span_str(state));
	char code[6] = "";
	bool retriable;

	if (s.n >= 5)
		memcpy(code, s.p + s.n - 5, 5);
	switch (pg_sqlstate_code(code, &retriable)) {
	case ERR_DENIED:
		return err_set(err, ERR_DENIED,
			       "%s; " MEND ", ~/.pgpass or the server's pg_hba.conf", why);
	case ERR_NOT_FOUND: return err_set(err, ERR_INVALID, "%s; " MEND, why);
	default: return err_set(err, ERR_UNAVAILABLE, "%s", why);
	}
}
