#include "outbox/message_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct digest_items like = {sizeof(struct message_mark), MESSAGE_IDENTITY};

static_assert(sizeof(struct message_mark) == MESSAGE_IDENTITY + MESSAGE_CONTENT,
	      "written as it is");
static_assert(offsetof(struct message_mark, identity) == 0, "what digest_table looks for");

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

const struct message_mark *message_set_find(const struct message_set *s,
					    const struct message_mark *mark)
{
	uint32_t place = s->n ? *digest_table_slot(&s->table, &like, s->marks, mark->identity) : 0;

	return place ? &s->marks[place - 1] : NULL;
}

void message_set_add(struct message_set *s, const struct message_mark *mark)
{
	s->marks = digest_table_room(&s->table, &like, s->marks, s->n);
	assert(s->marks);
	s->marks[s->n++] = *mark;
	*digest_table_slot(&s->table, &like, s->marks, mark->identity) = (uint32_t)s->n;
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
		memset(s->table.slots, 0, s->table.size * sizeof(*s->table.slots));
	s->n = 0;
}

void message_set_done(struct message_set *s)
{
	free(s->marks);
	digest_table_done(&s->table);
	*s = MESSAGE_SET_INIT;
}
