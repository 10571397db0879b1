#include "regional/outbound.h"

#include <arpa/inet.h>
#include <stdio.h>

static const char *const refused[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3",
				      "::/127",	   "fe80::/10",	  "ff00::/8"};

static bool is_refused(const char *address)
{
	struct proxies nets = {0};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		(void)proxies_add(&nets, span_str(refused[i]));
	return proxies_have(&nets, address);
}

static bool allows(const struct outbound *o, const char *address)
{
	return o->only.n ? proxies_have(&o->only, address) : !is_refused(address);
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
	struct span scheme, host;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr bytes;

	if (!span_cut(&url, '/', &scheme) || !span_cut(&url, '/', &scheme) || !url.p ||
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
