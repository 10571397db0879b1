/* UTF-8 passes through untouched. A single-byte set is a table of 256 entries, asked of ICU once:
 * legacy exports are mostly windows-1252, and ICU's general converter would cost more than reading
 * the rows. Everything else goes through ICU. The only caller of ICU's converters. */
#include "adapters/charset.h"

#include <ctype.h>
#include <strings.h>

#include <unicode/ucnv.h>

#include "base/buf.h"

#define HEAD_MAX    4 /* bytes that a byte order mark may take */
#define INVALID_OUT '\xFF'

enum charset_mode { MODE_HEAD, MODE_UTF8, MODE_GUESS, MODE_TABLE, MODE_ICU };

struct table_entry {
	char bytes[3];
	uint8_t n;
};

struct charset {
	enum charset_mode mode, after_head;
	char name[CHARSET_NAME_MAX];
	char fallback[CHARSET_NAME_MAX];
	bool guess, overruled;
	size_t mark;	   /* bytes */
	bool beyond_ascii; /* GUESS: a UTF-8 sequence of more than one byte was seen */
	char held[HEAD_MAX];
	size_t n_held;
	struct table_entry table[256]; /* TABLE */
	UConverter *icu;	       /* ICU */
	uint16_t lead;		       /* ICU: a high surrogate that waits for its second half */
	struct buf out;
};

/* --- opening --- */

