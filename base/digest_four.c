/* Written with the compiler's vectors (digest_lanes.h), so that it is right on any machine and fast
 * where they are wide. The same code is compiled again for AVX2, and of eight lanes for AVX-512,
 * and chosen when the program runs. libsodium, which makes all other digests, has no such call;
 * tests hold the two to each other. */
#include "base/digest_four.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define BLOCK  DIGEST_SHORT_MAX
#define WORDS  16
#define STATE  8
#define ROUNDS 12

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

#define SHIFTED(v, n) ((v) >> (n) | (v) << (64 - (n)))

/* To the right by n whole bytes. Compilers see one instruction in the shuffle, and AVX2 has no
 * other; where it is none, or turning is one, shifts are better. */
#if defined(__has_builtin) && __has_builtin(__builtin_shufflevector) &&                            \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
typedef uint8_t octets __attribute__((vector_size(DIGEST_FOUR * sizeof(uint64_t))));
#define OF_WORD(w, n)                                                                              \
	(w) * 8 + (n) % 8, (w)*8 + ((n) + 1) % 8, (w)*8 + ((n) + 2) % 8, (w)*8 + ((n) + 3) % 8,    \
	    (w)*8 + ((n) + 4) % 8, (w)*8 + ((n) + 5) % 8, (w)*8 + ((n) + 6) % 8,                   \
	    (w)*8 + ((n) + 7) % 8
#define SHUFFLED(v, n)                                                                             \
	((lanes_of_four)__builtin_shufflevector((octets)(v), (octets)(v), OF_WORD(0, n),           \
						OF_WORD(1, n), OF_WORD(2, n), OF_WORD(3, n)))
#endif

#define LANES	 DIGEST_FOUR
#define of(name) name##_of_four
#include "base/digest_lanes.h"
#undef LANES
#undef of

#define LANES	 DIGEST_EIGHT
#define of(name) name##_of_eight
#include "base/digest_lanes.h"
#undef LANES
#undef of

static void four_plain(const uint64_t state[STATE], size_t before,
		       const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR])
{
	hash_of_four(state, before, texts, ret, false);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void four_avx2(const uint64_t state[STATE], size_t before,
						      const struct span texts[DIGEST_FOUR],
						      struct digest ret[DIGEST_FOUR])
{
	hash_of_four(state, before, texts, ret, true);
}

__attribute__((target("avx512f"))) static void eight_avx512(const uint64_t state[STATE],
							    const struct span texts[DIGEST_EIGHT],
							    struct digest ret[DIGEST_EIGHT])
{
	hash_of_eight(state, 0, texts, ret, false);
}
#endif

static void check(const struct span *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert(texts[i].n <= DIGEST_SHORT_MAX);
}

static void four(const uint64_t state[STATE], size_t before, const struct span texts[DIGEST_FOUR],
		 struct digest ret[DIGEST_FOUR])
{
	check(texts, DIGEST_FOUR);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		four_avx2(state, before, texts, ret);
		return;
	}
#endif
	four_plain(state, before, texts, ret);
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
	four(state, 0, texts, ret);
}

void digest_eight(const struct span texts[DIGEST_EIGHT], struct digest ret[DIGEST_EIGHT])
{
	uint64_t state[STATE];

	begin(state, 0);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f")) {
		check(texts, DIGEST_EIGHT);
		eight_avx512(state, texts, ret);
		return;
	}
#endif
	four(state, 0, texts, ret);
	four(state, 0, texts + DIGEST_FOUR, ret + DIGEST_FOUR);
}

struct digest_key digest_key_of(const uint8_t key[DIGEST_KEY_BYTES])
{
	uint8_t blocks[DIGEST_FOUR][BLOCK] = {0};
	struct digest_key ret;
	lanes_of_four h[STATE], m[WORDS], done = {BLOCK};

	begin(ret.state, DIGEST_KEY_BYTES);
	memcpy(blocks[0], key, DIGEST_KEY_BYTES);
	for (int i = 0; i < STATE; i++)
		h[i] = ret.state[i] - (lanes_of_four){0};
	take_of_four(blocks, m);
	compress_of_four(h, m, &done, false, false);
	for (int i = 0; i < STATE; i++)
		ret.state[i] = h[i][0];
	return ret;
}

void digest_four_keyed(const struct digest_key *key, const struct span texts[DIGEST_FOUR],
		       struct digest ret[DIGEST_FOUR])
{
	four(key->state, BLOCK, texts, ret);
}
