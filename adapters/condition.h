/* `only:`, of a record or of one of its templates: values that must stand in the record.
 *
 *     only: {"{TYPE}": [BED, CRIB], "{END}": "*"}     all of them; "*": anything but empty
 *
 * A value matches as in a map: exactly, else without regard to the case of its ASCII letters. */
#pragma once

#include "adapters/template.h"

struct condition;

/* Problems gather in conf; name is what they begin with. NULL: nothing is asked. */
const struct condition *condition_compile(struct conf *conf, const struct conf_node *node,
					  const char *name, const struct mapping_resolver *resolver,
					  struct arena *arena);
bool condition_holds(const struct condition *c, const struct record *r, struct arena *arena);
