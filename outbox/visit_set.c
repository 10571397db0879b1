#include "outbox/visit_set.h"

#include <assert.h>
#include <stdlib.h>

static const struct digest_items like = {sizeof(struct kept_visit), sizeof(struct digest)};

static_assert(offsetof(struct kept_visit, visit) == 0, "what digest_table looks for");

void kept_bed_set(struct kept_bed *to, struct span bed)
{
	to->n = bed.p && bed.n <= IDENT_MAX ? (uint8_t)bed.n : VISIT_NO_BED;
	if (to->n != VISIT_NO_BED && to->n)
		memcpy(to->text, bed.p, bed.n);
}

struct span kept_bed_span(const struct kept_bed *b)
{
	return b->n == VISIT_NO_BED ? SPAN_NONE : span_of(b->text, b->n);
}

struct kept_visit *visit_set_find(const struct visit_set *s, const struct digest *visit)
{
	uint32_t place = s->n ? *digest_table_slot(&s->table, &like, s->visits, visit->b) : 0;

	return place ? &s->visits[place - 1] : NULL;
}

struct kept_visit *visit_set_add(struct visit_set *s, const struct digest *visit)
{
	s->visits = digest_table_room(&s->table, &like, s->visits, s->n);
	assert(s->visits);
	struct kept_visit *v = &s->visits[s->n++];
	*digest_table_slot(&s->table, &like, s->visits, visit->b) = (uint32_t)s->n;
	*v = (struct kept_visit){
	    .visit = *visit, .bed = {.n = VISIT_NO_BED}, .before = {.n = VISIT_NO_BED}};
	return v;
}

void visit_set_clear(struct visit_set *s)
{
	free(s->visits);
	digest_table_done(&s->table);
	*s = VISIT_SET_INIT;
}

static void write_bed(const struct kept_bed *b, struct buf *out)
{
	buf_addc(out, (char)b->n);
	buf_add(out, kept_bed_span(b));
}

void visit_write(const struct kept_visit *v, struct buf *out)
{
	buf_add(out, span_of((const char *)v->visit.b, sizeof(v->visit.b)));
	write_bed(&v->bed, out);
	write_bed(&v->before, out);
}

static bool read_bed(struct span *s, struct kept_bed *ret)
{
	uint8_t n = s->n ? (uint8_t)s->p[0] : 0;
	size_t chars = n == VISIT_NO_BED ? 0 : n;

	if (!s->n || chars > IDENT_MAX || s->n - 1 < chars)
		return false;
	kept_bed_set(ret, n == VISIT_NO_BED ? SPAN_NONE : span_of(s->p + 1, chars));
	*s = span_of(s->p + 1 + chars, s->n - 1 - chars);
	return true;
}

bool visit_read(struct visit_set *s, struct span *written, usec_t at)
{
	struct span rest = *written;
	struct digest visit;
	struct kept_bed bed, before;

	if (rest.n < sizeof(visit.b))
		return false;
	memcpy(visit.b, rest.p, sizeof(visit.b));
	rest = span_of(rest.p + sizeof(visit.b), rest.n - sizeof(visit.b));
	if (!read_bed(&rest, &bed) || !read_bed(&rest, &before))
		return false;
	struct kept_visit *v = visit_set_find(s, &visit);
	if (!v)
		v = visit_set_add(s, &visit);
	v->at = at;
	v->known = v->unmerged = true;
	v->bed = bed;
	v->before = before;
	*written = rest;
	return true;
}
