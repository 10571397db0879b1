/* The fold is a table and not ICU's transliteration: an identifier must stay the same for ever,
 * whatever version of a library reads the file. */
#include "bed/ident.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cleanup.h"

#define STEP 16

#define FOLD_FIRST 0xC0
#define FOLD_LAST  0x17F

/* U+00C0 to U+017F; NULL: no Latin letter (× and ÷). */
static const char *const fold[FOLD_LAST - FOLD_FIRST + 1] = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c",	"e", "e", "e", "e", "i", "i", "i",  "i",  /* C0 */
    "d", "n", "o",  "o",  "o", "o", "o",  NULL, "o", "u", "u", "u", "u", "y", "th", "ss", /* D0 */
    "a", "a", "a",  "a",  "a", "a", "ae", "c",	"e", "e", "e", "e", "i", "i", "i",  "i",  /* E0 */
    "d", "n", "o",  "o",  "o", "o", "o",  NULL, "o", "u", "u", "u", "u", "y", "th", "y",  /* F0 */
    "a", "a", "a",  "a",  "a", "a", "c",  "c",	"c", "c", "c", "c", "c", "c", "d",  "d",  /* 100 */
    "d", "d", "e",  "e",  "e", "e", "e",  "e",	"e", "e", "e", "e", "g", "g", "g",  "g",  /* 110 */
    "g", "g", "g",  "g",  "h", "h", "h",  "h",	"i", "i", "i", "i", "i", "i", "i",  "i",  /* 120 */
    "i", "i", "ij", "ij", "j", "j", "k",  "k",	"k", "l", "l", "l", "l", "l", "l",  "l",  /* 130 */
    "l", "l", "l",  "n",  "n", "n", "n",  "n",	"n", "n", "n", "n", "o", "o", "o",  "o",  /* 140 */
    "o", "o", "oe", "oe", "r", "r", "r",  "r",	"r", "r", "s", "s", "s", "s", "s",  "s",  /* 150 */
    "s", "s", "t",  "t",  "t", "t", "t",  "t",	"u", "u", "u", "u", "u", "u", "u",  "u",  /* 160 */
    "u", "u", "u",  "u",  "w", "w", "y",  "y",	"y", "z", "z", "z", "z", "z", "z",  "s",  /* 170 */
};

/* A table rather than comparisons: every event passes its identifiers through here. */
enum { WORD = 1, INSIDE = 2, CAPITAL = 4 };
static const uint8_t kinds[256] = {
    ['a' ... 'z'] = WORD | INSIDE,
    ['0' ... '9'] = WORD | INSIDE,
    ['_'] = INSIDE,
    ['.'] = INSIDE,
    ['-'] = INSIDE,
    ['A' ... 'Z'] = CAPITAL,
};

static uint8_t kind_of(char c)
{
	return kinds[(unsigned char)c];
}

static bool is_word(char c)
{
	return kind_of(c) & WORD;
}

#ifdef __SSE2__
static __m128i in_range(__m128i v, char first, char last)
{
	return _mm_cmpeq_epi8(
	    _mm_min_epu8(_mm_max_epu8(v, _mm_set1_epi8(first)), _mm_set1_epi8(last)), v);
}

