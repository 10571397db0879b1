/* Identifiers: facility "fac_oslo_nordre", bed "bed_2b_room_14", user "user_nurse_hansen", ward
 * "dementia", region "reg_oslo".
 *
 *     [a-z0-9] then [a-z0-9_.-], 1 to 64 bytes; facility and region begin with "fac_", "reg_"
 *
 * Legacy exports write anything, so ident_make() folds a text to this shape: lower case, Latin
 * letters with marks to their base (å → a, ø → o, æ → ae, ö → o, ü → u, ß → ss, é → e), every run
 * of other characters to one "_" (a single "." or "-" between letters or digits stays), none of
 * these at either end. The fold is documented for adapter writers in docs/adapters.md. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

#define IDENT_MAX 64

bool ident_is_valid(struct span s);
bool ident_is_facility(struct span s);
bool ident_is_region(struct span s);
/* SPAN_NONE if nothing is left, the result is longer than IDENT_MAX, or s is not UTF-8. */
struct span ident_make(struct arena *a, struct span s);
