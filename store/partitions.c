/* The work is done by functions in the database that run as its owner: the role ingest may have
 * months made and nothing else. */
#include "store/partitions.h"

int partitions_make(struct pg *pg, int *ret_made, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_i32(&p, PARTITIONS_AHEAD);
	int e = pg_query(pg, "SELECT bedpost_make_partitions($1)", &p, &r, err);
	if (e == 0 && ret_made)
		*ret_made = (int)pg_get_i64(r, 0, 0);
	return e;
}

int partitions_look(struct pg *pg, usec_t at, struct partitions_state *ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_time(&p, at);
	int e = pg_query(pg, "SELECT default_rows, months_ahead FROM bedpost_audit_state($1)", &p,
			 &r, err);
	if (e == 0)
		*ret = (struct partitions_state){pg_get_i64(r, 0, 0), (int)pg_get_i64(r, 0, 1)};
	return e;
}
