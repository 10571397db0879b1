/* An arena: memory that lives as long as one file, message, batch or request, and is freed whole.
 *
 * Blocks double up to 1 MiB; allocation never fails (out of memory aborts: every size that comes
 * from outside is bounded before it is allocated). Not thread-safe: one arena, one owner.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *head; /* newest block first */
	char *next, *end;
	size_t total; /* bytes handed out since init or reset */
};

#define ARENA_INIT ((struct arena){0})

void arena_done(struct arena *a);		  /* frees all; the arena may be used again */
void arena_reset(struct arena *a);		  /* keeps the newest block for reuse */
void *arena_alloc(struct arena *a, size_t size);  /* 16-byte aligned, not zeroed */
void *arena_zalloc(struct arena *a, size_t size); /* zeroed */
char *arena_strndup(struct arena *a, const char *p, size_t n); /* NUL-terminated copy */
char *arena_strdup(struct arena *a, const char *s);
struct span arena_span(struct arena *a, struct span s); /* a copy; also NUL-terminated */
char *arena_printf(struct arena *a, const char *format, ...) _printf_(2, 3);

#define arena_new(a, type)	((type *)arena_zalloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_zalloc((a), sizeof(type) * (n)))
