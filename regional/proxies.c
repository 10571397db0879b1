#include "regional/proxies.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_BITS 128
#define MAPPED_BITS  96 /* of ::ffff:0:0/96, before an IPv4 address */

static bool read_address(struct span s, uint8_t ret[16], bool *ret_is_v4)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];

	if (s.n >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), SPAN_FMT, SPAN_ARG(s));
	*ret_is_v4 = inet_pton(AF_INET, text, ret + sizeof(mapped)) == 1;
	if (*ret_is_v4)
		memcpy(ret, mapped, sizeof(mapped));
	return *ret_is_v4 || inet_pton(AF_INET6, text, ret) == 1;
}

bool proxies_add(struct proxies *p, struct span text)
{
	struct proxies_net net = {.bits = ADDRESS_BITS};
	struct span address;
	uint64_t bits;
	bool is_v4;

	if (p->n == PROXIES_MAX || !span_cut(&text, '/', &address) ||
	    !read_address(address, net.address, &is_v4))
		return false;
	if (text.p) {
		unsigned before = is_v4 ? MAPPED_BITS : 0;
		if (!span_to_u64(text, &bits) || bits > ADDRESS_BITS - before)
			return false;
		net.bits = before + (unsigned)bits;
	}
	p->net[p->n++] = net;
	return true;
}

static bool is_in(const struct proxies_net *net, const uint8_t address[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	return memcmp(net->address, address, whole) == 0 &&
	       (!rest || (net->address[whole] ^ address[whole]) >> (8 - rest) == 0);
}

static int narrowest(const struct proxies *p, const uint8_t address[16])
{
	int bits = -1;

	for (size_t i = 0; i < p->n; i++)
		if ((int)p->net[i].bits > bits && is_in(&p->net[i], address))
			bits = (int)p->net[i].bits;
	return bits;
}

int proxies_narrowest(const struct proxies *p, const char *address)
{
	uint8_t bytes[16];
	bool is_v4;

	return read_address(span_str(address), bytes, &is_v4) ? narrowest(p, bytes) : -1;
}

/* Takes the last item of a list with commas. */
static bool take_last(struct span *list, struct span *ret)
{
	size_t n = list->n;

	if (!list->p || !n)
		return false;
	while (n && list->p[n - 1] != ',')
		n--;
	*ret = span_trim(span_of(list->p + n, list->n - n));
	list->n = n ? n - 1 : 0;
	return true;
}

static void print_address(const uint8_t address[16], bool is_v4, char ret[INET6_ADDRSTRLEN])
{
	(void)inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? address + 12 : address, ret,
			INET6_ADDRSTRLEN);
}

void proxies_client(const struct proxies *p, const char *peer, struct span forwarded,
		    char ret[INET6_ADDRSTRLEN])
{
	struct span item = span_str(peer);
	uint8_t address[16];
	bool is_v4;

	if (ret != peer)
		(void)snprintf(ret, INET6_ADDRSTRLEN, "%s", peer);
	while (read_address(item, address, &is_v4)) {
		print_address(address, is_v4, ret);
		if (narrowest(p, address) < 0 || !take_last(&forwarded, &item))
			return;
	}
}
