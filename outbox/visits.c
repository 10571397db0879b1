#include "outbox/visits.h"

#include <stdlib.h>

#include "base/kill_point.h"
#include "outbox/runs.h"
#include "outbox/visit_set.h"

struct visits {
	struct db *db;
	struct visit_set set;
	uint32_t *changed; /* their places in the set */
	size_t n_changed, cap_changed;
	size_t in_runs; /* visits, each as often as it was written */
	struct buf run; /* that is written */
	struct runs runs;
};

struct visits *visits_new(struct db *db)
{
	struct visits *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	v->db = db;
	return v;
}

void visits_free(struct visits *v)
{
	if (!v)
		return;
	visit_set_clear(&v->set);
	buf_done(&v->run);
	free(v->changed);
	free(v);
}

static struct span span_of_digest(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

/* ---- what the database holds ---- */

/* Later runs say what earlier ones said otherwise. */
static int load(void *ctx, int64_t after, struct err *err)
{
	struct visits *v = ctx;
	struct db_rows rows;
	int r =
	    db_query(v->db, &rows, err,
		     "SELECT at, visits FROM visit_runs WHERE run > ? ORDER BY run", "i", after);

	if (r < 0)
		return r;
	if (!after) {
		visit_set_clear(&v->set);
		v->in_runs = 0;
	}
	while ((r = db_next(&rows, err)) > 0) {
		struct span written = db_blob(&rows, 1);
		while (visit_read(&v->set, &written, db_int(&rows, 0)))
			v->in_runs++;
	}
	return r;
}

static int refresh(struct visits *v, struct err *err)
{
	static const char last[] = RUNS_LAST("visit");

	return runs_refresh(&v->runs, v->db, last, load, v, err);
}

/* Of the table; what stays is a visit that is not known. */
static int read_merged(struct visits *v, struct kept_visit *visit, struct err *err)
{
	struct db_rows rows;
	int r = db_query(v->db, &rows, err, "SELECT bed, before FROM visits WHERE visit = ?", "b",
			 span_of_digest(&visit->visit));

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	visit->known = true;
	kept_bed_set(&visit->bed, db_text(&rows, 0));
	kept_bed_set(&visit->before, db_text(&rows, 1));
	db_done(&rows);
	return 0;
}

/* ---- merging ---- */

static int by_digest(const void *a, const void *b)
{
	const struct kept_visit *const *x = a, *const *y = b;

	return memcmp((*x)->visit.b, (*y)->visit.b, DIGEST_BYTES);
}

static struct kept_visit **unmerged(const struct visits *v, size_t *ret_n)
{
	struct kept_visit **all = calloc(v->set.n + 1, sizeof(*all));
	size_t n = 0;

	if (!all)
		abort();
	for (size_t i = 0; i < v->set.n; i++)
		if (v->set.visits[i].unmerged)
			all[n++] = &v->set.visits[i];
	qsort(all, n, sizeof(*all), by_digest);
	*ret_n = n;
	return all;
}

static int write_table(struct visits *v, struct err *err)
{
	size_t n;
	_cleanup_(freep) struct kept_visit **all = unmerged(v, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = db_run(
		    v->db, err,
		    "INSERT INTO visits (visit, bed, before, at) VALUES (?, ?, ?, ?) ON CONFLICT "
		    "(visit) DO UPDATE SET bed = excluded.bed, before = excluded.before, at = "
		    "excluded.at",
		    "btti", span_of_digest(&all[i]->visit), kept_bed_span(&all[i]->bed),
		    kept_bed_span(&all[i]->before), (int64_t)all[i]->at);
		all[i]->unmerged = all[i]->changed = false;
	}
	return r;
}

static int merge(struct visits *v, usec_t now, struct err *err)
{
	int64_t number = v->runs.merges + 1;

	v->runs.has_merged = true;
	int r = write_table(v, err);
	kill_point("mid_visits");
	if (r == 0)
		r = db_run(v->db, err,
			   "INSERT INTO visit_merges (merge, at, through) VALUES (?, ?, ?)", "iii",
			   number, (int64_t)now, v->runs.last);
	if (r == 0)
		r = db_run(v->db, err, "DELETE FROM visit_merges WHERE merge < ?", "i", number);
	if (r == 0)
		r = db_run(v->db, err, "DELETE FROM visit_runs", "");
	if (r < 0)
		return r;
	v->runs.merges = number;
	v->in_runs = v->n_changed = 0;
	return 0;
}

/* ---- one visit ---- */

static int add(struct visits *v, const struct digest *visit, usec_t now, struct kept_visit **ret,
	       struct err *err)
{
	struct kept_visit fresh = {
	    .visit = *visit, .bed = {.n = VISIT_NO_BED}, .before = {.n = VISIT_NO_BED}};
	int r = read_merged(v, &fresh, err);

	if (r == 0 && v->set.n == VISITS_KEPT_MAX) {
		r = merge(v, now, err);
		if (r == 0)
			visit_set_clear(&v->set);
	}
	if (r < 0)
		return r;
	*ret = visit_set_add(&v->set, visit);
	**ret = fresh;
	return 0;
}

static int find(struct visits *v, const struct digest *visit, usec_t now, struct kept_visit **ret,
		struct err *err)
{
	int r = v->runs.is_current ? 0 : refresh(v, err);

	if (r < 0)
		return r;
	*ret = visit_set_find(&v->set, visit);
	return *ret ? 0 : add(v, visit, now, ret, err);
}

int visits_get(struct visits *v, const struct digest *visit, usec_t now, struct visit_memory *ret,
	       struct err *err)
{
	struct kept_visit *known;
	int r = find(v, visit, now, &known, err);

	if (r < 0 || !known->known)
		return r;
	*ret = (struct visit_memory){.bed = kept_bed_span(&known->bed),
				     .before = kept_bed_span(&known->before)};
	return 1;
}

static void note_change(struct visits *v, struct kept_visit *visit)
{
	if (visit->changed)
		return;
	if (v->n_changed == v->cap_changed) {
		v->cap_changed = v->cap_changed ? 2 * v->cap_changed : 64;
		v->changed = reallocarray(v->changed, v->cap_changed, sizeof(*v->changed));
		if (!v->changed)
			abort();
	}
	v->changed[v->n_changed++] = (uint32_t)(visit - v->set.visits);
	visit->changed = true;
}

int visits_put(struct visits *v, const struct digest *visit, usec_t now,
	       const struct visit_memory *memory, struct err *err)
{
	struct kept_visit *known;
	int r = find(v, visit, now, &known, err);

	if (r < 0)
		return r;
	kept_bed_set(&known->bed, memory->bed);
	kept_bed_set(&known->before, memory->before);
	known->at = now;
	known->known = known->unmerged = true;
	note_change(v, known);
	return 0;
}

/* ---- the end of a transaction ---- */

int visits_write(struct visits *v, usec_t now, struct err *err)
{
	if (v->n_changed == 0)
		return 0;
	if (v->in_runs + v->n_changed > VISITS_RUNS_MAX)
		return merge(v, now, err);
	buf_clear(&v->run);
	for (size_t i = 0; i < v->n_changed; i++)
		visit_write(&v->set.visits[v->changed[i]], &v->run);
	int r = db_run(v->db, err, "INSERT INTO visit_runs (run, at, visits) VALUES (?, ?, ?)",
		       "iib", v->runs.last + 1, (int64_t)now, buf_span(&v->run));
	v->runs.has_run = r == 0;
	return r;
}

void visits_end(struct visits *v, bool committed)
{
	if (!committed && v->n_changed)
		v->runs.is_loaded = false; /* the set says what did not happen */
	if (committed && v->runs.has_run)
		v->in_runs += v->n_changed;
	for (size_t i = 0; committed && i < v->n_changed; i++)
		v->set.visits[v->changed[i]].changed = false;
	v->n_changed = 0;
	runs_end(&v->runs, committed);
}

/* ---- forgetting ---- */

/* A visit in a run cannot be looked at where it lies. Once the oldest run is old all are merged. */
static int merge_old(struct visits *v, usec_t now, usec_t before, struct err *err)
{
	int64_t old;
	int r = db_get_int(
	    v->db, &old, err,
	    "SELECT count(*) FROM (SELECT at FROM visit_runs ORDER BY run LIMIT 1) WHERE at < ?",
	    "i", (int64_t)before);

	if (r == 0 && old)
		r = refresh(v, err);
	return r < 0 || !old ? r : merge(v, now, err);
}

int visits_prune(struct visits *v, usec_t now, usec_t before, int64_t rows, int64_t *ret_rows,
		 struct err *err)
{
	int r = merge_old(v, now, before, err);

	*ret_rows = 0;
	if (r == 0)
		r = db_run(v->db, err,
			   "DELETE FROM visits WHERE visit IN (SELECT visit FROM visits WHERE bed "
			   "IS NULL AND at < ? LIMIT ?)",
			   "ii", (int64_t)before, rows);
	if (r == 0)
		*ret_rows = db_changes(v->db);
	return r;
}
