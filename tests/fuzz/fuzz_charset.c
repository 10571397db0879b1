/* The first byte chooses a character set and a fallback, the rest is the file: whole and in pieces
 * it says the same, and what comes out is UTF-8 but for the 0xFF that marks a broken sequence. */
#include <assert.h>

#include "adapters/charset.h"
#include "adapters/hl7_charset.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const names[] = {
    NULL,	    NULL,      "utf-8",	       "windows-1252", "iso-8859-1", "iso-8859-15",
    "cp850",	    "cp865",   "utf-16",       "utf-16le",     "utf-16be",   "utf-32",
    "us-ascii",	    "utf-7",   "iso-2022-jp",  "shift_jis",    "gb18030",    "big5",
    "windows-1250", "ibm-037", "windows-1251", "euc-kr",       "hz",	     "koi8-r",
};
static const char *const fallbacks[] = {NULL, "windows-1252", "iso-8859-1", "cp850"};

/* What it was read as in the end; UTF-8 passes untouched, broken or not. */
static bool read_in_pieces(struct span bytes, const char *name, const char *fallback, size_t piece,
			   struct buf *out)
{
	_cleanup_(charset_freep) struct charset *c = NULL;

	if (charset_new(name, fallback, &c, NULL) < 0)
		abort(); /* each of the names above is known */
	for (bool last = false; !last;) {
		size_t n = bytes.n < piece ? bytes.n : piece;
		last = n == bytes.n;
		buf_add(out, charset_decode(c, span_of(bytes.p, n), last));
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	buf_addf(out, "\n%s %d %d %d %zu", charset_name(c), charset_is_guess(c),
		 charset_is_overruled(c), charset_is_single_byte(c), charset_mark(c));
	return strcmp(charset_name(c), "utf-8") != 0;
}

static void assert_utf8_but_for_marks(struct span text)
{
	struct span part;

	for (bool more = true; more;) {
		more = span_cut(&text, (char)0xFF, &part);
		assert(span_is_utf8(part, NULL));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span bytes = span_of((const char *)data + (n > 0), n - (n > 0));
	const char *name = names[n ? data[0] % ARRAY_LEN(names) : 0];
	const char *fallback = fallbacks[n ? data[0] / ARRAY_LEN(names) % ARRAY_LEN(fallbacks) : 0];
	_cleanup_(buf_done) struct buf whole = BUF_INIT, pieces = BUF_INIT;
	char declared[CHARSET_NAME_MAX];

	bool decoded = read_in_pieces(bytes, name, fallback, SIZE_MAX, &whole);
	(void)read_in_pieces(bytes, name, fallback, bytes.n % 7 + 1, &pieces);
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	if (decoded && !fallback)
		assert_utf8_but_for_marks(buf_span(&whole));
	if (charset_of_xml(bytes, declared))
		assert(declared[0] && memchr(declared, '\0', sizeof(declared)));
	if (hl7_charset_sniff(bytes))
		assert(charset_is_known(hl7_charset_sniff(bytes)));
	return 0;
}
