#include "base/span.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool span_eq_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	if (span_eq(a, b))
		return true;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_eq(span_of(s.p, prefix.n), prefix);
}

bool span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n &&
	       (s.n == 0 || span_eq(span_of(s.p + (s.n - suffix.n), suffix.n), suffix));
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span span_trim_spaces(struct span s)
{
	while (s.n && is_space(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool span_cut(struct span *rest, char sep, struct span *ret_part)
{
	if (!rest->p)
		return false;
	const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	if (!at) {
		*ret_part = *rest;
		*rest = SPAN_NONE;
		return true;
	}
	*ret_part = span_of(rest->p, (size_t)(at - rest->p));
	*rest = span_of(at + 1, rest->n - ret_part->n - 1);
	return true;
}

bool span_to_u64(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool span_in_list(struct span s, const char *list)
{
	struct span rest = span_str(list), item;

	while (span_cut(&rest, ',', &item))
		if (span_eq(item, s))
			return true;
	return false;
}

bool span_to_i64(struct span s, int64_t *ret)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t v;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = span_of(s.p + 1, s.n - 1);
	if (!span_to_u64(s, &v) || v > (uint64_t)INT64_MAX + minus)
		return false;
	*ret = minus ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

/* Plain decimal numbers only: digits, one point, a sign. strtod would take the locale's comma, hex
 * and "nan". */
bool span_to_double(struct span s, double *ret)
{
	char text[64];
	bool digit = false, point = false;

	if (!s.n || s.n >= sizeof(text))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c >= '0' && c <= '9')
			digit = true;
		else if (c == '.' && !point)
			point = true;
		else if (!(i == 0 && (c == '-' || c == '+')))
			return false;
	}
	if (!digit)
		return false;
	double whole = 0, scale = 1;
	bool after = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			after = true;
		} else if (isdigit((unsigned char)s.p[i])) {
			whole = whole * 10 + (s.p[i] - '0');
			if (after)
				scale *= 10;
		}
	}
	*ret = (s.p[0] == '-' ? -whole : whole) / scale;
	return true;
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629 section 4), 0 if there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	unsigned char lo = 0x80, hi = 0xBF;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		len = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		len = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		len = 4;
	else
		return 0;
	if (p[0] == 0xE0)
		lo = 0xA0;
	else if (p[0] == 0xED)
		hi = 0x9F;
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return len;
}

/* How many bytes from `from` on are ASCII for certain, in steps of 64. */
static size_t ascii_run(const char *p, size_t from, size_t n)
{
	size_t i = from;

#ifdef __SSE2__
	for (; n - i >= 64; i += 64) {
		const __m128i *v = (const __m128i *)(const void *)(p + i);
		__m128i low = _mm_or_si128(_mm_loadu_si128(v), _mm_loadu_si128(v + 1));
		__m128i high = _mm_or_si128(_mm_loadu_si128(v + 2), _mm_loadu_si128(v + 3));
		if (_mm_movemask_epi8(_mm_or_si128(low, high)))
			break;
	}
#else
	for (; n - i >= 64; i += 64) {
		uint64_t words[8], all = 0;
		memcpy(words, p + i, sizeof(words));
		for (size_t k = 0; k < 8; k++)
			all |= words[k];
		if (all & 0x8080808080808080ULL)
			break;
	}
#endif
	return i - from;
}

bool span_is_ascii(struct span s)
{
	unsigned char all = 0;

	for (size_t i = ascii_run(s.p, 0, s.n); i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return all < 0x80;
}

bool span_is_utf8(struct span s, size_t *ret_bad)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = ascii_run(s.p, 0, s.n);

	while (i < s.n) {
		uint64_t eight;
		if (s.n - i >= 8 && (memcpy(&eight, p + i, 8), !(eight & 0x8080808080808080ULL))) {
			i += 8;
			i += ascii_run(s.p, i, s.n);
			continue;
		}
		size_t len = utf8_sequence(p + i, s.n - i);
		if (!len) {
			if (ret_bad)
				*ret_bad = i;
			return false;
		}
		i += len;
	}
	return true;
}

size_t span_utf8_whole(struct span s)
{
	/* Only the last three bytes can begin a sequence that wants more bytes than are left. */
	for (size_t back = 1; back <= 3 && back <= s.n; back++) {
		unsigned char c = (unsigned char)s.p[s.n - back];
		size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
		if ((c & 0xC0) != 0x80)
			return len > back ? s.n - back : s.n;
	}
	return s.n;
}

uint64_t span_hash(struct span s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3ULL;
	return h;
}
