/* A failure of the database inside a callback that can only say yes or no sticks in struct recall,
 * and the intake refuses to commit. */
#include "outbox/recall.h"

#include <string.h>

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

	return !r->err.code && visits_get(r->outbox->visits, visit, r->now, ret, &r->err) > 0;
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
	return fail(r, visits_put(r->outbox->visits, visit, r->now, v, &r->err), err);
}

static int recall_message(void *ctx, const struct digest *identity, const struct digest *content,
			  enum message_seen *ret, struct err *err)
{
	struct recall *r = ctx;

	if (r->err.code)
		return fail(r, -(int)r->err.code, err);
	int result = messages_see(r->outbox->messages, identity, content, r->now, ret, &r->err);
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
	adapter_memory_set_key(&r->memory, o->key);
}
