#include "outbox/digest_table.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

void *digest_table_room(struct digest_table *t, const struct digest_items *like, void *items,
			size_t n)
{
	if (n < t->size / 2)
		return items;
	t->size = t->size ? t->size * 2 : FIRST_SLOTS;
	items = reallocarray(items, t->size / 2, like->bytes);
	free(t->slots);
	t->slots = calloc(t->size, sizeof(*t->slots));
	if (!items || !t->slots)
		abort();
	for (size_t i = 0; i < n; i++)
		*digest_table_slot(t, like, items, (const char *)items + i * like->bytes) =
		    (uint32_t)i + 1;
	return items;
}

void digest_table_done(struct digest_table *t)
{
	free(t->slots);
	*t = (struct digest_table){0};
}
