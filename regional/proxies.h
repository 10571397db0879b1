/* Proxies that are believed when they say for whom they ask (X-Forwarded-For). Values only. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define PROXIES_MAX 16

struct proxies {
	struct proxies_net {
		uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;
	} net[PROXIES_MAX];
	size_t n;
};

/* "10.0.0.5", "10.0.0.0/8", "fd00::/8". false: no such thing, or PROXIES_MAX are there. */
bool proxies_add(struct proxies *p, struct span text);

/* Of the networks that this numeric address is in, the narrowest one's bits (of 128: IPv4 has 96
 * before its own); -1: it is in none. */
int proxies_narrowest(const struct proxies *p, const char *address);

/* Whom a request comes from: the peer, or, where that is one of the proxies, the last address in
 * `forwarded` that is not. What stands before it was said by somebody who is not believed; an entry
 * that is no address ends the search at the proxy that passed it on. ret may be peer. */
void proxies_client(const struct proxies *p, const char *peer, struct span forwarded,
		    char ret[INET6_ADDRSTRLEN]);
