/* What one file tells, and what can be wrong with it without changing where it ends. */
#pragma once

#include "sim/home.h"

struct sim_steps {
	struct sim_step *p;
	size_t n, max;
};

void steps_add(struct sim_steps *s, struct sim_step step); /* beyond max: left out */
/* Neighbours change places, as long as they are about different beds and visits. Did any? */
bool steps_disorder(struct sim_steps *s, struct sim_random *random);
/* A record that nobody can read, somewhere among the others. */
void steps_add_bad(struct sim_steps *s, struct sim_home *h, usec_t at);
/* Nothing happens to these beds before the home's file of that number. */
void steps_freeze(const struct sim_steps *s, struct sim_home *h, uint64_t until);
