/* A TCP connection to a host, without holding up whoever asks: a name server or a host that is away
 * must not keep a daemon from ending. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* While there is no descriptor to wait for: how often it is worth a step. */
#define DIAL_LOOK_MS 20

struct dial;

enum dial_progress { DIAL_WAIT, DIAL_CONNECTED, DIAL_FAILED };

int dial_start(const char *host, uint16_t port, struct dial **ret, struct err *err);
/* CONNECTED: ret_fd is the caller's, non-blocking. FAILED: no address of the host answers, or it
 * has none (UNAVAILABLE). */
enum dial_progress dial_step(struct dial *d, int *ret_fd, struct err *err);
/* What to wait for until it is writable; -1: look again after DIAL_LOOK_MS. */
int dial_fd(const struct dial *d);
bool dial_is_named(const struct dial *d); /* the host's name has been looked up */
/* The numeric address that was tried last; "" if none. */
void dial_address(const struct dial *d, char *out, size_t size);
void dial_free(struct dial *d); /* also while it is under way */
