#include "store/audit_places.h"

#include <stdlib.h>
#include <string.h>

void places_done(struct places *p)
{
	free(p->runs);
	*p = (struct places){0};
}

/* The first run that ends at `place` or after it. */
static size_t find(const struct places *p, int64_t place)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->runs[middle].through < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct places *p, size_t at, int64_t place)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 16;
		p->runs = realloc(p->runs, p->cap * sizeof(p->runs[0]));
		if (!p->runs)
			abort();
	}
	memmove(&p->runs[at + 1], &p->runs[at], (p->n - at) * sizeof(p->runs[0]));
	p->runs[at] = (struct places_run){place, place};
	p->n++;
}

void places_add(struct places *p, int64_t place)
{
	size_t at = find(p, place);

	if (at < p->n && p->runs[at].from <= place)
		return;
	bool after = at > 0 && p->runs[at - 1].through == place - 1;
	bool ahead = at < p->n && p->runs[at].from == place + 1;
	if (after && ahead) {
		p->runs[at - 1].through = p->runs[at].through;
		memmove(&p->runs[at], &p->runs[at + 1], (p->n - at - 1) * sizeof(p->runs[0]));
		p->n--;
	} else if (after) {
		p->runs[at - 1].through = place;
	} else if (ahead) {
		p->runs[at].from = place;
	} else {
		insert(p, at, place);
	}
}

bool places_has(const struct places *p, int64_t place)
{
	size_t at = find(p, place);

	return at < p->n && p->runs[at].from <= place;
}

int64_t places_last(const struct places *p)
{
	return p->n ? p->runs[p->n - 1].through : 0;
}

bool places_hole(const struct places *p, int64_t from, int64_t last, int64_t *ret_from,
		 int64_t *ret_through)
{
	size_t at = find(p, from);

	if (at < p->n && p->runs[at].from <= from)
		from = p->runs[at++].through + 1;
	if (from > last)
		return false;
	*ret_from = from;
	*ret_through = at < p->n && p->runs[at].from - 1 < last ? p->runs[at].from - 1 : last;
	return true;
}

size_t places_vacant(const struct places *p, int64_t from, int64_t last, int64_t *ret, size_t max)
{
	int64_t through;
	size_t n = 0;

	while (n < max && places_hole(p, from, last, &from, &through))
		for (; n < max && from <= through; from++)
			ret[n++] = from;
	return n;
}
