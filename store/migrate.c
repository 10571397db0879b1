/* One advisory lock around the whole run, not one per migration: two programs that start at once
 * must not both find the same migration pending. Roles are set inside the SQL files, for the first
 * of them makes the roles. */
#include "store/migrate.h"

#include <string.h>

#include "base/buf.h"

#define MIGRATE_LOCK "4851370042" /* pg_advisory_lock: any number nobody else uses */

static const char create_table[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
				   " number integer PRIMARY KEY,"
				   " name text NOT NULL,"
				   " checksum text NOT NULL,"
				   " applied_at timestamptz NOT NULL DEFAULT now(),"
				   " applied_by text NOT NULL DEFAULT session_user)";

const char *migrate_state_name(enum migrate_state s)
{
	switch (s) {
	case MIGRATE_APPLIED: return "applied";
	case MIGRATE_PENDING: return "pending";
	case MIGRATE_CHANGED: return "changed";
	case MIGRATE_UNKNOWN: return "unknown";
	}
	return "unknown";
}

static void checksum(const struct migration *m, char out[DIGEST_HEX + 1])
{
	struct digest d = digest_of(span_str(m->sql));
	(void)digest_hex(&d, out);
}

static int has_table(struct pg *pg, bool *ret, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, "SELECT to_regclass('schema_migrations') IS NOT NULL", NULL, &r, err);

	if (e == 0)
		*ret = pg_get_bool(r, 0, 0);
	return e;
}

static size_t list_length(const struct migration *list)
{
	size_t n = 0;
	while (list[n].number)
		n++;
	return n;
}

/* Its place in the list, or the list's length. */
static size_t place_of(const struct migration *list, int64_t number)
{
	size_t i = 0;
	while (list[i].number && list[i].number != number)
		i++;
	return i;
}

static int status_of(struct pg *pg, const struct migration *list, struct arena *a,
		     struct migrate_row **ret, size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	bool present = false;
	int e = has_table(pg, &present, err);

	if (e == 0 && present)
		e = pg_query(pg,
			     "SELECT number, name, checksum, applied_at FROM schema_migrations "
			     "ORDER BY number",
			     NULL, &r, err);
	if (e < 0)
		return e;
	size_t known = list_length(list), n = known, applied = (size_t)pg_rows(r);
	struct migrate_row *rows = arena_array(a, struct migrate_row, known + applied + 1);
	for (size_t i = 0; i < known; i++)
		rows[i] =
		    (struct migrate_row){list[i].number, list[i].name, MIGRATE_PENDING, USEC_NONE};
	for (int k = 0; k < (int)applied; k++) {
		int64_t number = pg_get_i64(r, k, 0);
		size_t i = place_of(list, number);
		if (i == known) {
			rows[n++] = (struct migrate_row){(unsigned)number,
							 arena_span(a, pg_get_text(r, k, 1)).p,
							 MIGRATE_UNKNOWN, pg_get_time(r, k, 3)};
			continue;
		}
		char sum[DIGEST_HEX + 1];
		checksum(&list[i], sum);
		rows[i].applied_at = pg_get_time(r, k, 3);
		rows[i].state =
		    span_eq_str(pg_get_text(r, k, 2), sum) ? MIGRATE_APPLIED : MIGRATE_CHANGED;
	}
	*ret = rows;
	*ret_n = n;
	return 0;
}

int migrate_status(struct pg *pg, struct arena *a, struct migrate_row **ret, size_t *ret_n,
		   struct err *err)
{
	return status_of(pg, migrate_list, a, ret, ret_n, err);
}

/* A schema that is not ours, or not any more. */
static int refuse_strange(const struct migrate_row *row, struct err *err)
{
	if (row->state == MIGRATE_CHANGED)
		return err_set(
		    err, ERR_CONFLICT,
		    "migration %04u_%s was applied from another text than this program's; "
		    "the schema is not the one it expects",
		    row->number, row->name);
	return err_set(err, ERR_CONFLICT,
		       "the database has migration %04u_%s, unknown to this program: it is older",
		       row->number, row->name);
}

static int check(struct pg *pg, bool reads_only, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct migrate_row *rows = NULL;
	size_t n = 0;
	int e = migrate_status(pg, &a, &rows, &n, err);

	for (size_t i = 0; e == 0 && i < n; i++) {
		if (rows[i].state == MIGRATE_PENDING)
			return err_set(
			    err, ERR_CONFLICT,
			    "migration %04u_%s is not applied; run: bedpost-admin db migrate",
			    rows[i].number, rows[i].name);
		bool newer = rows[i].state == MIGRATE_UNKNOWN;
		if (rows[i].state != MIGRATE_APPLIED && !(reads_only && newer))
			return refuse_strange(&rows[i], err);
	}
	return e;
}

int migrate_check(struct pg *pg, struct err *err)
{
	return check(pg, false, err);
}

int migrate_check_reader(struct pg *pg, struct err *err)
{
	return check(pg, true, err);
}

static int apply_in_transaction(struct pg *pg, const struct migration *m, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	char sum[DIGEST_HEX + 1];

	checksum(m, sum);
	struct pg_params p = PG_PARAMS(&a);
	pg_add_i32(&p, (int32_t)m->number);
	pg_add_text(&p, span_str(m->name));
	pg_add_text(&p, span_of(sum, DIGEST_HEX));
	int e = pg_exec(pg, "BEGIN", err);
	if (e == 0)
		e = pg_exec(pg, m->sql, err);
	if (e == 0)
		e = pg_query(
		    pg,
		    "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
		    &p, NULL, err);
	return e < 0 ? e : pg_exec(pg, "COMMIT", err);
}

static int apply(struct pg *pg, const struct migration *m, struct err *err)
{
	int e = apply_in_transaction(pg, m, err);

	if (e < 0) {
		(void)pg_exec(pg, "ROLLBACK", NULL);
		(void)err_prefix(err, "migration %04u_%s", m->number, m->name);
	}
	return e;
}

static int apply_pending(struct pg *pg, const struct migration *list, unsigned *ret_applied,
			 struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct migrate_row *rows = NULL;
	size_t n = 0;
	bool present = false;
	int e = has_table(pg, &present, err);

	/* Not "IF NOT EXISTS" alone: that too wants the right to create, which an up-to-date schema
	 * does not need. */
	if (e == 0 && !present)
		e = pg_exec(pg, create_table, err);
	if (e == 0)
		e = status_of(pg, list, &a, &rows, &n, err);
	if (e < 0)
		return e;
	for (size_t i = 0; i < n; i++)
		if (rows[i].state == MIGRATE_CHANGED || rows[i].state == MIGRATE_UNKNOWN)
			return refuse_strange(&rows[i], err);
	unsigned applied = 0;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].state != MIGRATE_PENDING)
			continue;
		e = apply(pg, &list[i], err);
		if (e < 0)
			return e;
		applied++;
	}
	if (ret_applied)
		*ret_applied = applied;
	return 0;
}

int migrate_up_list(struct pg *pg, const struct migration *list, unsigned *ret_applied,
		    struct err *err)
{
	int e = pg_exec(pg, "SELECT pg_advisory_lock(" MIGRATE_LOCK ")", err);

	if (e < 0)
		return e;
	e = apply_pending(pg, list, ret_applied, err);
	(void)pg_exec(pg, "SELECT pg_advisory_unlock(" MIGRATE_LOCK ")",
		      NULL); /* a lost connection has let go of it */
	return e;
}

int migrate_up(struct pg *pg, unsigned *ret_applied, struct err *err)
{
	return migrate_up_list(pg, migrate_list, ret_applied, err);
}
