/* HL7 escapes (chapter 2, "use of escape sequences in text fields"). What is not known is kept as
 * it was written: a value with an odd backslash in it is seen, not silently shortened. */
#include "adapters/hl7_text.h"

#include <string.h>

struct writer {
	char *p;
	size_t n;
};

static void put(struct writer *w, struct span s)
{
	if (s.n)
		memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
}

static void put_char(struct writer *w, char c)
{
	w->p[w->n++] = c;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \X…\: bytes of the sender's own character set. UTF-8 if they are that, else read as ISO 8859-1:
 * two bytes out for two digits in at most. Control characters but CR, LF and tab are left as
 * written. */
static bool put_hex(struct writer *w, struct span digits)
{
	char *bytes = w->p + w->n; /* the digits' own room is twice as large */
	size_t n = 0;
	if (digits.n == 0 || digits.n % 2)
		return false;
	for (size_t i = 0; i < digits.n; i += 2) {
		int high = hex_digit(digits.p[i]), low = hex_digit(digits.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		int byte = high << 4 | low;
		if ((byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t') || byte == 0x7F)
			return false;
		bytes[n++] = (char)byte;
	}
	if (span_is_utf8(span_of(bytes, n), NULL)) {
		w->n += n;
		return true;
	}
	for (size_t i = 0; i < digits.n; i += 2) {
		int byte = hex_digit(digits.p[i]) << 4 | hex_digit(digits.p[i + 1]);
		if (byte >= 0x80) {
			put_char(w, (char)(0xC0 | byte >> 6));
			byte = 0x80 | (byte & 0x3F);
		}
		put_char(w, (char)byte);
	}
	return true;
}

static char delimiter_of(const struct hl7_delimiters *d, char letter)
{
	switch (letter) {
	case 'F': return d->field;
	case 'S': return d->component;
	case 'T': return d->subcomponent;
	case 'R': return d->repetition;
	case 'E': return d->escape;
	case 'P': return d->truncation;
	default: return 0;
	}
}

/* body: what stands between the two escape characters. false: keep it as written. */
static bool put_escape(struct writer *w, const struct hl7_delimiters *d, struct span body)
{
	if (body.n == 1) {
		char c = delimiter_of(d, body.p[0]);
		if (c)
			put_char(w, c);
		return c || body.p[0] == 'H' || body.p[0] == 'N';
	}
	if (body.n > 1 && body.p[0] == 'X')
		return put_hex(w, span_of(body.p + 1, body.n - 1));
	if (span_starts(body, SPAN(".br")) || span_starts(body, SPAN(".sp")) ||
	    span_starts(body, SPAN(".ce"))) {
		put_char(w, '\n');
		return true;
	}
	return false;
}

struct span hl7_decode(const struct hl7_message *m, struct span raw, struct arena *a)
{
	const struct hl7_delimiters *d = &m->delimiters;
	if (raw.n == 0 || !d->escape || !memchr(raw.p, d->escape, raw.n))
		return raw;
	/* No escape is longer than what it stands for. */
	struct writer w = {.p = arena_alloc(a, raw.n + 1)};
	while (raw.n) {
		const char *open = memchr(raw.p, d->escape, raw.n);
		size_t plain = open ? (size_t)(open - raw.p) : raw.n;
		put(&w, span_of(raw.p, plain));
		raw = span_of(raw.p + plain, raw.n - plain);
		const char *close = raw.n > 1 ? memchr(raw.p + 1, d->escape, raw.n - 1) : NULL;
		if (!close) { /* never closed: as written */
			put(&w, raw);
			break;
		}
		struct span body = span_of(raw.p + 1, (size_t)(close - raw.p - 1));
		size_t taken = body.n + 2;
		if (!put_escape(&w, d, body)) {
			/* The closing one may open the next: in "a\b\F\" only \F\ is known. */
			taken = body.n + 1;
			put(&w, span_of(raw.p, taken));
		}
		raw = span_of(raw.p + taken, raw.n - taken);
	}
	w.p[w.n] = 0;
	return span_of(w.p, w.n);
}
