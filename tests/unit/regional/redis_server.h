/* A real redis-server of a test's own, on a socket in a new folder. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

struct redis_server;
struct redis_server *redis_server_start(void);	 /* NULL: there is none on this machine */
void redis_server_stop(struct redis_server *s);	 /* kills it and removes its folder */
void redis_server_kill(struct redis_server *s);	 /* as a crash would */
void redis_server_again(struct redis_server *s); /* starts an empty one at the same address */
const char *redis_server_address(const struct redis_server *s); /* "unix:/…" */
