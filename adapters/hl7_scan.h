/* Finding the few bytes that structure HL7, sixteen at a time where the machine can (SSE2, NEON
 * through the compiler's vectors is not needed: the plain loop is right everywhere). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define HL7_BLOCK_START 0x0B /* MLLP <SB> */
#define HL7_BLOCK_END	0x1C /* MLLP <EB> */

#define HL7_SCAN_STEP  16
#define HL7_SCAN_STEPS 4 /* that are looked at together, a line of the processor's cache */

/* Bit i: p[i] is c, for i below HL7_SCAN_STEP. */
static inline unsigned hl7_scan_equal(const char *p, char c)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
#else
	unsigned bits = 0;
	for (unsigned i = 0; i < HL7_SCAN_STEP; i++)
		bits |= (unsigned)(p[i] == c) << i;
	return bits;
#endif
}

/* The same for as many bytes as HL7_SCAN_STEPS hold. */
static inline uint64_t hl7_scan_equal_steps(const char *p, char c)
{
	const size_t step = HL7_SCAN_STEP;
	return (uint64_t)hl7_scan_equal(p, c) | (uint64_t)hl7_scan_equal(p + step, c) << step |
	       (uint64_t)hl7_scan_equal(p + 2 * step, c) << 2 * step |
	       (uint64_t)hl7_scan_equal(p + 3 * step, c) << 3 * step;
}

#ifdef __SSE2__
/* Over whole lines of the cache that hold no character up to HL7_BLOCK_END: in HL7 such a one
 * nearly always ends a segment, and of 64 bytes that is one question. */
static inline const char *hl7_scan_text(const char *p, const char *end)
{
	const __m128i most = _mm_set1_epi8(HL7_BLOCK_END);
	const ptrdiff_t line = (ptrdiff_t)HL7_SCAN_STEPS * HL7_SCAN_STEP;
	for (; end - p >= line; p += line) {
		const __m128i *v = (const __m128i *)(const void *)p;
		__m128i a = _mm_loadu_si128(v), b = _mm_loadu_si128(v + 1),
			c = _mm_loadu_si128(v + 2), d = _mm_loadu_si128(v + 3);
		__m128i least = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
		if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(least, most), least)))
			break;
	}
	return p;
}
#endif

/* The first CR, LF or MLLP block end in [p, end), or end. */
static inline const char *hl7_scan_line_end(const char *p, const char *end)
{
#ifdef __SSE2__
	p = hl7_scan_text(p, end);
	const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'),
		      eb = _mm_set1_epi8(HL7_BLOCK_END);
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		__m128i hit =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, cr), _mm_cmpeq_epi8(v, lf)),
				 _mm_cmpeq_epi8(v, eb));
		int mask = _mm_movemask_epi8(hit);
		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && *p != '\r' && *p != '\n' && *p != HL7_BLOCK_END)
		p++;
	return p;
}
