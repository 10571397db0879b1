/* Written with the compiler's vectors, so that it is right on any machine and fast where they are
 * wide. The same code is compiled a second time for AVX2, and chosen when the program runs.
 * libsodium, which makes all other digests, has no such call; tests hold the two to each other. */
#include "base/digest_four.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define BLOCK  DIGEST_SHORT_MAX
#define WORDS  16
#define STATE  8
#define ROUNDS 12

typedef uint64_t lanes __attribute__((vector_size(DIGEST_FOUR * sizeof(uint64_t))));

static const uint64_t iv[STATE] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const uint8_t sigma[10][WORDS] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

#define ALWAYS static inline __attribute__((always_inline))

#define ROTATE(v, n) ((v) >> (n) | (v) << (64 - (n)))

/* To the right by n whole bytes. Compilers see one instruction in the shuffle,
 * not in the shifts. */
#if defined(__has_builtin) && __has_builtin(__builtin_shufflevector) &&                            \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
typedef uint8_t octets __attribute__((vector_size(sizeof(lanes))));
#define OF_WORD(w, n)                                                                              \
	(w) * 8 + (n) % 8, (w)*8 + ((n) + 1) % 8, (w)*8 + ((n) + 2) % 8, (w)*8 + ((n) + 3) % 8,    \
	    (w)*8 + ((n) + 4) % 8, (w)*8 + ((n) + 5) % 8, (w)*8 + ((n) + 6) % 8,                   \
	    (w)*8 + ((n) + 7) % 8
#define ROTATE_BYTES(v, n)                                                                         \
	((lanes)__builtin_shufflevector((octets)(v), (octets)(v), OF_WORD(0, n), OF_WORD(1, n),    \
					OF_WORD(2, n), OF_WORD(3, n)))
#else
#define ROTATE_BYTES(v, n) ROTATE(v, (n)*8)
#endif

#define MIX(a, b, c, d, x, y)                                                                      \
	do {                                                                                       \
		v[a] += v[b] + m[x];                                                               \
		v[d] = ROTATE_BYTES(v[d] ^ v[a], 4);                                               \
		v[c] += v[d];                                                                      \
		v[b] = ROTATE_BYTES(v[b] ^ v[c], 3);                                               \
		v[a] += v[b] + m[y];                                                               \
		v[d] = ROTATE_BYTES(v[d] ^ v[a], 2);                                               \
		v[c] += v[d];                                                                      \
		v[b] = ROTATE(v[b] ^ v[c], 63);                                                    \
	} while (0)

/* RFC 7693 section 3.2; done: bytes hashed with this block. */
ALWAYS void compress(lanes h[STATE], const lanes m[WORDS], const lanes *done, bool last)
{
	lanes v[2 * STATE];

	for (int i = 0; i < STATE; i++) {
		v[i] = h[i];
		v[STATE + i] = iv[i] - (lanes){0};
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

/* Four blocks, word by word beside each other. */
ALWAYS void take(const uint8_t blocks[DIGEST_FOUR][BLOCK], lanes m[WORDS])
{
	for (size_t lane = 0; lane < DIGEST_FOUR; lane++) {
		for (size_t i = 0; i < WORDS; i++) {
			uint64_t word;
			memcpy(&word, blocks[lane] + i * sizeof(word), sizeof(word));
			m[i][lane] = le64toh(word);
		}
	}
}

/* before: bytes that have been hashed into the state. */
ALWAYS void hash(const uint64_t state[STATE], size_t before, const struct span texts[DIGEST_FOUR],
		 struct digest ret[DIGEST_FOUR])
{
	uint8_t blocks[DIGEST_FOUR][BLOCK] = {0};
	lanes h[STATE], m[WORDS], done;

	for (size_t lane = 0; lane < DIGEST_FOUR; lane++) {
		if (texts[lane].n)
			memcpy(blocks[lane], texts[lane].p, texts[lane].n);
		done[lane] = before + texts[lane].n;
	}
	for (int i = 0; i < STATE; i++)
		h[i] = state[i] - (lanes){0};
	take(blocks, m);
	compress(h, m, &done, true);
	for (size_t lane = 0; lane < DIGEST_FOUR; lane++) {
		for (size_t i = 0; i < DIGEST_BYTES / sizeof(uint64_t); i++) {
			uint64_t word = htole64(h[i][lane]);
			memcpy(ret[lane].b + i * sizeof(word), &word, sizeof(word));
		}
	}
}

static void hash_plain(const uint64_t state[STATE], size_t before,
		       const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR])
{
	hash(state, before, texts, ret);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void hash_avx2(const uint64_t state[STATE], size_t before,
						      const struct span texts[DIGEST_FOUR],
						      struct digest ret[DIGEST_FOUR])
{
	hash(state, before, texts, ret);
}
#endif

static void hash_best(const uint64_t state[STATE], size_t before,
		      const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR])
{
	for (size_t lane = 0; lane < DIGEST_FOUR; lane++)
		assert(texts[lane].n <= DIGEST_SHORT_MAX);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		hash_avx2(state, before, texts, ret);
		return;
	}
#endif
	hash_plain(state, before, texts, ret);
}

/* Its parameters: no tree, and the sizes of digest and key. */
static void begin(uint64_t state[STATE], size_t key_bytes)
{
	memcpy(state, iv, sizeof(iv));
	state[0] ^= 0x01010000 ^ key_bytes << 8 ^ DIGEST_BYTES;
}

void digest_four(const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR])
{
	uint64_t state[STATE];

	begin(state, 0);
	hash_best(state, 0, texts, ret);
}

struct digest_key digest_key_of(const uint8_t key[DIGEST_KEY_BYTES])
{
	uint8_t blocks[DIGEST_FOUR][BLOCK] = {0};
	struct digest_key ret;
	lanes h[STATE], m[WORDS], done = {BLOCK};

	begin(ret.state, DIGEST_KEY_BYTES);
	memcpy(blocks[0], key, DIGEST_KEY_BYTES);
	for (int i = 0; i < STATE; i++)
		h[i] = ret.state[i] - (lanes){0};
	take(blocks, m);
	compress(h, m, &done, false);
	for (int i = 0; i < STATE; i++)
		ret.state[i] = h[i][0];
	return ret;
}

void digest_four_keyed(const struct digest_key *key, const struct span texts[DIGEST_FOUR],
		       struct digest ret[DIGEST_FOUR])
{
	hash_best(key->state, BLOCK, texts, ret);
}