static UConverter *open_icu(const char *name)
{
	UErrorCode code = U_ZERO_ERROR;
	UConverter *u = ucnv_open(name, &code);

	if (U_FAILURE(code))
		return NULL;
	ucnv_setToUCallBack(u, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
	return u;
}

bool charset_is_known(const char *name)
{
	UConverter *u = name && name[0] && strlen(name) < CHARSET_NAME_MAX ? open_icu(name) : NULL;

	if (u)
		ucnv_close(u);
	return u != NULL;
}

static size_t put_utf8(char *to, uint32_t cp)
{
	if (cp < 0x80) {
		to[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		to[0] = (char)(0xC0 | cp >> 6);
		to[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		to[0] = (char)(0xE0 | cp >> 12);
		to[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		to[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | cp >> 18);
	to[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	to[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	to[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

/* True if the converter is a single-byte one that keeps ASCII where it is; the table is then
 * filled. */
static bool fill_table(struct charset *c, UConverter *u)
{
	if (ucnv_getMaxCharSize(u) != 1 || ucnv_getType(u) == UCNV_UTF7)
		return false;
	for (unsigned i = 0; i < 256; i++) {
		char byte = (char)i;
		const char *from = &byte;
		UErrorCode code = U_ZERO_ERROR;
		UChar32 cp = ucnv_getNextUChar(u, &from, &byte + 1, &code);
		struct table_entry *e = &c->table[i];
		if (U_FAILURE(code) || cp == 0xFFFF || cp == 0xFFFD) {
			*e = (struct table_entry){{INVALID_OUT}, 1};
			ucnv_resetToUnicode(u);
			continue;
		}
		if ((i < 0x80 && cp != (UChar32)i) || cp > 0xFFFF)
			return false;
		e->n = (uint8_t)put_utf8(e->bytes, (uint32_t)cp);
	}
	return true;
}

static bool is_utf8_name(const char *name)
{
	return strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
}

/* The mode for a name; the name is known. */
static enum charset_mode set_name(struct charset *c, const char *name)
{
	if (name != c->name)
		(void)snprintf(c->name, sizeof(c->name), "%s", name);
	for (char *p = c->name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	if (is_utf8_name(c->name))
		return MODE_UTF8;
	UConverter *u = open_icu(c->name);
	if (!u)
		abort(); /* checked by charset_new */
	if (fill_table(c, u)) {
		ucnv_close(u);
		return MODE_TABLE;
	}
	ucnv_reset(u);
	c->icu = u;
	return MODE_ICU;
}

int charset_new(const char *name, const char *fallback, struct charset **ret, struct err *err)
{
	if (name && !charset_is_known(name))
		return err_set(err, ERR_INVALID, "unknown encoding \"%.*s\"", CHARSET_NAME_MAX,
			       name);
	if (fallback && !charset_is_known(fallback))
		return err_set(err, ERR_INVALID, "unknown encoding \"%.*s\"", CHARSET_NAME_MAX,
			       fallback);
	struct charset *c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->mode = MODE_HEAD;
	if (name)
		c->after_head = set_name(c, name);
	else
		c->after_head = fallback ? MODE_GUESS : set_name(c, "utf-8");
	if (c->after_head == MODE_GUESS) {
		(void)set_name(c, "utf-8");
		(void)snprintf(c->fallback, sizeof(c->fallback), "%s", fallback);
	}
	*ret = c;
	return 0;
}

void charset_free(struct charset *c)
{
	if (!c)
		return;
	if (c->icu)
		ucnv_close(c->icu);
	buf_done(&c->out);
	free(c);
}

const char *charset_name(const struct charset *c)
{
	return c->name;
}

bool charset_is_guess(const struct charset *c)
{
	return c->guess;
}

bool charset_is_overruled(const struct charset *c)
{
	return c->overruled;
}

bool charset_is_single_byte(const struct charset *c)
{
	return c->mode == MODE_TABLE;
}

size_t charset_mark(const struct charset *c)
{
	return c->mark;
}

/* --- the first bytes --- */

static const struct mark {
	struct span bytes;
	const char *name;
} marks[] = {
    {{"\xEF\xBB\xBF", 3}, "utf-8"},
    {{"\xFF\xFE\0\0", 4}, "utf-32le"}, /* before utf-16le, which starts the same */
    {{"\0\0\xFE\xFF", 4}, "utf-32be"},
    {{"\xFF\xFE", 2}, "utf-16le"},
    {{"\xFE\xFF", 2}, "utf-16be"},
};

/* "utf-16" is either byte order: the mark does not contradict it. */
static bool mark_agrees(const char *name, const char *mark)
{
	return strncasecmp(name, mark, strlen(name)) == 0 ||
	       (is_utf8_name(name) && is_utf8_name(mark));
}

/* Takes the mark off *head and sets the mode. */
static void read_head(struct charset *c, struct span *head)
{
	c->mode = c->after_head;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (!span_starts(*head, marks[i].bytes))
			continue;
		*head = span_of(head->p + marks[i].bytes.n, head->n - marks[i].bytes.n);
		c->mark = marks[i].bytes.n;
		c->overruled = c->after_head != MODE_GUESS && !mark_agrees(c->name, marks[i].name);
		if (c->icu)
			ucnv_close(c->icu);
		c->icu = NULL;
		c->mode = set_name(c, marks[i].name);
		return;
	}
}

/* --- the modes --- */

static void decode_table(struct charset *c, struct span in)
{
	char *to = buf_reserve(&c->out, in.n * 3), *start = to;
	size_t i = 0;

	while (i < in.n) {
		uint64_t eight;
		if (in.n - i >= 8 &&
		    (memcpy(&eight, in.p + i, 8), !(eight & 0x8080808080808080ULL))) {
			memcpy(to, &eight, 8);
			to += 8;
			i += 8;
			continue;
		}
		const struct table_entry *e = &c->table[(unsigned char)in.p[i++]];
		memcpy(to, e->bytes, 3);
		to += e->n;
	}
	c->out.n += (size_t)(to - start);
}

static void add_utf16(struct charset *c, const UChar *p, size_t n)
{
	if (!n)
		return;
	char *to = buf_reserve(&c->out, n * 3 + 4), *start = to;

	for (size_t i = 0; i < n; i++) {
		uint16_t u = p[i];
		bool low = u >= 0xDC00 && u <= 0xDFFF;
		if (c->lead && low) {
			to += put_utf8(to, 0x10000 + ((uint32_t)(c->lead - 0xD800) << 10) +
					       (u - 0xDC00u));
			c->lead = 0;
			continue;
		}
		if (c->lead)
			*to++ = INVALID_OUT;
		c->lead = 0;
		if (u >= 0xD800 && u <= 0xDBFF)
			c->lead = u;
		else if (low)
			*to++ = INVALID_OUT;
		else
			to += put_utf8(to, u);
	}
	c->out.n += (size_t)(to - start);
}

static void decode_icu(struct charset *c, struct span in, bool last)
{
	const char *from = in.p ? in.p : "", *end = from + in.n;

	for (;;) {
		UChar text[1024] = {0}, *to = text;
		UErrorCode code = U_ZERO_ERROR;
		ucnv_toUnicode(c->icu, &to, text + ARRAY_LEN(text), &from, end, NULL,
			       (UBool)(last ? 1 : 0), &code);
		add_utf16(c, text, (size_t)(to - text));
		if (code == U_BUFFER_OVERFLOW_ERROR)
			continue;
		if (U_SUCCESS(code))
			break;
		buf_addc(&c->out, INVALID_OUT);
		if (from == end && code == U_TRUNCATED_CHAR_FOUND)
			break;
	}
	if (last && c->lead) {
		buf_addc(&c->out, INVALID_OUT);
		c->lead = 0;
	}
}

/* UTF-8 until proven otherwise. What the end of the piece cuts is held back, so that the verdict
 * does not depend on where the pieces end. */
static struct span decode_guess(struct charset *c, struct span in, bool last)
{
	size_t whole = last ? in.n : span_utf8_whole(in), bad = whole;

	if (c->beyond_ascii || span_is_utf8(span_of(in.p, whole), &bad)) {
		c->beyond_ascii = c->beyond_ascii || !span_is_ascii(span_of(in.p, whole));
		c->n_held = in.n - whole;
		memcpy(c->held, in.p + whole, c->n_held);
		return span_of(in.p, whole);
	}
	if (!span_is_ascii(span_of(in.p, bad))) {
		c->beyond_ascii = true; /* a broken sequence in the midst of UTF-8 */
		return decode_guess(c, in, last);
	}
	c->mode = set_name(c, c->fallback);
	c->guess = true;
	buf_add(&c->out, span_of(in.p, bad));
	struct span rest = span_of(in.p + bad, in.n - bad);
	if (c->mode == MODE_TABLE)
		decode_table(c, rest);
	else
		decode_icu(c, rest, last);
	return buf_span(&c->out);
}

struct span charset_decode(struct charset *c, struct span bytes, bool last)
{
	struct buf joined = BUF_INIT;
	struct span in = bytes.p ? bytes : SPAN("");
	struct span out;

	buf_clear(&c->out);
	if (c->n_held) {
		buf_add(&joined, span_of(c->held, c->n_held));
		buf_add(&joined, in);
		in = buf_span(&joined);
		c->n_held = 0;
	}
	if (c->mode == MODE_HEAD) {
		if (in.n < HEAD_MAX && !last) {
			c->n_held = in.n;
			memcpy(c->held, in.p, in.n);
			buf_done(&joined);
			return SPAN("");
		}
		read_head(c, &in);
	}
	switch (c->mode) {
	case MODE_TABLE:
		decode_table(c, in);
		out = buf_span(&c->out);
		break;
	case MODE_ICU:
		decode_icu(c, in, last);
		out = buf_span(&c->out);
		break;
	case MODE_GUESS: out = decode_guess(c, in, last); break;
	case MODE_HEAD:
	case MODE_UTF8:
	default: out = in;
	}
	if (joined.p && out.p >= joined.p && out.p <= joined.p + joined.n) {
		buf_clear(&c->out);
		buf_add(&c->out, out);
		out = buf_span(&c->out);
	}
	buf_done(&joined);
	return out;
}

/* --- XML --- */

/* XML 1.0, production 81: EncName. */
static bool is_encoding_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '.' && s.p[i] != '_' &&
		    s.p[i] != '-')
			return false;
	return s.n && s.n < CHARSET_NAME_MAX && isalpha((unsigned char)s.p[0]);
}

bool charset_of_xml(struct span head, char ret_name[CHARSET_NAME_MAX])
{
	if (span_starts(head, span_of("<\0?\0", 4)) || span_starts(head, span_of("\0<\0?", 4))) {
		(void)snprintf(ret_name, CHARSET_NAME_MAX, "%s",
			       head.p[0] ? "utf-16le" : "utf-16be");
		return true;
	}
	const char *end = span_starts(head, SPAN("<?xml")) ? memmem(head.p, head.n, "?>", 2) : NULL;
	const char *at = end ? memmem(head.p, (size_t)(end - head.p), "encoding", 8) : NULL;
	if (!at)
		return false;
	struct span rest = span_trim(span_of(at + 8, (size_t)(end - at) - 8)), value;
	if (!span_starts(rest, SPAN("=")))
		return false;
	rest = span_trim(span_of(rest.p + 1, rest.n - 1));
	if (rest.n < 2 || (rest.p[0] != '"' && rest.p[0] != '\''))
		return false;
	char quote = rest.p[0];
	rest = span_of(rest.p + 1, rest.n - 1);
	if (!span_cut(&rest, quote, &value) || !is_encoding_name(value))
		return false;
	(void)snprintf(ret_name, CHARSET_NAME_MAX, SPAN_FMT, SPAN_ARG(value));
	return true;
}
