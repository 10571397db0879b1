/* Expected events and made ones side by side, as people read a difference:
 *
 *     ~ event 3 (record 4, line 5), bed_d_12_a:
 *           new_status: - "occupied"
 *                       + "available"
 *     - event 5, bed_d_13_a occupied 2026-04-20T09:14:00Z: expected, and not made
 *     + record 9, line 10, bed_e_1 available 2026-04-20T09:20:00Z: made, and not expected
 *
 * One that is too many or too few does not make all behind it differ: events are paired by their
 * beds, in order, so that as many as can be are equal. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "cli/home/trial.h"

/* expected: an array of objects, of which only the keys that stand there are compared. Gives the
 * number of differences; the first 50 are told. */
size_t event_diff(json_t *expected, const struct trial *made, struct buf *out);
/* The same of bad records: an array of objects with some of record, line, offset, field,
 * value_class, reason, message. */
size_t event_diff_bad(json_t *expected, const struct trial *made, struct buf *out);

/* An event, or a bad record, as the comparison sees it. Warnings are no bad records. */
json_t *event_diff_event(const struct event *e);
json_t *event_diff_bad_record(const struct bad_record *b);
