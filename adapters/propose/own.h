/* Whether a column whose name says nothing may become part of a bed's identifier, or its ward.
 *
 * A patient's name or number would go to the region in it, and stay there. So such a column must
 * look like a code of a place, and be filled where nobody lies: what stands in the row of a free
 * bed is the bed's own. */
#pragma once

#include "adapters/propose/roles.h"

/* How a column's values look, in words: "letters that hardly come again, as names do". */
const char *own_looks(const struct column *c);

/* Of a bed, by its name: a bed, a room, a ward, a house. */
bool own_is_place(enum role role);
/* Short codes: few letters, few digits in a row; words only where they come again and again. */
bool own_is_code(const struct column *c);
/* Several beds are free, and each has a value of its own here. */
bool own_is_the_beds(const struct sample *s, const struct roles *r, size_t column);
/* In a log, which names the one who left too: each value stands for several beds. */
bool own_is_shared(const struct sample *s, const struct roles *r, size_t column);
/* A part of the bed's name holds words where somebody lies, each in one row, and none where nobody
 * does: "101A Hansen". */
bool own_names_who_lies_there(const struct sample *s, const struct roles *r);
/* Each word among the bed's parts stands for several beds: a resident has one. */
bool own_words_are_shared(const struct sample *s, const struct roles *r);
