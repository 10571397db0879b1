/* Open addressing over the hash of the lower-cased key: a code that differs by case alone lies in
 * the same run of slots, so that one walk finds the exact one, or else the first that is equal
 * without case. */
#include "adapters/value_map.h"

struct value_map {
	const struct value_map_entry **slots;
	size_t mask;
	/* What is found for a code of one byte: what most exports write. */
	const struct value_map_entry *of_byte[UINT8_MAX + 1];
};

static uint64_t hash_nocase(struct span s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3ULL;
	}
	return h ^ h >> 32;
}

static const struct value_map_entry *find(const struct value_map *m, struct span code)
{
	const struct value_map_entry *near = NULL;

	code = span_trim(code);
	for (size_t at = hash_nocase(code) & m->mask; m->slots[at]; at = (at + 1) & m->mask) {
		const struct value_map_entry *e = m->slots[at];
		if (span_eq(e->key, code))
			return e;
		if (!near && span_eq_nocase(e->key, code))
			near = e;
	}
	return near;
}

struct value_map *value_map_new(struct arena *arena, const struct value_map_entry *entries,
				size_t n)
{
	struct value_map *m = arena_new(arena, struct value_map);
	size_t size = 4;

	while (size < n * 2 + 1)
		size *= 2;
	m->mask = size - 1;
	m->slots = arena_zalloc(arena, size * sizeof(*m->slots));
	for (size_t i = 0; i < n; i++) {
		size_t at = hash_nocase(entries[i].key) & m->mask;
		while (m->slots[at])
			at = (at + 1) & m->mask;
		m->slots[at] = &entries[i];
	}
	for (size_t i = 0; i <= UINT8_MAX; i++) {
		const char byte = (char)i;
		m->of_byte[i] = find(m, span_of(&byte, 1));
	}
	return m;
}

bool value_map_at(const struct value_map *m, size_t i, const struct value_map_entry **ret)
{
	if (i > m->mask)
		return false;
	*ret = m->slots[i];
	return true;
}

_hot_ const struct value_map_entry *value_map_find(const struct value_map *m, struct span code)
{
	return code.n == 1 ? m->of_byte[(uint8_t)code.p[0]] : find(m, code);
}
