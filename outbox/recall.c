/* A failure of the database inside a callback that can only say yes or no sticks in struct recall,
 * and the intake refuses to commit. */
#include "outbox/recall.h"

#include <string.h>

static struct span digest_span(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

static bool recall_bed(void *ctx, struct span bed_id, struct bed_memory *ret)
{
	struct recall *r = ctx;
	struct projected_bed *bed;

	if (r->err.code || bed_id.n > IDENT_MAX)
		return false;
	if (bed_cache_get(r->beds, bed_id, &bed, &r->err) < 0 || !bed->known)
		return false;
	*ret = (struct bed_memory){
	    .status = bed->status, .before = bed->before, .changed_at = bed->changed_at};
	return true;
}

static struct span keep(char out[RECALL_BED_MAX], struct span s)
{
	if (!s.p || s.n > RECALL_BED_MAX)
		return SPAN_NONE;
	memcpy(out, s.p, s.n);
	return span_of(out, s.n);
}

static bool recall_visit(void *ctx, const struct digest *visit, struct visit_memory *ret)
{
	struct recall *r = ctx;
	struct db_rows rows;

	if (r->err.code ||
	    db_query(r->outbox->db, &rows, &r->err,
		     "SELECT bed, before FROM visits WHERE visit = ?", "b", digest_span(visit)) < 0)
		return false;
	if (db_next(&rows, &r->err) <= 0)
		return false;
	*ret = (struct visit_memory){.bed = keep(r->bed, db_text(&rows, 0)),
				     .before = keep(r->before, db_text(&rows, 1))};
	db_done(&rows);
	return true;
}

static int fail(struct recall *r, int result, struct err *err)
{
	if (result < 0 && err)
		*err = r->err;
	return result;
}

static int recall_visit_put(void *ctx, const struct digest *visit, const struct visit_memory *v,
			    struct err *err)
{
	struct recall *r = ctx;

	if (r->err.code)
		return fail(r, -(int)r->err.code, err);
	return fail(
	    r,
	    db_run(r->outbox->db, &r->err,
		   "INSERT INTO visits (visit, bed, before, at) VALUES (?, ?, ?, ?) ON CONFLICT "
		   "(visit) DO"
		   " UPDATE SET bed = excluded.bed, before = excluded.before, at = excluded.at",
		   "btti", digest_span(visit), v->bed, v->before, (int64_t)r->now),
	    err);
}

static int look_at_message(struct recall *r, const struct digest *identity,
			   const struct digest *content, enum message_seen *ret)
{
	struct db_rows rows;
	int result =
	    db_query(r->outbox->db, &rows, &r->err,
		     "SELECT content FROM messages WHERE identity = ?", "b", digest_span(identity));

	if (result < 0 || (result = db_next(&rows, &r->err)) < 0)
		return result;
	*ret = MESSAGE_NEW;
	if (result > 0)
		*ret = span_eq(db_blob(&rows, 0), digest_span(content)) ? MESSAGE_SAME
									: MESSAGE_CHANGED;
	db_done(&rows);
	return 0;
}

static int recall_message(void *ctx, const struct digest *identity, const struct digest *content,
			  enum message_seen *ret, struct err *err)
{
	struct recall *r = ctx;
	enum message_seen seen = MESSAGE_NEW;

	if (r->err.code)
		return fail(r, -(int)r->err.code, err);
	int result = look_at_message(r, identity, content, &seen);
	if (result == 0 && seen == MESSAGE_NEW)
		result =
		    db_run(r->outbox->db, &r->err,
			   "INSERT INTO messages (identity, content, at) VALUES (?, ?, ?)", "bbi",
			   digest_span(identity), digest_span(content), (int64_t)r->now);
	if (result == 0)
		*ret = seen;
	return fail(r, result, err);
}

void recall_init(struct recall *r, struct outbox *o, struct bed_cache *beds, usec_t now)
{
	*r = (struct recall){
	    .outbox = o,
	    .beds = beds,
	    .now = now,
	    .memory = {.ctx = r,
		       .bed = recall_bed,
		       .visit = recall_visit,
		       .visit_put = recall_visit_put,
		       .message = recall_message},
	};
	memcpy(r->memory.key, o->key, sizeof(r->memory.key));
}
