/* Inside the mapping: one field of `event:`, compiled. mapping_compile.c makes it, mapping.c
 * applies it. */
#pragma once

#include "adapters/condition.h"
#include "adapters/mapping.h"
#include "adapters/template.h"
#include "adapters/value_map.h"

enum mapping_field_index {
	MAP_BED_ID,
	MAP_WARD,
	MAP_CARE_LEVEL,
	MAP_NEW_STATUS,
	MAP_PREVIOUS_STATUS,
	MAP_CHANGED_AT,
	MAP_CHANGED_BY,
	MAP_REASON,
	MAP_FIELDS,
};

/* What new_status may be beside a status: "isolated" (HL7 table 0116, I) says nothing of whether
 * somebody lies there. */
enum { MAPPING_ISOLATED = BED_STATUS_COUNT };

enum mapping_kind { KIND_IDENT, KIND_USER, KIND_LIST, KIND_TIME };

#define MAPPING_FORMATS_MAX   8
#define MAPPING_TEMPLATES_MAX 8

struct mapping_field {
	bool set;
	struct template from;
	const struct value_map *map;		  /* NULL: none */
	const struct value_map_entry *by_default; /* NULL: none */
	struct clock_format *formats[MAPPING_FORMATS_MAX];
	size_t n_formats;
	struct zone *zone; /* the field's own; NULL: none */
	struct span prefix;
	struct span after;  /* only what stands behind the last such text counts */
	struct span before; /* and of that only what stands before the first such text */
	bool pseudonym;
};

struct mapping {
	struct arena arena;
	const struct condition *only; /* of which records events are made; NULL: all */
	const struct zone *zone;      /* the adapter's; NULL: given at each record */
	struct span time_source;      /* what changed_at is read from, as events name it */
	struct mapping_field fields[MAP_FIELDS];
};

/* What a field is; a closed list knows its names. */
struct mapping_field_spec {
	const char *name;
	enum mapping_kind kind;
	bool (*parse)(struct span s, int *ret);
	const char *const *(*names)(void);
};
extern const struct mapping_field_spec mapping_specs[MAP_FIELDS];
