/* Open addressing over places in an array. A digest is random, and nobody who lacks the home's key
 * can choose it: its first bytes are the hash. */
#include "outbox/message_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

static_assert(sizeof(struct message_mark) == MESSAGE_IDENTITY + MESSAGE_CONTENT,
	      "written as it is");

struct message_mark message_mark_of(const struct digest *identity, const struct digest *content)
{
	struct message_mark m;

	memcpy(m.identity, identity->b, sizeof(m.identity));
	memcpy(m.content, content->b, sizeof(m.content));
	return m;
}

const struct message_mark *message_mark_find(struct span marks, const struct message_mark *mark)
{
	const struct message_mark *all = (const void *)marks.p;

	for (size_t i = 0; i < marks.n / sizeof(*all); i++)
		if (message_mark_is_of(&all[i], mark))
			return &all[i];
	return NULL;
}

static uint32_t *slot_of(const struct message_set *s, const struct message_mark *mark)
{
	size_t at;

	memcpy(&at, mark->identity, sizeof(at));
	for (at &= s->size - 1; s->slots[at]; at = (at + 1) & (s->size - 1))
		if (message_mark_is_of(&s->marks[s->slots[at] - 1], mark))
			break;
	return &s->slots[at];
}

static void grow(struct message_set *s)
{
	s->size = s->size ? s->size * 2 : FIRST_SLOTS;
	s->marks = reallocarray(s->marks, s->size / 2, sizeof(*s->marks));
	free(s->slots);
	s->slots = calloc(s->size, sizeof(*s->slots));
	if (!s->marks || !s->slots)
		abort();
	for (size_t i = 0; i < s->n; i++)
		*slot_of(s, &s->marks[i]) = (uint32_t)i + 1;
}

const struct message_mark *message_set_find(const struct message_set *s,
					    const struct message_mark *mark)
{
	uint32_t place = s->n ? *slot_of(s, mark) : 0;

	return place ? &s->marks[place - 1] : NULL;
}

void message_set_add(struct message_set *s, const struct message_mark *mark)
{
	if (s->n == s->size / 2)
		grow(s);
	assert(s->marks);
	s->marks[s->n++] = *mark;
	*slot_of(s, mark) = (uint32_t)s->n;
}

void message_set_add_all(struct message_set *s, struct span marks)
{
	struct message_mark mark;

	for (size_t i = 0; i < marks.n / sizeof(mark); i++) {
		memcpy(&mark, marks.p + i * sizeof(mark), sizeof(mark));
		if (!message_set_find(s, &mark))
			message_set_add(s, &mark);
	}
}

struct span message_set_bytes(const struct message_set *s)
{
	return span_of((const char *)s->marks, s->n * sizeof(*s->marks));
}

void message_set_clear(struct message_set *s)
{
	if (s->n)
		memset(s->slots, 0, s->size * sizeof(*s->slots));
	s->n = 0;
}

void message_set_done(struct message_set *s)
{
	free(s->marks);
	free(s->slots);
	*s = MESSAGE_SET_INIT;
}
