/* Beds of one list that would share an identifier: bed 1 of ward A and bed 1 of ward B. Two beds
 * that become one are worse than any other mistake of a proposal, so in a list that seems to name
 * each bed once the bed's identifier gets whatever short code tells them apart; if none does,
 * is_merged says so. In files that tell of changes beds come again: there a column counts only if
 * beds that often become what they are already change properly with it. */
#pragma once

#include "adapters/propose/roles.h"

void apart_find(struct layout *l, struct roles *r);
