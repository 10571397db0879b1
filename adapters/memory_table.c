/* One open-addressed table for all three kinds, keyed by a digest: visits and messages come with
 * one, a bed's name gets one. */
#include "adapters/memory_table.h"

#include "base/arena.h"

enum entry_kind { ENTRY_BED = 'b', ENTRY_VISIT = 'v', ENTRY_MESSAGE = 'm' };

struct entry {
	struct digest key;
	union {
		struct bed_memory bed;
		struct visit_memory visit;
		struct digest content;
	};
};

struct memory_table {
	struct adapter_memory memory;
	struct arena arena;
	struct entry **slots;
	size_t n, size; /* size is a power of two */
};

/* The digests of visits and messages are the home's and secret: that one of them is another's, or a
 * bed's, cannot happen, but they are told apart all the same. */
static struct digest key_of(enum entry_kind kind, const struct digest *name)
{
	struct digest key = *name;

	key.b[DIGEST_BYTES - 1] ^= (uint8_t)kind;
	return key;
}

static struct digest key_of_bed(struct span bed_id)
{
	struct digest name = digest_of(bed_id);

	return key_of(ENTRY_BED, &name);
}

static struct entry **slot_of(const struct memory_table *t, const struct digest *key)
{
	size_t at;

	memcpy(&at, key->b, sizeof(at));
	for (at &= t->size - 1; t->slots[at]; at = (at + 1) & (t->size - 1))
		if (memcmp(t->slots[at]->key.b, key->b, sizeof(key->b)) == 0)
			break;
	return &t->slots[at];
}

static void grow(struct memory_table *t)
{
	struct entry **old = t->slots;
	size_t n = t->size;

	t->size = n ? n * 2 : 256;
	t->slots = calloc(t->size, sizeof(*t->slots));
	if (!t->slots)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*slot_of(t, &old[i]->key) = old[i];
	free(old);
}

static struct entry *find(const struct memory_table *t, const struct digest *key)
{
	return t->size ? *slot_of(t, key) : NULL;
}

static struct entry *find_or_add(struct memory_table *t, const struct digest *key, bool *ret_new)
{
	struct entry *e = find(t, key);

	*ret_new = !e;
	if (e)
		return e;
	if ((t->n + 1) * 2 > t->size)
		grow(t);
	e = arena_new(&t->arena, struct entry);
	e->key = *key;
	*slot_of(t, key) = e;
	t->n++;
	return e;
}

static bool get_bed(void *ctx, struct span bed_id, struct bed_memory *ret)
{
	struct digest key = key_of_bed(bed_id);
	const struct entry *e = find(ctx, &key);

	if (e)
		*ret = e->bed;
	return e != NULL;
}

static bool get_visit(void *ctx, const struct digest *visit, struct visit_memory *ret)
{
	struct digest key = key_of(ENTRY_VISIT, visit);
	const struct entry *e = find(ctx, &key);

	if (e)
		*ret = e->visit;
	return e != NULL;
}

static int put_visit(void *ctx, const struct digest *visit, const struct visit_memory *v,
		     _unused_ struct err *err)
{
	struct memory_table *t = ctx;
	struct digest key = key_of(ENTRY_VISIT, visit);
	bool is_new;
	struct entry *e = find_or_add(t, &key, &is_new);

	e->visit.bed = v->bed.p ? arena_span(&t->arena, v->bed) : SPAN_NONE;
	e->visit.before = v->before.p ? arena_span(&t->arena, v->before) : SPAN_NONE;
	return 0;
}

static int see_message(void *ctx, const struct digest *identity, const struct digest *content,
		       enum message_seen *ret, _unused_ struct err *err)
{
	struct digest key = key_of(ENTRY_MESSAGE, identity);
	bool is_new;
	struct entry *e = find_or_add(ctx, &key, &is_new);

	if (is_new)
		e->content = *content;
	*ret = is_new							   ? MESSAGE_NEW
	       : memcmp(e->content.b, content->b, sizeof(content->b)) == 0 ? MESSAGE_SAME
									   : MESSAGE_CHANGED;
	return 0;
}

struct memory_table *memory_table_new(const uint8_t key[DIGEST_KEY_BYTES])
{
	static const uint8_t no_key[DIGEST_KEY_BYTES];
	struct memory_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->memory = (struct adapter_memory){.ctx = t,
					    .bed = get_bed,
					    .visit = get_visit,
					    .visit_put = put_visit,
					    .message = see_message};
	adapter_memory_set_key(&t->memory, key ? key : no_key);
	return t;
}

void memory_table_free(struct memory_table *t)
{
	if (!t)
		return;
	free(t->slots);
	arena_done(&t->arena);
	free(t);
}

const struct adapter_memory *memory_table_memory(struct memory_table *t)
{
	return &t->memory;
}

void memory_table_take(struct memory_table *t, const struct event *e)
{
	struct digest key = key_of_bed(e->bed_id);
	bool is_new;
	struct entry *entry = find_or_add(t, &key, &is_new);

	if (!is_new && e->changed_at < entry->bed.changed_at)
		return; /* late: as the home's own projection, it keeps the newer news */
	entry->bed.before = is_new ? e->previous_status
				   : event_status_before(e, entry->bed.status, entry->bed.before);
	entry->bed.status = e->new_status;
	entry->bed.changed_at = e->changed_at;
}
