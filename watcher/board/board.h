/* The home's board: a page on the home's own network where staff set a bed, the line up or down.
 *
 *     browser ─► httpd ─► gate (Host, Origin) ─► look: the picture, kept ready
 *                                             └► desk: PINs, changes ─► outbox/manual ─► wake syncd
 *
 * It stands beside the watcher's loop with threads and outbox handles of its own: neither waits for
 * the other, and a board that cannot be opened keeps no file from being taken in. It is tried again
 * every half a minute.
 *
 * state_dir/board.status.json says of it:
 *
 *   {"state":"on","address":"http://0.0.0.0:8089","problem":null,"written_at":"…","pid":4711}
 *
 *   state   on; off (problem says why)
 */
#pragma once

#include "base/err.h"
#include "outbox/home.h"

struct board;
/* After the outbox exists and signals are blocked. Without `board:` in home.yaml *ret is NULL. */
int board_start(const struct home *home, struct board **ret, struct err *err);
void board_stop(struct board *b); /* NULL allowed */
DEFINE_CLEANUP(struct board *, board_stop)
