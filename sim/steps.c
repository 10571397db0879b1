#include "sim/steps.h"

void steps_add(struct sim_steps *s, struct sim_step step)
{
	if (s->n < s->max)
		s->p[s->n++] = step;
}

static bool are_bound(const struct sim_step *a, const struct sim_step *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (a->changes[i].bed == b->changes[k].bed)
				return true;
	return a->visit && a->visit == b->visit;
}

bool steps_disorder(struct sim_steps *s, struct sim_random *random)
{
	bool any = false;

	for (size_t k = 0; s->n > 1 && k < 2 * s->n; k++) {
		struct sim_step *at = &s->p[random_below(random, s->n - 1)], swap = at[0];
		if (are_bound(&at[0], &at[1]))
			continue;
		at[0] = at[1];
		at[1] = swap;
		any = true;
	}
	return any;
}

void steps_add_bad(struct sim_steps *s, struct sim_home *h, usec_t at)
{
	struct sim_step bad = home_bad(h, at);
	size_t place = random_below(&h->random, s->n + 1);

	steps_add(s, bad);
	for (size_t i = s->n - 1; i > place; i--)
		s->p[i] = s->p[i - 1];
	s->p[place] = bad;
}

void steps_freeze(const struct sim_steps *s, struct sim_home *h, uint64_t until)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->p[i].n; k++)
			h->beds[s->p[i].changes[k].bed].frozen = until;
}
