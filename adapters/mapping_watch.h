/* What the maps of an adapter met in a file: which of their codes stood in it, which values had
 * none. For `adapter try`; a run that is not watched pays a null pointer for it.
 *
 * A value without a code is named only if it can be no person's: a word that is known, or a short
 * one that stands on several records of a field which is a closed list or a ward. All others are
 * counted.
 */
#pragma once

#include "adapters/mapping_field.h"

struct run_out;
struct mapping_watch;

struct mapping_watch *mapping_watch_new(void);
void mapping_watch_free(struct mapping_watch *w);
/* met: NULL: no code of the map is this value. */
void mapping_watch_value(struct mapping_watch *w, enum mapping_field_index field, struct span value,
			 const struct value_map_entry *met);
/* As notes, once, at the end. */
void mapping_watch_report(const struct mapping_watch *w, const struct mapping *m,
			  struct run_out *out);