/* Are all sixteen words or marks? */
static bool all_valid(__m128i v)
{
	__m128i words = _mm_or_si128(in_range(v, 'a', 'z'), in_range(v, '0', '9')),
		marks = _mm_or_si128(in_range(v, '-', '.'), _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
	return _mm_movemask_epi8(_mm_or_si128(words, marks)) == 0xFFFF;
}

/* Of a longer one: sixteen at a time, the last ones up to its end. */
static bool is_long_valid(struct span s)
{
	for (size_t i = 0; i + STEP < s.n; i += STEP)
		if (!all_valid(_mm_loadu_si128((const __m128i *)(const void *)(s.p + i))))
			return false;
	return all_valid(_mm_loadu_si128((const __m128i *)(const void *)(s.p + s.n - STEP)));
}

/* Of eight to sixteen: its first eight and its last eight. */
static bool is_short_valid(struct span s)
{
	long long first, last;

	memcpy(&first, s.p, sizeof(first));
	memcpy(&last, s.p + s.n - sizeof(last), sizeof(last));
	return all_valid(_mm_set_epi64x(last, first));
}
#endif

_hot_ bool ident_is_valid(struct span s)
{
	if (s.n == 0 || s.n > IDENT_MAX || !is_word(s.p[0]))
		return false;
#ifdef __SSE2__
	if (s.n >= STEP)
		return is_long_valid(s);
	if (s.n >= STEP / 2)
		return is_short_valid(s);
#endif
	uint8_t all = INSIDE;
	for (size_t i = 1; i < s.n; i++)
		all &= kind_of(s.p[i]);
	return all != 0;
}

static bool is_prefixed(struct span s, struct span prefix)
{
	return s.n > prefix.n && span_starts(s, prefix) && ident_is_valid(s);
}

bool ident_is_facility(struct span s)
{
	return is_prefixed(s, SPAN("fac_"));
}

bool ident_is_region(struct span s)
{
	return is_prefixed(s, SPAN("reg_"));
}

/* Takes one code point of valid UTF-8 off *s. */
static uint32_t next_code_point(struct span *s)
{
	unsigned char c = (unsigned char)s->p[0];
	size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	uint32_t cp = len == 1 ? c : c & (0xFFu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		cp = cp << 6 | ((unsigned char)s->p[i] & 0x3F);
	*s = span_of(s->p + len, s->n - len);
	return cp;
}

/* What a code point becomes: letters and digits, or NULL for a separator. */
static const char *folded(uint32_t cp, char one[2])
{
	if (cp >= FOLD_FIRST && cp <= FOLD_LAST)
		return fold[cp - FOLD_FIRST];
	if (cp == 0x1E9E) /* capital sharp s */
		return "ss";
	one[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + 32 : cp);
	one[1] = '\0';
	return cp < 0x80 && is_word(one[0]) ? one : NULL;
}

/* An identifier that is being made. */
struct ident {
	char p[IDENT_MAX];
	size_t n;
	char separator; /* what the run of separators so far becomes */
};

static bool put(struct ident *to, const char *text, size_t n)
{
	size_t lead = to->separator && to->n ? 1 : 0;

	if (to->n + lead + n > sizeof(to->p))
		return false;
	if (lead)
		to->p[to->n++] = to->separator;
	to->separator = '\0';
	for (size_t i = 0; i < n; i++)
		to->p[to->n++] = text[i];
	return true;
}

/* What a run of separators becomes with one more. */
static char separator_with(char separator, uint32_t cp)
{
	return (char)(!separator && (cp == '.' || cp == '-') ? cp : '_');
}

static void separate(struct ident *to, uint32_t cp)
{
	to->separator = separator_with(to->separator, cp);
}

static bool put_code_point(struct ident *to, uint32_t cp)
{
	char one[2];

	if (cp >= 0x300 && cp <= 0x36F) /* a combining mark belongs to the letter before it */
		return true;
	const char *text = folded(cp, one);
	if (text)
		return put(to, text, strlen(text));
	separate(to, cp);
	return true;
}

static bool put_all(struct ident *to, struct span s)
{
	bool fits = span_is_utf8(s, NULL);

	while (s.n && fits)
		fits = put_code_point(to, next_code_point(&s));
	return fits;
}

/* Of ASCII alone, which never becomes longer: `to` has as much room. False: it is not. */
static bool fold_ascii(struct span s, char *to, size_t *ret_n)
{
	char separator = '\0';
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (kind_of(c) & (WORD | CAPITAL)) {
			if (separator && n)
				to[n++] = separator;
			separator = '\0';
			to[n++] = (char)(c | 0x20); /* digits and small letters have this bit */
		} else if ((unsigned char)c < 0x80) {
			separator = separator_with(separator, (unsigned char)c);
		} else {
			return false;
		}
	}
	*ret_n = n;
	return true;
}

#ifdef __SSE2__
#define SHORT ((size_t)2 * STEP)

/* Sixteen bytes folded, and which of them are words, which are not ASCII: a bit for each. */
struct folded {
	__m128i out;
	uint32_t words, beyond;
};

static struct folded fold_step(__m128i v)
{
	__m128i bit = _mm_and_si128(in_range(v, 'A', 'Z'), _mm_set1_epi8(0x20)),
		low = _mm_or_si128(v, bit),
		word = _mm_or_si128(in_range(low, 'a', 'z'), in_range(low, '0', '9')),
		stays = _mm_or_si128(word, in_range(low, '-', '.')),
		out = _mm_or_si128(_mm_and_si128(stays, low),
				   _mm_andnot_si128(stays, _mm_set1_epi8('_')));

	return (struct folded){out, (uint32_t)_mm_movemask_epi8(word),
			       (uint32_t)_mm_movemask_epi8(v)};
}

/* Of sixteen bytes or more: the first and the last sixteen. */
static uint32_t fold_long(struct span s, char *to, uint32_t *ret_beyond)
{
	const size_t at = s.n - STEP;
	struct folded first = fold_step(_mm_loadu_si128((const __m128i *)(const void *)s.p)),
		      last = fold_step(_mm_loadu_si128((const __m128i *)(const void *)(s.p + at)));

	_mm_storeu_si128((__m128i *)(void *)to, first.out);
	_mm_storeu_si128((__m128i *)(void *)(to + at), last.out);
	*ret_beyond = first.beyond | last.beyond;
	return first.words | last.words << at;
}

/* Of fewer: the first and the last eight. */
static uint32_t fold_half(struct span s, char *to, uint32_t *ret_beyond)
{
	const size_t at = s.n - STEP / 2;
	long long first, last;

	memcpy(&first, s.p, sizeof(first));
	memcpy(&last, s.p + at, sizeof(last));
	struct folded f = fold_step(_mm_set_epi64x(last, first));
	_mm_storel_epi64((__m128i *)(void *)to, f.out);
	_mm_storel_epi64((__m128i *)(void *)(to + at), _mm_unpackhi_epi64(f.out, f.out));
	*ret_beyond = f.beyond;
	return (f.words & 0xFF) | f.words >> 8 << at;
}

/* As fold_ascii(), at once; false also of a very short text, and where separators stand at an end
 * or beside each other. */
static bool fold_short(struct span s, char *to)
{
	uint32_t beyond, words, all = UINT32_MAX >> (SHORT - s.n);

	if (s.n < STEP / 2)
		return false;
	words = s.n < STEP ? fold_half(s, to, &beyond) : fold_long(s, to, &beyond);
	uint32_t separators = ~words & all;
	return !beyond && !(separators & separators >> 1) && words & 1 && words >> (s.n - 1) & 1;
}
#else
#define SHORT 0
static bool fold_short(struct span s _unused_, char *to _unused_)
{
	return false;
}
#endif

static struct span fold_any(struct arena *a, struct span s)
{
	struct ident to = {.n = 0};

	return put_all(&to, s) && to.n ? arena_span(a, span_of(to.p, to.n)) : SPAN_NONE;
}

/* Nearly always it is short, and all of it is ASCII. */
_hot_ struct span ident_make(struct arena *a, struct span s)
{
	size_t n = s.n;

	if (n > IDENT_MAX)
		return fold_any(a, s);
	char *to = arena_alloc(a, n + 1);
	bool folded = n && n <= SHORT && fold_short(s, to);
	if (!folded && !fold_ascii(s, to, &n))
		return fold_any(a, s);
	to[n] = '\0';
	return n ? span_of(to, n) : SPAN_NONE;
}
