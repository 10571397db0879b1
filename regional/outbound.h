/* Where webhooks and push messages may go. Their addresses are given by people who may not reach
 * what this machine reaches: so each address that a name resolves to is looked at when the
 * connection is made, and none of this machine itself, its link, a private network or a group of
 * machines is called unless region.yaml names it (webhook_networks). An IPv6 address that stands
 * for an IPv4 one is taken for that. Values only. */
#pragma once

#include <sys/socket.h>

#include "regional/proxies.h"

struct outbound {
	struct proxies only; /* these networks and no other; none: any but the built-in ones */
};

bool outbound_allows(const struct outbound *o, const struct sockaddr *address);
/* NULL, or what is wrong with the host of a URL, as far as it can be seen without asking for a
 * name's addresses. */
const char *outbound_url_fault(const struct outbound *o, struct span url);
