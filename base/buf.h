/* A growing byte buffer that owns its bytes; NUL-terminated once written to.
 * Out of memory aborts. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/span.h"

struct buf {
	char *p;
	size_t n, cap;
};

#define BUF_INIT ((struct buf){0})

void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
/* Room for `more` bytes at the end; returns where they go. */
char *buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, struct span s);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) _printf_(2, 3);
/* As a JSON string with its quotes; s must be UTF-8. */
void buf_add_json(struct buf *b, struct span s);
/* The NUL-terminated bytes, now the caller's to free(); "" if none. */
char *buf_take(struct buf *b);

static inline struct span buf_span(const struct buf *b)
{
	return span_of(b->p ? b->p : "", b->n);
}
