/* The checks between a request's headers and its body: the chain drawn in httpd.h. */
#include <assert.h>
#include <string.h>

#include "http/framing.h"
#include "http/media.h"
#include "http/priv.h"
#include "http/uri.h"

static bool read_address(struct httpd_rq *rq, const struct httpd_route *routes,
			 struct uri_match *ret)
{
	struct span query = rq->priv->raw, path;

	(void)span_cut(&query, '?', &path);
	return uri_decode(path, false, &rq->arena, &rq->path) &&
	       uri_query(query, &rq->arena, &rq->query, &rq->n_query) &&
	       uri_match(routes, rq->method, path, &rq->arena, ret);
}

size_t request_body_length(const struct httpd_rq *rq)
{
	uint64_t n = 0;

	if (httpd_header(rq, "Transfer-Encoding").p)
		return SIZE_MAX;
	(void)span_to_u64(span_trim(httpd_header(rq, "Content-Length")), &n);
	return n;
}

void request_refuse_body(struct httpd_rq *rq)
{
	httpd_problem(rq, 413, "too-large", "a body here may have up to %zu bytes",
		      rq->route->body_max);
}

/* false: no route, and it has answered. */
static bool find_route(struct httpd_rq *rq, const struct httpd_options *o)
{
	struct uri_match m = {0};

	if (!read_address(rq, o->routes, &m)) {
		httpd_problem(rq, 400, "bad-address", "the address is not well-formed");
	} else if (m.route) {
		rq->route = m.route;
		memcpy(rq->params, m.params, sizeof(rq->params));
	} else if (m.allow) {
		httpd_set_header(rq, "Allow", "%s", m.allow);
		httpd_problem(rq, 405, "method-not-allowed", "allowed here: %s", m.allow);
	} else {
		httpd_problem(rq, 404, "not-found", "nothing is served here");
	}
	return rq->route != NULL;
}

static void check_media(struct httpd_rq *rq)
{
	const struct httpd_route *route = rq->route;
	size_t length = request_body_length(rq);

	if (route->produces &&
	    !media_accepts(httpd_header(rq, "Accept"), span_str(route->produces)))
		httpd_problem(rq, 406, "not-acceptable", "served here: %s", route->produces);
	else if (route->consumes &&
		 !media_in_list(httpd_header(rq, "Content-Type"), span_str(route->consumes)))
		httpd_problem(rq, 415, "unsupported-media-type", "taken here: %s", route->consumes);
	else if (length > route->body_max && (length != SIZE_MAX || !route->body_max))
		request_refuse_body(rq);
}

void request_check(struct httpd_rq *rq, const struct httpd_options *o, size_t header_bytes)
{
	if (!framing_is_good(rq))
		return;
	if (header_bytes > HTTPD_HEADER_MAX) {
		httpd_problem(rq, 431, "headers-too-large", "the headers may have up to %zu bytes",
			      HTTPD_HEADER_MAX);
		return;
	}
	if (!find_route(rq, o))
		return;
	if (o->gate && !o->gate(rq, o->user))
		assert(rq->priv->answered);
	else
		check_media(rq);
}
