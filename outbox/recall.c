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

static bool recall_visit(void *ctx, const struct digest *visit, struct visit_memory *ret)
{
	struct recall *r = ctx;

	return !r->err.code && visit_cache_get(r->visits, visit, ret, &r->err) > 0;
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
	return fail(r, visit_cache_put(r->visits, visit, v, &r->err), err);
}

/* One statement for the message that is new, which nearly all are. */
static int add_message(struct recall *r, const struct digest *identity,
		       const struct digest *content, bool *ret_new)
{
	int result = db_run(r->outbox->db, &r->err,
			    "INSERT INTO messages (identity, content, at) VALUES (?, ?, ?)"
			    " ON CONFLICT (identity) DO NOTHING",
			    "bbi", digest_span(identity), digest_span(content), (int64_t)r->now);

	*ret_new = result == 0 && db_changes(r->outbox->db) > 0;
	return result;
}

static int is_same_message(struct recall *r, const struct digest *identity,
			   const struct digest *content, bool *ret)
{
	struct db_rows rows;
	int result =
	    db_query(r->outbox->db, &rows, &r->err,
		     "SELECT content FROM messages WHERE identity = ?", "b", digest_span(identity));

	if (result < 0 || (result = db_next(&rows, &r->err)) < 0)
		return result;
	*ret = result > 0 && span_eq(db_blob(&rows, 0), digest_span(content));
	db_done(&rows);
	return 0;
}

static int recall_message(void *ctx, const struct digest *identity, const struct digest *content,
			  enum message_seen *ret, struct err *err)
{
	struct recall *r = ctx;
	bool is_new, same = false;

	if (r->err.code)
		return fail(r, -(int)r->err.code, err);
	int result = add_message(r, identity, content, &is_new);
	if (result == 0 && !is_new)
		result = is_same_message(r, identity, content, &same);
	if (result == 0)
		*ret = is_new ? MESSAGE_NEW : same ? MESSAGE_SAME : MESSAGE_CHANGED;
	return fail(r, result, err);
}

void recall_init(struct recall *r, struct outbox *o, struct bed_cache *beds,
		 struct visit_cache *visits, usec_t now)
{
	*r = (struct recall){
	    .outbox = o,
	    .beds = beds,
	    .visits = visits,
	    .now = now,
	    .memory = {.ctx = r,
		       .bed = recall_bed,
		       .visit = recall_visit,
		       .visit_put = recall_visit_put,
		       .message = recall_message},
	};
	memcpy(r->memory.key, o->key, sizeof(r->memory.key));
}
