/* BLAKE2b of LANES short texts at once (RFC 7693), for digest_four.c, which includes this once for
 * each number of lanes: of(name) is the name with that number. Not to be included by others. */

typedef uint64_t of(lanes) __attribute__((vector_size(LANES * sizeof(uint64_t))));

#ifndef SHUFFLED
#define SHUFFLED(v, n) SHIFTED(v, 8 * (n))
#endif

#define MIX(a, b, c, d, x, y)                                                                      \
	do {                                                                                       \
		v[a] += v[b] + m[x];                                                               \
		v[d] ^= v[a];                                                                      \
		v[d] = shuffles ? SHUFFLED(v[d], 4) : SHIFTED(v[d], 32);                           \
		v[c] += v[d];                                                                      \
		v[b] ^= v[c];                                                                      \
		v[b] = shuffles ? SHUFFLED(v[b], 3) : SHIFTED(v[b], 24);                           \
		v[a] += v[b] + m[y];                                                               \
		v[d] ^= v[a];                                                                      \
		v[d] = shuffles ? SHUFFLED(v[d], 2) : SHIFTED(v[d], 16);                           \
		v[c] += v[d];                                                                      \
		v[b] ^= v[c];                                                                      \
		v[b] = SHIFTED(v[b], 63);                                                          \
	} while (0)

/* RFC 7693 section 3.2; done: bytes hashed with this block. */
ALWAYS void of(compress)(of(lanes) h[STATE], const of(lanes) m[WORDS], const of(lanes) * done,
			 bool last, bool shuffles)
{
	of(lanes) v[2 * STATE];

	for (int i = 0; i < STATE; i++) {
		v[i] = h[i];
		v[STATE + i] = iv[i] - (of(lanes)){0};
	}
	v[12] ^= *done;
	if (last)
		v[14] = ~v[14];
#pragma GCC unroll 12
	for (int round = 0; round < ROUNDS; round++) {
		const uint8_t *s = sigma[round % 10];
		MIX(0, 4, 8, 12, s[0], s[1]);
		MIX(1, 5, 9, 13, s[2], s[3]);
		MIX(2, 6, 10, 14, s[4], s[5]);
		MIX(3, 7, 11, 15, s[6], s[7]);
		MIX(0, 5, 10, 15, s[8], s[9]);
		MIX(1, 6, 11, 12, s[10], s[11]);
		MIX(2, 7, 8, 13, s[12], s[13]);
		MIX(3, 4, 9, 14, s[14], s[15]);
	}
	for (int i = 0; i < STATE; i++)
		h[i] ^= v[i] ^ v[STATE + i];
}

/* A block of each, word by word beside each other. */
ALWAYS void of(take)(const uint8_t blocks[LANES][BLOCK], of(lanes) m[WORDS])
{
	for (size_t lane = 0; lane < LANES; lane++) {
		for (size_t i = 0; i < WORDS; i++) {
			uint64_t word;
			memcpy(&word, blocks[lane] + i * sizeof(word), sizeof(word));
			m[i][lane] = le64toh(word);
		}
	}
}

/* before: bytes that have been hashed into the state. */
ALWAYS void of(hash)(const uint64_t state[STATE], size_t before, const struct span texts[LANES],
		     struct digest ret[LANES], bool shuffles)
{
	uint8_t blocks[LANES][BLOCK] = {0};
	of(lanes) h[STATE], m[WORDS], done;

	for (size_t lane = 0; lane < LANES; lane++) {
		if (texts[lane].n)
			memcpy(blocks[lane], texts[lane].p, texts[lane].n);
		done[lane] = before + texts[lane].n;
	}
	for (int i = 0; i < STATE; i++)
		h[i] = state[i] - (of(lanes)){0};
	of(take)(blocks, m);
	of(compress)(h, m, &done, true, shuffles);
	for (size_t lane = 0; lane < LANES; lane++) {
		for (size_t i = 0; i < DIGEST_BYTES / sizeof(uint64_t); i++) {
			uint64_t word = htole64(h[i][lane]);
			memcpy(ret[lane].b + i * sizeof(word), &word, sizeof(word));
		}
	}
}

#undef MIX
#undef SHUFFLED
