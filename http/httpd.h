/* An HTTP server: the only caller of libmicrohttpd.
 *
 * A listener is an address, optional TLS, and a const table of routes. Requests are served by a few
 * epoll threads, so a handler must not wait: what takes long is handed on and answered later
 * (httpd_suspend, httpd_resume).
 *
 *     static const struct httpd_route routes[] = {
 *             {"GET", "/api/facilities/{id}", facility_get, .produces = "application/json"},
 *             {"POST", "/api/v1/events", events_post, .body_max = 8 << 20,
 *              .consumes = "application/x-ndjson"},
 *             {0},
 *     };
 *
 *     request ─► one end? 400 ─► route? 404, 405 ─► gate ─► Accept? 406 ─► type? 415
 *             ─► size? 413 ─► body ─► handler ─► answer
 *
 * Errors are RFC 9457 problem+json. Every answer carries the security headers of httpd.c; a handler
 * that sets one of them itself wins. A GET route answers HEAD too.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define HTTPD_HEADER_MAX      ((size_t)16 << 10) /* request line and headers; above: 431 */
#define HTTPD_PARAMS_MAX      4			 /* {names} in a pattern */
#define HTTPD_QUERY_MAX	      64		 /* pairs in a query; above: 400 */
#define HTTPD_HEADERS_OUT_MAX 16		 /* headers a handler may set */

struct httpd;
struct httpd_rq;
struct httpd_stream;
struct httpd_priv;

typedef void (*httpd_handler_t)(struct httpd_rq *rq, void *user);

struct httpd_route {
	const char *method;  /* "GET", "POST", "PUT", "DELETE"; NULL ends a table */
	const char *pattern; /* "/api/facilities/{id}/beds": a {name} is one non-empty segment; a
			      * last segment {name...} takes the rest of the path. An exact segment
			      * beats a {name}. */
	httpd_handler_t handler;
	size_t body_max;      /* 0: the route takes no body (413 if one comes) */
	const char *consumes; /* comma list of media types for the body, else 415; NULL: any */
	const char *produces; /* checked against Accept, else 406; NULL: not checked */
	unsigned access;      /* for the gate; http/ does not look at it */
};

struct httpd_options {
	/* "127.0.0.1:8080", "[::]:8443", ":8080" (all addresses); port 0: any (httpd_port) */
	const char *listen;
	const char *cert_file, *key_file; /* PEM; both or neither */
	/* PEM: a client certificate from this CA is then required in the handshake */
	const char *client_ca_file;
	unsigned threads;	  /* 0: 2 */
	unsigned connections_max; /* 0: 4,096 */
	usec_t idle_timeout;	  /* of a connection that sends or takes nothing; 0: 60 s */
	const struct httpd_route *routes;
	void *user; /* for gate, handlers and done */
	/* Called with the headers read, before the body; false: it has answered and the request
	 * ends there. May set rq->who. NULL: everything is let in. */
	bool (*gate)(struct httpd_rq *rq, void *user);
	/* Called once per request after its answer was sent or given up: for counting. NULL
	 * allowed. */
	void (*done)(const struct httpd_rq *rq, void *user);
};

struct httpd_pair {
	struct span name, value;
};

struct httpd_rq {
	const char *method;
	struct span path;		      /* percent-decoded, UTF-8, NUL-terminated */
	const struct httpd_route *route;      /* NULL only in done(), when none matched */
	struct span params[HTTPD_PARAMS_MAX]; /* the {names} of the pattern in order, decoded */
	struct httpd_pair *query; /* in the order of the address, decoded, '+' is a space */
	size_t n_query;
	struct span body;	     /* whole; in the handler only */
	char peer[INET6_ADDRSTRLEN]; /* numeric address of the other side */
	struct span client_cn; /* the common name of the verified client certificate; SPAN_NONE
				  without one */
	char client_fingerprint[65]; /* SHA-256 of that certificate as hex; "" without one */
	struct arena arena;	     /* lives until the answer is sent */
	void *who;		     /* the gate's: whom it let in (in the arena or longer-lived) */
	void *plan;		     /* the handler's, for whom it hands the request on to */
	usec_t began;		     /* clock_monotonic() when the request line was read */
	int status;		     /* of the answer; 0 before */
	struct httpd_priv *priv;
};

int httpd_open(const struct httpd_options *o, struct httpd **ret,
	       struct err *err); /* serves when it returns */
