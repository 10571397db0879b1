/* What the files of http/ share of a request. Nobody else includes this. */
#pragma once

#include <stdatomic.h>

#include "http/httpd.h"

struct MHD_Connection;
struct MHD_Response;

struct httpd_priv {
	struct httpd *httpd;
	struct MHD_Connection *conn;
	struct span raw;	  /* path and query as they came */
	struct span head;	  /* from there to the empty line, in the library's memory */
	struct httpd_pair *lines; /* of the head; there too */
	size_t n_lines;
	bool is_old;   /* HTTP/1.0 */
	struct buf in; /* the body as it comes */
	bool begun, handled, answered, queued;
	bool handed;  /* its handler was called */
	bool discard; /* answered already: the body is read and dropped */
	size_t discarded;
	bool cut; /* where the request ends cannot be told: the connection ends with the answer */
	struct httpd_pair out[HTTPD_HEADERS_OUT_MAX + 16]; /* the handler's and the server's own */
	size_t n_out;
	const char *type;
	struct span content; /* of the answer, if not in own */
	struct buf own;
	bool has_file;
	int file; /* ours until it is sent */
	struct httpd_stream *stream;
	bool suspended;	      /* set by the handler's thread: it answers later */
	_Atomic bool resumed; /* the answer is there */
};

const char *httpd_status_title(int status);

/* ---- check.c: what is checked before the body is read; the first that fails answers ---- */

void request_check(struct httpd_rq *rq, const struct httpd_options *o, size_t header_bytes);
/* The declared length; 0 without a body, SIZE_MAX if it comes in chunks of unknown number. */
size_t request_body_length(const struct httpd_rq *rq);
void request_refuse_body(struct httpd_rq *rq);

/* answer.c: packs the body if that pays, and adds the headers that every answer carries. Once, when
 * it is sent. */
void answer_finish(struct httpd_rq *rq, bool tls, bool closing);

/* ---- stream.c: a queue of shared chunks between any thread and the server's ---- */

struct stream_port {		     /* how a stream reaches its connection */
	void (*park)(void *conn);    /* nothing to send for now */
	void (*unpark)(void *conn);  /* there is again */
	void (*cut)(void *conn);     /* drop the connection */
	bool (*is_gone)(void *conn); /* has the other side closed? */
};

struct httpd_stream *stream_new(const struct stream_port *port, void *conn);
void stream_ref(struct httpd_stream *s);
enum { STREAM_WAIT = 0, STREAM_OVER = -1, STREAM_BROKEN = -2 };
/* For the server's thread: bytes copied, or one of the above. Parks the connection before it says
 * WAIT. */
ssize_t stream_read(struct httpd_stream *s, char *to, size_t max);
void stream_closed(struct httpd_stream *s); /* the connection is gone */
