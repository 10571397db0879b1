#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define ARENA_FIRST_BLOCK ((size_t)4096)
#define ARENA_BLOCK_MAX	  ((size_t)1 << 20)
#define ARENA_ALIGN	  ((size_t)16)

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	_Alignas(16) char data[];
};

static void add_block(struct arena *a, size_t need)
{
	size_t size = a->head ? a->head->size * 2 : ARENA_FIRST_BLOCK;

	if (size > ARENA_BLOCK_MAX)
		size = ARENA_BLOCK_MAX;
	if (size < need)
		size = need;
	struct arena_block *b = malloc(sizeof(*b) + size);
	if (!b)
		abort();
	b->older = a->head;
	b->size = size;
	a->head = b;
	a->next = b->data;
	a->end = b->data + size;
}

void arena_done(struct arena *a)
{
	struct arena_block *b = a->head;

	while (b) {
		struct arena_block *older = b->older;
		free(b);
		b = older;
	}
	*a = ARENA_INIT;
}

_hot_ void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;

	if (!keep)
		return;
	if (keep->older) {
		struct arena older = {.head = keep->older};
		arena_done(&older);
		keep->older = NULL;
	}
	a->next = keep->data;
	a->end = keep->data + keep->size;
	a->total = 0;
}

_hot_ void *arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		abort();
	size_t need = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (!a->head || (size_t)(a->end - a->next) < need)
		add_block(a, need ? need : ARENA_ALIGN);
	void *p = a->next;
	a->next += need;
	a->total += need;
	return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

char *arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);

	if (n)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

struct span arena_span(struct arena *a, struct span s)
{
	return span_of(arena_strndup(a, s.p, s.n), s.n);
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	char *s = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, format, again);
	va_end(again);
	return s;
}
