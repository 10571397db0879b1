#include "sim/random.h"

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

struct sim_random random_seeded(uint64_t seed, uint64_t stream)
{
	uint64_t x = seed;
	struct sim_random r;

	x = splitmix(&x) ^ stream;
	for (int i = 0; i < 4; i++)
		r.s[i] = splitmix(&x);
	return r;
}

uint64_t random_next(struct sim_random *r)
{
	uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

/* The top bits scaled: for the small n here the bias is far below anything a simulation shows. */
size_t random_below(struct sim_random *r, size_t n)
{
	return (size_t)(((unsigned __int128)random_next(r) * n) >> 64);
}

bool random_percent(struct sim_random *r, unsigned percent)
{
	return random_below(r, 100) < percent;
}
