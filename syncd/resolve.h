/* A host's addresses, without holding up whoever asks: a name server that is away must not keep a
 * daemon from ending. */
#pragma once

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define RESOLVE_LOOK_MS 20 /* how often it is worth looking whether the answer has come */

struct resolve;

int resolve_start(const char *host, uint16_t port, struct resolve **ret, struct err *err);
/* True when there is an answer or a failure: 0 and the list (the resolve's own), or UNAVAILABLE. */
bool resolve_done(struct resolve *r, int *ret_result, const struct addrinfo **ret_list,
		  struct err *err);
void resolve_free(struct resolve *r); /* also while it is under way */
DEFINE_CLEANUP(struct resolve *, resolve_free)
