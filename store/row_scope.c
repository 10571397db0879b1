#include "store/row_scope.h"

int row_scope_set(struct pg *pg, struct span role, struct span facility, struct span region,
		  struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, role);
	pg_add_text(&p, facility.p ? facility : SPAN(""));
	pg_add_text(&p, region.p ? region : SPAN(""));
	return pg_query(pg,
			"SELECT set_config('bedpost.role', $1, false), "
			"set_config('bedpost.facility', $2, false), "
			"set_config('bedpost.region', $3, false)",
			&p, NULL, err);
}

int row_scope_login(struct pg *pg, struct err *err)
{
	return pg_exec(pg, "SET bedpost.role = 'LOGIN'", err);
}

int row_scope_from(struct pg *pg, struct span source_ip, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, source_ip);
	return pg_query(pg, "SELECT set_config('bedpost.source_ip', $1, false)", &p, NULL, err);
}
