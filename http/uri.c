/* Segments are cut before they are decoded, so no escape can make a path look like another one. */
#include "http/uri.h"

#define SEGMENTS_MAX 16

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uri_decode(struct span s, bool plus_is_space, struct arena *a, struct span *ret)
{
	char *to = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '+' && plus_is_space) {
			c = ' ';
		} else if (c == '%') {
			if (s.n - i < 3)
				return false;
			int high = hex_value(s.p[i + 1]), low = hex_value(s.p[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			if (!c)
				return false;
			i += 2;
		}
		to[n++] = c;
	}
	to[n] = '\0';
	*ret = span_of(to, n);
	return span_is_utf8(*ret, NULL);
}

bool uri_query(struct span query, struct arena *a, struct httpd_pair **ret, size_t *ret_n)
{
	struct httpd_pair *pairs = arena_array(a, struct httpd_pair, HTTPD_QUERY_MAX);
	struct span rest = query, part;
	size_t n = 0;

	while (span_cut(&rest, '&', &part)) {
		struct span name, value = part;
		if (!part.n)
			continue;
		if (n == HTTPD_QUERY_MAX)
			return false;
		(void)span_cut(&value, '=', &name);
		if (!uri_decode(name, true, a, &pairs[n].name))
			return false;
		if (value.p && !uri_decode(value, true, a, &pairs[n].value))
			return false;
		n++;
	}
	*ret = pairs;
	*ret_n = n;
	return true;
}

/* How exact a pattern is, and where its names stand in the path. */
struct fit {
	unsigned
	    rank; /* two bits a segment, the first one highest: 2 exact, 1 {name}, 0 {name...} */
	struct span raw[HTTPD_PARAMS_MAX];
	size_t n;
};

static bool is_name(struct span segment)
{
	return segment.n > 2 && segment.p[0] == '{';
}

static bool fits(const char *pattern, struct span path, struct fit *ret)
{
	struct span want = span_of(pattern + 1, strlen(pattern + 1)), have = path, w, h;
	struct fit f = {0};

	if (!path.n || path.p[0] != '/')
		return false;
	have = span_of(path.p + 1, path.n - 1);
	for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
		unsigned shift = 2 * (SEGMENTS_MAX - 1 - i);
		struct span rest = have;
		bool more_want = span_cut(&want, '/', &w), more_have = span_cut(&have, '/', &h);
		if (more_want && is_name(w) && span_ends(w, SPAN("...}"))) {
			f.raw[f.n++] = rest.p ? rest : SPAN("");
			*ret = f;
			return true;
		}
		if (!more_want || !more_have) {
			*ret = f;
			return more_want == more_have;
		}
		if (is_name(w)) {
			if (!h.n)
				return false;
			f.raw[f.n++] = h;
			f.rank |= 1u << shift;
		} else if (span_eq(w, h)) {
			f.rank |= 2u << shift;
		} else {
			return false;
		}
	}
	return false;
}

static const char *add_method(struct arena *a, const char *allow, const char *method)
{
	const char *also = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;

	return allow ? arena_printf(a, "%s, %s", allow, also) : also;
}

static bool serves(const struct httpd_route *r, const char *method)
{
	return strcmp(r->method, method) == 0 ||
	       (strcmp(r->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

bool uri_match(const struct httpd_route *routes, const char *method, struct span path,
	       struct arena *a, struct uri_match *ret)
{
	struct uri_match m = {0};
	struct fit best = {0}, f;

	for (const struct httpd_route *r = routes; r->method; r++) {
		if (!fits(r->pattern, path, &f))
			continue;
		if (m.allow && f.rank < best.rank)
			continue;
		if (!m.allow || f.rank > best.rank)
			m = (struct uri_match){0};
		best = f;
		m.allow = add_method(a, m.allow, r->method);
		if (serves(r, method))
			m.route = r;
	}
	for (size_t i = 0; m.route && i < best.n; i++)
		if (!uri_decode(best.raw[i], false, a, &m.params[i]))
			return false;
	*ret = m;
	return true;
}
