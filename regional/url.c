#include "regional/url.h"

#include <string.h>

#include "base/cleanup.h"

static bool is_printable(struct span url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= 0x20 || (unsigned char)url.p[i] >= 0x7f)
			return false;
	return true;
}

/* With a port or a path after it, and nobody's name before it. */
static bool is_here(struct span url)
{
	static const struct span here[] = {SPAN("http://127.0.0.1"), SPAN("http://[::1]"),
					   SPAN("http://localhost")};

	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		if (span_starts(url, here[i]) &&
		    (url.n == here[i].n || url.p[here[i].n] == ':' || url.p[here[i].n] == '/'))
			return !memchr(url.p, '@', url.n);
	return false;
}

bool url_is_safe(struct span url)
{
	bool https = span_starts(url, SPAN("https://")) && url.n > strlen("https://");

	return url.n <= URL_MAX && is_printable(url) && (https || is_here(url));
}
