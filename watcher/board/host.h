/* By which names the board may be called. A page of elsewhere can let its own name point at the
 * board's address (DNS rebinding), and would then count as the same origin: such a name stands in
 * the Host header, and is refused. An address written in figures is nobody's name. Pure. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

/* host: the header, "board.home.example:8089", "[fe80::1]:8089", "192.168.1.5". own: this
 * computer's name (its first label, the whole, and label.local count); may be NULL. named: further
 * names, NULL-terminated; may be NULL. "localhost" is always ours. */
bool host_is_ours(struct span host, const char *own, const char *const *named);
/* An Origin header against the Host header of the same request. */
bool host_is_origin(struct span origin, struct span host);
