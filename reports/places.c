/* A home has few places: they are looked through. */
#include "reports/places.h"

#include <stdlib.h>

void places_begin_home(struct places *p)
{
	p->first = p->n;
}

struct place *places_of(struct places *p, const struct home *h, const struct course_span *s)
{
	for (size_t i = p->first; i < p->n; i++)
		if (p->list[i]->care == s->care && span_eq(p->list[i]->ward, s->ward))
			return p->list[i];
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 64;
		p->list = reallocarray(p->list, p->cap, sizeof(struct place *));
		if (!p->list)
			abort();
	}
	struct place *made = arena_new(p->arena, struct place);
	*made = (struct place){.home = h,
			       .ward = s->ward.p ? arena_span(p->arena, s->ward) : s->ward,
			       .care = s->care};
	return p->list[p->n++] = made;
}

static int compare(const void *a, const void *b)
{
	const struct place *p = *(struct place *const *)a, *q = *(struct place *const *)b;
	int c = span_cmp(p->home->id, q->home->id);

	if (c == 0)
		c = span_cmp(p->ward, q->ward);
	return c ? c : (int)p->care - (int)q->care;
}

void places_sort(struct places *p)
{
	if (p->n > 0)
		qsort(p->list, p->n, sizeof(struct place *), compare);
}

void places_done(struct places *p)
{
	free(p->list);
}
