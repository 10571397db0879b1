#include "adapters/hl7_memory.h"

#include <string.h>

/* What it says, whatever its line ends. Keyed, for it holds a patient. */
static struct digest content_of(const struct hl7_record *x)
{
	const struct hl7_message *m = x->message;
	struct digest_stream d;
	digest_begin(&d);
	digest_add(&d, span_of((const char *)x->setup->memory->key, DIGEST_KEY_BYTES));
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct hl7_segment *s = &m->segments[i];
		digest_add(&d, span_trim(span_of(m->bytes.p + s->start, s->length)));
		digest_add(&d, SPAN("\r"));
	}
	return digest_end(&d);
}

int hl7_memory_seen(struct hl7_record *x, enum message_seen *ret, struct err *err)
{
	const struct adapter_memory *memory = x->setup->memory;
	*ret = MESSAGE_NEW;
	if (!x->adt.has_identity)
		return 0;
	struct digest identity = x->adt.identity, content = content_of(x);
	int r = memory->message(memory->ctx, &identity, &content, ret, err);
	if (r < 0 || *ret != MESSAGE_CHANGED)
		return r;
	/* The memory keeps one content for an identity. Of those that share it, each is remembered
	 * by its content too: read twice they are duplicates like any other. */
	struct digest each = digest_of(
	    span_of((const char *)(struct digest[]){identity, content}, 2 * sizeof(struct digest)));
	enum message_seen seen;
	r = memory->message(memory->ctx, &each, &content, &seen, err);
	if (r >= 0 && seen == MESSAGE_SAME)
		*ret = MESSAGE_SAME;
	return r;
}

/* As it was kept: a bed that is only promised stands in both places. */
static struct visit_memory kept(const struct hl7_record *x)
{
	if (x->adt.promised.n)
		return (struct visit_memory){x->adt.promised, x->adt.promised};
	return x->adt.remembered;
}

static struct span bed_of(const struct hl7_record *x, int which, struct span now)
{
	if (which == HL7_BED_NONE || (which == HL7_BED_GIVEN_UP && span_eq(now, x->beds[0])))
		return SPAN_NONE;
	return which < 0 || !x->beds[which].p ? now : x->beds[which];
}

/* A tombstone that this message leaves; else the one that it found,
 * where it needs no other room. */
static struct span before_of(const struct hl7_record *x, const struct hl7_visit_change *c,
			     struct span bed, struct span tombstone)
{
	struct span before = bed_of(x, c->before, kept(x).before);
	/* One that did not leave its bed is not promised it. */
	if (c->before >= 0 && c->before != c->bed && span_eq(before, bed))
		before = SPAN_NONE;
	bool own = memcmp(&c->visit, &x->adt.visit, sizeof(c->visit)) == 0;
	if (!own || (before.n && !tombstone.n))
		return before;
	return tombstone.n ? tombstone : x->adt.tombstone;
}

int hl7_memory_visits(struct hl7_record *x, struct span tombstone, struct err *err)
{
	const struct adapter_memory *memory = x->setup->memory;
	struct visit_memory was = kept(x);
	/* A message that changed no bed did not move the visit either. */
	if (tombstone.n && (x->n == 0 || x->adt.n_visits == 0))
		return memory->visit_put(memory->ctx, &x->adt.visit,
					 &(struct visit_memory){was.bed, tombstone}, err);
	for (size_t i = 0; memory && x->n && i < x->adt.n_visits; i++) {
		const struct hl7_visit_change *c = &x->adt.visits[i];
		struct visit_memory v = {.bed = bed_of(x, c->bed, was.bed)};
		v.before = before_of(x, c, v.bed, tombstone);
		int r = memory->visit_put(memory->ctx, &c->visit, &v, err);
		if (r < 0)
			return r;
	}
	return 0;
}

bool hl7_memory_leaves_a_bed(const struct hl7_record *x)
{
	struct span bed = kept(x).bed;
	if (!bed.n || x->adt.n_visits == 0 || x->adt.visits[0].bed == HL7_BED_KEEP ||
	    x->adt.visits[0].bed == HL7_BED_GIVEN_UP)
		return false;
	for (size_t i = 0; i < x->adt.n; i++)
		if (span_eq(bed, x->beds[i]))
			return false;
	return true;
}