/* Stops listening, ends all streams, waits up to `grace` for requests under way, closes. Whoever
 * suspended a request must resume it before `grace` ends; one that is never resumed is a bug and
 * aborts. NULL allowed. */
void httpd_close(struct httpd *h, usec_t grace);
unsigned httpd_port(const struct httpd *h);

/* Asking. SPAN_NONE if absent; names of headers and cookies as in the RFCs
 * (headers in any case). */
struct span httpd_header(const struct httpd_rq *rq, const char *name);
/* All lines of that name as one, with commas between, as RFC 9110 has it; in the arena. */
struct span httpd_header_joined(struct httpd_rq *rq, const char *name);
struct span httpd_cookie(const struct httpd_rq *rq, const char *name);
struct span httpd_query(const struct httpd_rq *rq, const char *name); /* the first of that name */

/* Answering (JSON and text are sent as gzip to who takes it): exactly one of answer, answer_buf,
 * problem, stream_open per request, headers before it. */
void httpd_set_header(struct httpd_rq *rq, const char *name, const char *format, ...)
    _printf_(3, 4);
/* The same for one of which there may be several, such as Set-Cookie. */
void httpd_add_header(struct httpd_rq *rq, const char *name, const char *format, ...)
    _printf_(3, 4);
/* body must live as long as the request: in rq->arena, or for ever. type NULL: no Content-Type. */
void httpd_answer(struct httpd_rq *rq, int status, const char *type, struct span body);
void httpd_answer_buf(struct httpd_rq *rq, int status, const char *type,
		      struct buf *body); /* takes its bytes */
/* A file from its beginning to its end, as it is sent: never as a whole in memory. Takes fd. */
void httpd_answer_file(struct httpd_rq *rq, int status, const char *type, int fd);
/* {"type":"urn:bedpost:problem:<code>","title":<the status in words>,"status":…,"detail":…}. code:
 * a stable word such as "bad-parameter". The detail never holds what a client sent in a body. */
void httpd_problem(struct httpd_rq *rq, int status, const char *code, const char *detail, ...)
    _printf_(4, 5);
/* The same with status 400, code "bad-parameter" and "parameter":<name>. */
void httpd_bad_parameter(struct httpd_rq *rq, const char *name, const char *detail, ...)
    _printf_(3, 4);
/* Sets a weak ETag from the bytes, and lets the client keep them unless the handler has said
 * otherwise (Cache-Control); if If-None-Match names it answers 304 and returns true. */
bool httpd_not_modified(struct httpd_rq *rq, struct span bytes);
/* The same with a tag at hand: 1 to 64 letters and digits. */
bool httpd_not_modified_tag(struct httpd_rq *rq, const char *tag);

/* Answering later: the handler calls suspend and hands rq on; another thread fills the answer and
 * calls resume, after which rq is not its to touch. resume may come before the handler has
 * returned. A client that has gone meanwhile is noticed after resume only. Does not block either of
 * them. */
void httpd_suspend(struct httpd_rq *rq);
void httpd_resume(struct httpd_rq *rq);
/* Of a suspended request, from any thread, before it is resumed: has the other side closed? For
 * work that is long enough to be given up. */
bool httpd_client_is_gone(const struct httpd_rq *rq);

/* Streams (server-sent events): an answer without end, fed from any thread, never blocking it.
 *
 * Chunks are shared: one chunk goes to any number of streams. A client that lets more than
 * HTTPD_STREAM_QUEUE_MAX bytes gather behind the chunk that it is being sent is dropped. Both have
 * reference counts; the opener of a stream holds one. */
#define HTTPD_STREAM_QUEUE_MAX ((size_t)1 << 20)

struct httpd_chunk;
struct httpd_chunk *httpd_chunk_new(struct span bytes); /* copies */
void httpd_chunk_unref(struct httpd_chunk *c);

struct httpd_stream *httpd_stream_open(struct httpd_rq *rq, const char *type);
bool httpd_stream_push(struct httpd_stream *s,
		       struct httpd_chunk *c); /* false: closed or dropped, let it go */
/* Has the other side closed? A push tells so only once something more is sent. */
bool httpd_stream_is_gone(struct httpd_stream *s);
void httpd_stream_end(
    struct httpd_stream *s); /* after what is queued; a later push returns false */
void httpd_stream_unref(struct httpd_stream *s); /* NULL allowed */
