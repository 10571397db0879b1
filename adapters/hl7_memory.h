/* What of a message is remembered for those after it: that it was read,
 * and where its visit lies. */
#pragma once

#include "adapters/hl7_event.h"

/* Has this message been read before, with this content? Remembers it. Without a memory or MSH-10:
 * MESSAGE_NEW. */
int hl7_memory_seen(struct hl7_record *x, enum message_seen *ret, struct err *err);
/* Once its events are accepted. tombstone: the one that it leaves (hl7_tombstone.h),
 * or SPAN_NONE. */
int hl7_memory_visits(struct hl7_record *x, struct span tombstone, struct err *err);
/* The visit lay in a bed of which this message says nothing, though it moves the visit: a message
 * between was missed. */
bool hl7_memory_leaves_a_bed(const struct hl7_record *x);
