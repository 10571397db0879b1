#include "outbox/runs.h"

static int read_last(struct db *db, const char *last, int64_t *ret_merges, int64_t *ret_run,
		     struct err *err)
{
	struct db_rows rows;
	int r = db_query(db, &rows, err, last, "");

	*ret_merges = *ret_run = 0;
	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	*ret_merges = db_int(&rows, 0);
	*ret_run = db_int(&rows, 1);
	db_done(&rows);
	return 0;
}

int runs_refresh(struct runs *r, struct db *db, const char *last,
		 int (*load)(void *ctx, int64_t after, struct err *err), void *ctx, struct err *err)
{
	int64_t merges, run;
	int result = read_last(db, last, &merges, &run, err);

	if (result < 0)
		return result;
	bool has_all = r->is_loaded && merges == r->merges && run >= r->last;
	r->is_loaded = false;
	if (!has_all)
		result = load(ctx, 0, err);
	else if (run > r->last)
		result = load(ctx, r->last, err);
	if (result < 0)
		return result;
	r->merges = merges;
	r->last = run;
	r->is_loaded = r->is_current = true;
	return 0;
}

void runs_end(struct runs *r, bool committed)
{
	r->last += committed && r->has_run;
	r->is_loaded = r->is_loaded && (committed || !r->has_merged);
	r->is_current = r->has_merged = r->has_run = false;
}
