/* `map:` of a field: codes of the export → what they mean. A code matches exactly, else without
 * regard to the case of its ASCII letters; white space around it does not count. */
#pragma once

#include "base/arena.h"
#include "base/span.h"

struct value_map_entry {
	struct span key;
	struct span text; /* SPAN_NONE: null, "unknown" */
	int value;	  /* of a closed list; 0: unknown */
};

struct value_map;

/* The entries are kept, not copied; their keys must be trimmed. */
struct value_map *value_map_new(struct arena *arena, const struct value_map_entry *entries,
				size_t n);
/* All of them, in no order: false behind the last; *ret NULL: none at this place. */
bool value_map_at(const struct value_map *m, size_t i, const struct value_map_entry **ret);

/* NULL if the code is not there. */
const struct value_map_entry *value_map_find(const struct value_map *m, struct span code);
