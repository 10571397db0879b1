#include "store/edit.h"

#include <string.h>

void edit_add(struct pg_params *p, const struct edit *e)
{
	pg_add_text(p, e->version);
	pg_add_json(p, e->patch);
}

int edit_refused(struct pg *pg, int code, struct err *err)
{
	const char *state = pg_sqlstate(pg);

	if (strcmp(state, "23503") == 0) /* foreign_key_violation */
		return err_set(err, ERR_NOT_FOUND, "there is no such region or facility");
	if (strcmp(state, "23514") == 0) /* check_violation */
		return err_set(err, ERR_INVALID,
			       "the values do not go together, or one of them is not allowed");
	if (strcmp(state, "42501") == 0) /* row security */
		return err_set(err, ERR_DENIED, "this is beyond your scope");
	return code;
}

int edit_run(struct pg *pg, const char *sql, const struct pg_params *p, enum edit_verdict *ret,
	     struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = pg_query(pg, sql, p, &r, err);

	if (code < 0)
		return edit_refused(pg, code, err);
	if (!pg_get_bool(r, 0, 0))
		*ret = EDIT_MISSING;
	else if (!pg_get_bool(r, 0, 1))
		*ret = EDIT_STALE;
	else
		*ret = pg_get_bool(r, 0, 2) ? EDIT_MADE : EDIT_LAST_ADMIN;
	return 0;
}
