/* A column that was renamed: "Sengestatus" is "Status seng" now. What differs by a letter or two is
 * conf_did_you_mean()'s. */
#pragma once

#include "base/arena.h"
#include "base/span.h"

/* Which of the names (NULL-terminated) has the same words as `wanted`, or nearly all of them, in
 * whatever order and joined or apart; NULL: none. */
const char *csv_renamed(struct arena *a, struct span wanted, const char *const *names);
