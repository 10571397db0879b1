/* A connection to Redis: the only caller of hiredis. Commands are pipelined: any number of
 * redis_send, then one redis_receive each, in order. After UNAVAILABLE or TIMEOUT the connection is
 * of no more use: close it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct redis;

enum redis_kind {
	REDIS_NIL,
	REDIS_TEXT,
	REDIS_NUMBER,
	REDIS_LIST,
	REDIS_REFUSED /* an error reply; text says why */
};

struct redis_value {
	enum redis_kind kind;
	struct span text;     /* TEXT, REFUSED */
	int64_t number;	      /* NUMBER */
	struct span items[4]; /* LIST: the first of its texts */
	size_t n_items;
};

/* "host:port", "[::1]:6379", "unix:/path". timeout: of connecting and of every answer. Blocks
 * SIGPIPE in the calling thread, which hiredis would get for writing to a Redis that has just died.
 */
int redis_open(const char *address, const char *password, usec_t timeout, struct redis **ret,
	       struct err *err);
void redis_close(struct redis *r);
DEFINE_CLEANUP(struct redis *, redis_close)

void redis_send(struct redis *r, const struct span *words, size_t n);
#define REDIS_SEND(r, ...)                                                                         \
	redis_send((r), (const struct span[]){__VA_ARGS__},                                        \
		   sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span))
int redis_receive(struct redis *r, struct redis_value *ret,
		  struct err *err); /* lives until the next call */
/* A message of a subscription: 1, 0 when none came within wait, negative when the connection is
 * lost. */
int redis_wait(struct redis *r, usec_t wait, struct redis_value *ret, struct err *err);
