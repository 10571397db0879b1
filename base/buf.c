#include "base/buf.h"

#include <stdarg.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->p);
	*b = BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

char *buf_reserve(struct buf *b, size_t more)
{
	if (more > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
		abort();
	size_t need = b->n + more + 1;
	if (need > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 256;
		if (cap < need)
			cap = need;
		char *p = realloc(b->p, cap);
		if (!p)
			abort();
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

void buf_add(struct buf *b, struct span s)
{
	char *to = buf_reserve(b, s.n);

	if (s.n)
		memcpy(to, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, span_str(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, span_of(&c, 1));
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	(void)vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, format, again);
	va_end(again);
	b->n += (size_t)n;
}

/* RFC 8259 section 7: quote, backslash and control characters must be escaped, the rest goes as it
 * is. */
void buf_add_json(struct buf *b, struct span s)
{
	static const char hex[] = "0123456789abcdef";
	char *to = buf_reserve(b, s.n * 6 + 2), *start = to;

	*to++ = '"';
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\';
		switch (c) {
		case '"':
		case '\\': *to++ = (char)c; break;
		case '\n': *to++ = 'n'; break;
		case '\r': *to++ = 'r'; break;
		case '\t': *to++ = 't'; break;
		default:
			to[0] = 'u';
			to[1] = to[2] = '0';
			to[3] = hex[c >> 4];
			to[4] = hex[c & 15];
			to += 5;
		}
	}
	*to++ = '"';
	b->n += (size_t)(to - start);
	b->p[b->n] = '\0';
}

char *buf_take(struct buf *b)
{
	(void)buf_reserve(b, 0);
	b->p[b->n] = '\0';
	char *p = b->p;
	*b = BUF_INIT;
	return p;
}
