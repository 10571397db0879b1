/* ICU knows the letters and the languages' orders. A text is folded letter by letter: marks fall
 * away, so the order in which they stand after a decomposition does not matter. */
#include "base/fold.h"

#include <string.h>

#include <unicode/ucol.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/buf.h"

#define DECOMPOSED_MAX 32 /* UTF-16 units of one letter */

struct fold_order {
	UCollator *collator;
};

static void add_letter(UChar32 c, struct buf *out)
{
	uint8_t bytes[U8_MAX_LENGTH];
	int32_t n = 0;

	if (U_GET_GC_MASK(c) & U_GC_M_MASK)
		return;
	U8_APPEND_UNSAFE(bytes, n, c);
	buf_add(out, span_of((const char *)bytes, (size_t)n));
}

static void add_folded(const UNormalizer2 *nfd, UChar32 c, struct buf *out)
{
	UChar parts[DECOMPOSED_MAX];
	UErrorCode status = U_ZERO_ERROR;

	c = u_tolower(c);
	if (c == 0xe6 /* æ */ || c == 0xf8 /* ø */) {
		buf_adds(out, c == 0xe6 ? "ae" : "o");
		return;
	}
	int32_t n = nfd ? unorm2_getDecomposition(nfd, c, parts, DECOMPOSED_MAX, &status) : -1;
	if (n < 0 || U_FAILURE(status)) {
		add_letter(c, out);
		return;
	}
	for (int32_t i = 0; i < n;) {
		U16_NEXT(parts, i, n, c);
		add_letter(c, out);
	}
}

struct span fold_text(struct span s, struct arena *a)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int32_t i = 0;
	UChar32 c;

	while (i < (int32_t)s.n) {
		U8_NEXT_OR_FFFD((const uint8_t *)s.p, i, (int32_t)s.n, c);
		add_folded(nfd, c, &b);
	}
	return arena_span(a, buf_span(&b));
}

static bool is_of_a_word(UChar32 c)
{
	return c == '.' || c == '-' || U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK);
}

size_t fold_words(struct span s, struct span *ret, size_t max)
{
	int32_t i = 0, at, begin = -1;
	size_t n = 0;
	UChar32 c;

	while (n < max && (size_t)i < s.n) {
		at = i;
		U8_NEXT_OR_FFFD((const uint8_t *)s.p, i, (int32_t)s.n, c);
		if (!is_of_a_word(c) && begin >= 0)
			ret[n++] = span_of(s.p + begin, (size_t)(at - begin));
		begin = !is_of_a_word(c) ? -1 : begin < 0 ? at : begin;
	}
	if (n < max && begin >= 0)
		ret[n++] = span_of(s.p + begin, s.n - (size_t)begin);
	return n;
}

bool fold_has(struct span folded, struct span word)
{
	return !word.n || memmem(folded.p, folded.n, word.p, word.n);
}

/* ---- order ---- */

int fold_order_open(const char *language, struct fold_order **ret, struct err *err)
{
	UErrorCode status = U_ZERO_ERROR;
	UCollator *collator = ucol_open(language, &status);

	if (U_SUCCESS(status))
		ucol_setAttribute(collator, UCOL_NUMERIC_COLLATION, UCOL_ON, &status);
	if (U_FAILURE(status)) {
		ucol_close(collator);
		return err_set(err, ERR_IO, "the order of %s: %s", language, u_errorName(status));
	}
	struct fold_order *o = malloc(sizeof(*o));
	if (!o)
		abort();
	o->collator = collator;
	*ret = o;
	return 0;
}

void fold_order_close(struct fold_order *o)
{
	if (!o)
		return;
	ucol_close(o->collator);
	free(o);
}

const char *fold_order_key(struct fold_order *o, struct span s, struct arena *a)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar *wide = arena_array(a, UChar, s.n + 1);
	int32_t n = 0;

	u_strFromUTF8WithSub(wide, (int32_t)s.n + 1, &n, s.p ? s.p : "", (int32_t)s.n, 0xfffd, NULL,
			     &status);
	int32_t size = ucol_getSortKey(o->collator, wide, n, NULL, 0);
	uint8_t *key = arena_alloc(a, (size_t)size + 1);
	ucol_getSortKey(o->collator, wide, n, key, size);
	key[size] = 0;
	return (const char *)key;
}
