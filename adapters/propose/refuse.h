/* Files that look like a list of beds and are none: counts, registers, lists of residents. */
#pragma once

#include "adapters/propose/roles.h"

/* INVALID: why, and what is needed instead. */
int refuse_no_list(const struct layout *l, const struct roles *r, struct err *err);
