/* A census is measured against what the home knows of its beds, and against the last census of its
 * adapter: a bed that this one left out stays as it is, but many of them are an export that was
 * cut. A bed that the home does not know yet is no deviation: every first census is full of them.
 */
#include "outbox/census.h"

#include <string.h>

#include "outbox/handle.h"

static void note_change(struct census *c, const struct projected_bed *bed, const struct event *e)
{
	c->counts.changed++;
	if (c->n_changes == HOLD_BEDS_MAX)
		return;
	if (!c->changes)
		c->changes = arena_array(c->arena, struct hold_bed, HOLD_BEDS_MAX);
	c->changes[c->n_changes++] = (struct hold_bed){
	    arena_strndup(c->arena, e->bed_id.p, e->bed_id.n), bed->status, e->new_status};
}

int census_see(struct census *c, const struct projected_bed *bed, const struct event *e, usec_t now,
	       struct err *err)
{
	if (!c->outbox)
		return 0;
	int r = c->is_again ? hold_is_listed_since(c->outbox, &c->self, e->bed_id, err) : 0;
	if (r != 0)
		return r;
	bool moves = !projection_is_late(bed, e) && !projection_is_ahead(e, now);
	if (!bed->known)
		c->counts.added++;
	else if (moves && bed->status != e->new_status)
		note_change(c, bed, e);
	return hold_listed(c->outbox, &c->self, e->bed_id, err);
}

int census_end(struct census *c, struct err *err)
{
	uint64_t listed = 0;

	if (!c->outbox)
		return 0;
	int r = hold_count(c->outbox, &c->self, &listed, &c->counts.vanished, err);
	if (r == 0)
		c->counts.known =
		    c->counts.vanished + (listed > c->counts.added ? listed - c->counts.added : 0);
	return r;
}

void census_describe(const struct census *c, char *out, size_t size)
{
	const struct hold_counts *n = &c->counts;
	uint64_t by[BED_MAINTENANCE + 1][BED_MAINTENANCE + 1] = {{0}};
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const char *between = " (";

	buf_addf(&text, "%llu of %llu beds would change", (unsigned long long)n->changed,
		 (unsigned long long)n->known);
	for (size_t i = 0; i < c->n_changes; i++)
		by[c->changes[i].was][c->changes[i].becomes]++;
	for (size_t was = 0; was < ARRAY_LEN(by); was++)
		for (size_t is = 0; is < ARRAY_LEN(by); is++) {
			if (!by[was][is])
				continue;
			buf_addf(&text, "%s%llu %s to %s", between, (unsigned long long)by[was][is],
				 bed_status_name(was), bed_status_name(is));
			between = ", ";
		}
	buf_addf(&text, "%s, %llu are not in it, %llu are new", c->n_changes ? ")" : "",
		 (unsigned long long)n->vanished, (unsigned long long)n->added);
	(void)snprintf(out, size, "%s", text.p);
}

int census_hold(struct census *c, usec_t since, struct hold *ret, struct err *err)
{
	size_t n = c->n_changes, more = 0;

	if (!c->changes)
		c->changes = arena_array(c->arena, struct hold_bed, HOLD_BEDS_MAX);
	int r = hold_vanished(c->outbox, &c->self, c->arena, c->changes + n, HOLD_BEDS_MAX - n,
			      &more, err);
	*ret = (struct hold){
	    .since = since, .counts = c->counts, .beds = c->changes, .n_beds = n + more};
	return r;
}
