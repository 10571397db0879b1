/* Random numbers that are the same on every machine: xoshiro256** seeded through splitmix64. Not
 * for secrets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
	uint64_t s[4];
};

struct sim_random random_seeded(uint64_t seed, uint64_t stream); /* streams of one seed differ */
uint64_t random_next(struct sim_random *r);
size_t random_below(struct sim_random *r, size_t n); /* 0 … n - 1; n > 0 */
bool random_percent(struct sim_random *r, unsigned percent);
