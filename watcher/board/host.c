#include "watcher/board/host.h"

#include <arpa/inet.h>
#include <stdio.h>

#define NAME_MAX_BYTES 253

static bool is_port(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n <= 5;
}

/* The name without its port; SPAN_NONE if it is no such thing. */
static struct span name_of(struct span host)
{
	const char *end = host.n ? memchr(host.p, host.p[0] == '[' ? ']' : ':', host.n) : NULL;

	if (host.n == 0)
		return SPAN_NONE;
	if (host.p[0] == '[') {
		if (!end)
			return SPAN_NONE;
		struct span rest = span_of(end + 1, host.n - (size_t)(end + 1 - host.p));
		if (rest.n > 0 && (rest.p[0] != ':' || !is_port(span_of(rest.p + 1, rest.n - 1))))
			return SPAN_NONE;
		return span_of(host.p, (size_t)(end + 1 - host.p));
	}
	if (!end)
		return host;
	struct span port = span_of(end + 1, host.n - (size_t)(end + 1 - host.p));
	return is_port(port) ? span_of(host.p, (size_t)(end - host.p)) : SPAN_NONE;
}

static bool is_address(struct span name)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];
	bool six = name.n > 2 && name.p[0] == '[';

	if (six)
		name = span_of(name.p + 1, name.n - 2);
	if (name.n >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), SPAN_FMT, SPAN_ARG(name));
	return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1;
}

static bool is_own(struct span name, const char *own)
{
	char label[NAME_MAX_BYTES + 1], local[NAME_MAX_BYTES + sizeof(".local")];

	if (!own || !own[0])
		return false;
	(void)snprintf(label, sizeof(label), "%.*s", (int)strcspn(own, "."), own);
	(void)snprintf(local, sizeof(local), "%s.local", label);
	return span_eq_nocase(name, span_str(own)) || span_eq_nocase(name, span_str(label)) ||
	       span_eq_nocase(name, span_str(local));
}

bool host_is_ours(struct span host, const char *own, const char *const *named)
{
	struct span name = name_of(host);

	if (name.n == 0)
		return false;
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	if (is_address(name) || span_eq_nocase(name, SPAN("localhost")) || is_own(name, own))
		return true;
	for (; named && *named; named++)
		if (span_eq_nocase(name, span_str(*named)))
			return true;
	return false;
}

bool host_is_origin(struct span origin, struct span host)
{
	static const struct span schemes[] = {SPAN("http://"), SPAN("https://")};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_starts(origin, schemes[i]))
			return span_eq_nocase(
			    span_of(origin.p + schemes[i].n, origin.n - schemes[i].n), host);
	return false;
}
