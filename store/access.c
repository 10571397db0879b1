#include "store/access.h"

int access_list(struct pg *pg, const struct access_filter *f, struct arena *a,
		struct access_row **ret, size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT id, at, who, role, host(source_ip), action, facility_id, region_id, allowed, "
	    "detail FROM access_log WHERE ($1::timestamptz IS NULL OR at >= $1) "
	    "AND ($2::text IS NULL OR who = $2) AND ($3::text IS NULL OR action = $3) "
	    "AND ($4::text IS NULL OR facility_id = $4) AND NOT ($5 AND allowed) "
	    "AND ($7::timestamptz IS NULL OR at < $7) AND ($8 = 0 OR id < $8) "
	    "ORDER BY id DESC LIMIT $6";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	pg_add_time(&p, f->since);
	pg_add_text(&p, f->who);
	pg_add_text(&p, f->action);
	pg_add_text(&p, f->facility_id);
	pg_add_bool(&p, f->only_denied);
	pg_add_i64(&p, f->limit);
	pg_add_time(&p, f->until);
	pg_add_i64(&p, f->before);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	int n = pg_rows(r);
	*ret_n = (size_t)n;
	*ret = arena_array(a, struct access_row, *ret_n + 1);
	for (int i = 0; i < n; i++)
		(*ret)[n - 1 - i] = (struct access_row){
		    .id = pg_get_i64(r, i, 0),
		    .at = pg_get_time(r, i, 1),
		    .who = pg_copy_text(a, r, i, 2),
		    .role = pg_copy_text(a, r, i, 3),
		    .source_ip = pg_copy_text(a, r, i, 4),
		    .action = pg_copy_text(a, r, i, 5),
		    .facility_id = pg_copy_text(a, r, i, 6),
		    .region_id = pg_copy_text(a, r, i, 7),
		    .allowed = pg_get_bool(r, i, 8),
		    .detail = pg_copy_text(a, r, i, 9),
		};
	return 0;
}
