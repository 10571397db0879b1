/* A cancel that comes before what it cancels: files are taken in the order of the folder, and a
 * sender's queue is not always in order. What a cancel did not find is remembered of its visit, as
 * a tombstone; when the cancelled message comes after all, no later than the cancel by its own
 * time, it changes no bed.
 *
 * A tombstone stands in the visit's memory in the place of the bed before ("!A11
 * 1745300000000000"), which such a visit does not need: nothing more is asked of the memory for a
 * message. */
#pragma once

#include "adapters/hl7_event.h"

/* Does a tombstone say that this message, whose time is known, was cancelled? */
bool hl7_tombstone_stops(const struct hl7_record *x);
/* The tombstone that this message leaves; SPAN_NONE: none. Asked before its events are handed over,
 * for the beds are then as it found them. */
struct span hl7_tombstone_of(const struct hl7_record *x);
