#include "regional/outbound.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* This machine, its link and groups of machines; networks that are private to whoever runs them;
 * and the roads through IPv4 of which the far end cannot be told. */
static const char *const closed[] = {
    "0.0.0.0/8",     "127.0.0.0/8",    "169.254.0.0/16", "224.0.0.0/3",	 "10.0.0.0/8",
    "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",	 "192.0.0.0/24", "198.18.0.0/15",
    "::/127",	     "fc00::/6",       "64:ff9b:1::/48", "2001::/32"};

/* The IPv4 address that an IPv6 address stands for, if it does: compatible, SIIT, NAT64, 6to4. */
static const struct {
	uint8_t prefix[12];
	size_t n, at; /* bytes of the prefix; where the IPv4 address stands */
} embeddings[] = {
    {{0}, 12, 12},
    {{[8] = 0xff, [9] = 0xff}, 12, 12},
    {{0x00, 0x64, 0xff, 0x9b}, 12, 12},
    {{0x20, 0x02}, 2, 2},
};

static bool is_unspecified_or_here(const uint8_t address[16])
{
	static const uint8_t zero[15];

	return memcmp(address, zero, sizeof(zero)) == 0 && address[15] <= 1;
}

static void unwrap(char text[INET6_ADDRSTRLEN])
{
	uint8_t address[16];

	if (inet_pton(AF_INET6, text, address) != 1 || is_unspecified_or_here(address))
		return;
	for (size_t i = 0; i < ARRAY_LEN(embeddings); i++)
		if (memcmp(address, embeddings[i].prefix, embeddings[i].n) == 0) {
			(void)inet_ntop(AF_INET, address + embeddings[i].at, text,
					INET6_ADDRSTRLEN);
			return;
		}
}

/* A network that is named opens a closed one that it lies in, and not one that it holds: 0.0.0.0/0
 * is everything but those. */
static bool allows(const struct outbound *o, const char *address)
{
	struct proxies nets = {0};
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ARRAY_LEN(closed); i++)
		if (!proxies_add(&nets, span_str(closed[i])))
			abort();
	(void)snprintf(text, sizeof(text), "%s", address);
	unwrap(text);
	int shut = proxies_narrowest(&nets, text), open = proxies_narrowest(&o->only, text);
	return o->only.n ? open >= 0 && open >= shut : shut < 0;
}

/* ::ffff:a.b.c.d is a.b.c.d in all of this (proxies.h). */
bool outbound_allows(const struct outbound *o, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes = NULL;

	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return bytes && inet_ntop(address->sa_family, bytes, text, sizeof(text)) && allows(o, text);
}

const char *outbound_url_fault(const struct outbound *o, struct span url)
{
	static const char fault[] =
	    "the region sends nothing to this address (webhook_networks in region.yaml)";
	struct span scheme, between, host;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr bytes;

	if (!span_cut(&url, '/', &scheme) || !span_cut(&url, '/', &between) || !url.p ||
	    !span_cut(&url, '/', &host))
		return NULL;
	if (host.n && host.p[0] == '[')
		(void)(span_cut(&host, '[', &scheme) && span_cut(&host, ']', &scheme));
	else
		(void)span_cut(&host, ':', &scheme);
	if (span_eq_nocase(scheme, SPAN("localhost")))
		scheme = SPAN("127.0.0.1");
	(void)snprintf(text, sizeof(text), "%.*s", (int)(scheme.n < 46 ? scheme.n : 45), scheme.p);
	if (inet_pton(AF_INET, text, &bytes) != 1 && inet_pton(AF_INET6, text, &bytes) != 1)
		return NULL;
	return allows(o, text) ? NULL : fault;
}
