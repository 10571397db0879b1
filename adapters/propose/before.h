/* Two columns that each say a status: before and after, or today's and tomorrow's. */
#pragma once

#include "adapters/propose/roles.h"

/* A status that is still to come, by its name: "Status i morgen", "Planned status". */
bool before_is_to_come(const struct sample *s, const struct column *c);

/* Which of two is the new status: by the names (from, to), and by the chain in a log (what a bed
 * becomes is what it was before its next record). Where neither shows it, or they disagree, and the
 * two say different things, new_status is left open: r->doubt. */
void before_find(const struct layout *l, struct roles *r);
/* Another column says of a bed that is free that it is dirty, shut or held: r->status_beside. */
void before_find_denial(const struct layout *l, struct roles *r);
