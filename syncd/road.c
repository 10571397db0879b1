/* Only the most preferred road is probed: with a handful of roads a second-best one is found again
 * by the failures of what carries, and a probe of every road would be a batch late each time. */
#include "syncd/road.h"

void road_init(struct road *r, size_t n, unsigned after)
{
	*r = (struct road){.n = n, .after = after ? after : 1};
}

/* Exponential with half jitter: a probe takes a batch's time, so it never comes at once. */
static usec_t probe_wait(unsigned failed, uint64_t random)
{
	usec_t top = ROAD_PROBE_BASE;

	for (unsigned i = 0; i < failed && top < ROAD_PROBE_CAP; i++)
		top *= 2;
	if (top > ROAD_PROBE_CAP)
		top = ROAD_PROBE_CAP;
	return top / 2 + (usec_t)(((unsigned __int128)random * (uint64_t)(top / 2 + 1)) >> 64);
}

size_t road_choose(struct road *r, usec_t now)
{
	r->used = r->current > 0 && now >= r->probe_at ? 0 : r->current;
	return r->used;
}

static void carry(struct road *r, size_t which)
{
	r->current = which;
	r->failures = 0;
}

enum road_effect road_answered(struct road *r)
{
	bool changed = r->used != r->current;

	r->in_vain = 0;
	carry(r, r->used);
	if (r->current == 0)
		r->probes = 0;
	return changed ? ROAD_CHANGED : ROAD_STAYS;
}

enum road_effect road_failed(struct road *r, usec_t now, bool leave, uint64_t random)
{
	if (r->used != r->current) {
		r->probes++;
		r->probe_at = now + probe_wait(r->probes, random);
		return ROAD_PROBED;
	}
	r->failures++;
	if (r->n < 2 || (r->failures < r->after && !leave))
		return ROAD_STAYS;
	carry(r, (r->current + 1) % r->n);
	r->in_vain++;
	if (r->current > 0)
		r->probe_at = now + probe_wait(r->probes, random);
	return ROAD_CHANGED;
}

bool road_is_fresh(const struct road *r)
{
	return r->in_vain < r->n;
}

void road_probe_soon(struct road *r, usec_t now)
{
	r->probe_at = now;
	r->probes = 0;
}
