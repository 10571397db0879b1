/* A change as its message in the topic (pure): one line of JSON, all keys, in this order;
 * docs/api.md says what each means.
 *
 *   {"schema":1,"facility_id":"fac_oslo_nordre","n":4711,"event_id":"evt_01HX9…","epoch":"…",
 *    "seq":812,"bed_id":"bed_2b_room_14","ward":"dementia","care_level":"intensive",
 *    "previous_status":"available","held_status":"available","new_status":"occupied",
 *    "changed_by":"user_nurse_hansen","changed_at":"2026-04-20T09:14:22Z","reason":"admit",
 *    "patient_ref":null,"outcome":"applied","outcome_reason":null,"in_history":true,
 *    "bed_version":17,"conflict_id":null,"received_at":"2026-04-20T09:14:23.018734Z"}
 *
 * No key carries anything about who lies in the bed: the audit log, where it comes from, holds
 * nothing of the kind. */
#pragma once

#include "base/buf.h"
#include "regional/feed/cursor.h"

#define MESSAGE_SCHEMA "1" /* rises when a key changes its meaning or goes; new keys may come */

void message_write(const struct cursor_change *c, struct buf *out);
