/* The glue to libmicrohttpd. One callback per request is called again and again: with the headers,
 * with pieces of the body, at its end, and once more after a suspended request was resumed;
 * on_request() is that state machine.
 *
 * Addresses are decoded here, not by the library: its decoding turns "%2F" into a segment's end and
 * "%00" into the string's. A body that is refused early is read and dropped up to DISCARD_MAX, so
 * that the client gets to read the refusal instead of a reset. */
#include "http/httpd.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/cond.h"
#include "http/listen.h"
#include "http/priv.h"
#include "http/tls.h"

#define POOL_BYTES                                                                                 \
	((size_t)64                                                                                \
	 << 10) /* per connection: headers of HTTPD_HEADER_MAX and a fair piece of a body */
#define DISCARD_MAX ((size_t)16 << 20)
#define BLOCK_BYTES ((size_t)16 << 10) /* what a stream hands over at a time */

struct httpd {
	struct httpd_options o;
	struct MHD_Daemon *daemon;
	unsigned port;
	bool tls;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t idle;
	_Atomic bool stopping; /* also read without the lock */
	unsigned handed;       /* to their handlers, and not completed */
	struct httpd_stream **streams;
	size_t n_streams, cap_streams;
};

/* A request as it is allocated. */
struct request {
	struct httpd_rq rq;
	struct httpd_priv priv;
};

/* ---- sending ---- */

static void park(void *conn)
{
	MHD_suspend_connection(conn);
}

static void unpark(void *conn)
{
	MHD_resume_connection(conn);
}

static void cut(void *conn)
{
	const union MHD_ConnectionInfo *fd =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (fd)
		(void)shutdown(fd->connect_fd, SHUT_RDWR);
}

static bool is_gone(void *conn)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd p = {.fd = i ? i->connect_fd : -1, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

static const struct stream_port stream_port = {park, unpark, cut, is_gone};

static ssize_t on_stream(void *cls, uint64_t pos, char *to, size_t max)
{
	ssize_t n = stream_read(cls, to, max);

	(void)pos;
	if (n == STREAM_OVER)
		return MHD_CONTENT_READER_END_OF_STREAM;
	return n == STREAM_BROKEN ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

static void on_stream_freed(void *cls)
{
	httpd_stream_unref(cls);
}

/* The library closes the file with the response. */
static struct MHD_Response *make_file_response(struct httpd_priv *p)
{
	struct stat st;

	if (fstat(p->file, &st) < 0)
		return NULL;
	struct MHD_Response *r = MHD_create_response_from_fd64((uint64_t)st.st_size, p->file);
	p->has_file = !r;
	return r;
}

static struct MHD_Response *make_response(struct httpd_priv *p)
{
	if (p->stream) {
		stream_ref(p->stream);
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_stream,
							 p->stream, on_stream_freed);
	}
	if (p->has_file)
		return make_file_response(p);
	if (p->own.n) {
		size_t n = p->own.n;
		return MHD_create_response_from_buffer(n, buf_take(&p->own), MHD_RESPMEM_MUST_FREE);
	}
	/* The library does not write to a persistent buffer. */
	return MHD_create_response_from_buffer(p->content.n, (void *)p->content.p,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct httpd_rq *rq)
{
	struct httpd_priv *p = rq->priv;

	answer_finish(rq, p->httpd->tls, p->httpd->stopping);
	struct MHD_Response *r = make_response(p);
	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < p->n_out; i++)
		(void)MHD_add_response_header(r, p->out[i].name.p, p->out[i].value.p);
	enum MHD_Result ok = MHD_queue_response(p->conn, (unsigned)rq->status, r);
	MHD_destroy_response(r);
	p->queued = true;
	return ok;
}

/* ---- asking ---- */

struct span httpd_header(const struct httpd_rq *rq, const char *name)
{
	return span_str(MHD_lookup_connection_value(rq->priv->conn, MHD_HEADER_KIND, name));
}

struct joined {
	struct httpd_rq *rq;
	const char *name;
	struct span value;
};

static enum MHD_Result join_line(void *cls, enum MHD_ValueKind kind, const char *key,
				 const char *value)
{
	struct joined *j = cls;

	(void)kind;
	if (strcasecmp(key, j->name) != 0)
		return MHD_YES;
	if (!value)
		value = "";
	if (j->value.p)
		value = arena_printf(&j->rq->arena, SPAN_FMT ",%s", SPAN_ARG(j->value), value);
	j->value = span_str(value);
	return MHD_YES;
}

struct span httpd_header_joined(struct httpd_rq *rq, const char *name)
{
	struct joined j = {rq, name, SPAN_NONE};

	(void)MHD_get_connection_values(rq->priv->conn, MHD_HEADER_KIND, join_line, &j);
	return j.value;
}

struct span httpd_cookie(const struct httpd_rq *rq, const char *name)
{
	return span_str(MHD_lookup_connection_value(rq->priv->conn, MHD_COOKIE_KIND, name));
}

/* ---- a request from its first line to its handler ---- */

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct httpd *h = cls;
	struct request *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->rq.priv = &q->priv;
	q->rq.began = clock_monotonic();
	q->priv.httpd = h;
	q->priv.conn = conn;
	q->priv.raw = arena_span(&q->rq.arena, span_str(uri));
	q->priv.head.p = uri;
	return &q->rq;
}

static void read_peer(struct httpd_rq *rq)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(rq->priv->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char *to = rq->peer;

	if (i &&
	    getnameinfo(i->client_addr, sizeof(struct sockaddr_storage), to, sizeof(rq->peer), NULL,
			0, NI_NUMERICHOST) == 0 &&
	    strncmp(to, "::ffff:", 7) == 0 && strchr(to, '.'))
		memmove(to, to + 7, strlen(to + 7) + 1);
	to[strcspn(to, "%")] =
	    '\0'; /* a link-local address names its interface, which says nothing elsewhere */
}

static void read_certificate(struct httpd_rq *rq)
{
	struct httpd_priv *p = rq->priv;
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(p->conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct tls_peer *peer = i ? i->socket_context : NULL;

	if (!peer)
		return;
	if (!peer->fingerprint[0]) {
		i = MHD_get_connection_info(p->conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (i && i->tls_session)
			tls_peer(i->tls_session, peer);
	}
	if (peer->cn[0])
		rq->client_cn = arena_span(&rq->arena, span_str(peer->cn));
	memcpy(rq->client_fingerprint, peer->fingerprint, sizeof(peer->fingerprint));
}

static size_t header_bytes(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return i ? i->header_size : 0;
}

static enum MHD_Result take_line(void *cls, enum MHD_ValueKind kind, const char *name, size_t n,
				 const char *value, size_t n_value)
{
	struct httpd_priv *p = cls;

	(void)kind;
	p->lines[p->n_lines++] = (struct httpd_pair){span_of(name, n), span_of(value, n_value)};
	return MHD_YES;
}

/* The library has said where the address is; the method and a space stand before it. */
static void read_head(struct httpd_rq *rq, const char *version)
{
	struct httpd_priv *p = rq->priv;
	int n = MHD_get_connection_values(p->conn, MHD_HEADER_KIND, NULL, NULL);
	size_t bytes = header_bytes(p->conn), before = strlen(rq->method) + 1;

	p->is_old = strcmp(version, "HTTP/1.0") == 0;
	p->head.n = bytes > before ? bytes - before : 0;
	p->lines = arena_array(&rq->arena, struct httpd_pair, (size_t)n + 1);
	(void)MHD_get_connection_values_n(p->conn, MHD_HEADER_KIND, take_line, p);
}

static enum MHD_Result begin(struct httpd_rq *rq, const char *method, const char *version)
{
	struct httpd_priv *p = rq->priv;

	p->begun = true;
	rq->method = arena_strdup(&rq->arena, method);
	read_head(rq, version);
	read_peer(rq);
	read_certificate(rq);
	request_check(rq, &p->httpd->o, header_bytes(p->conn));
	if (!p->answered)
		return MHD_YES;
	size_t length = request_body_length(rq);
	if (p->cut || !length || (length > DISCARD_MAX && length != SIZE_MAX))
		return send_answer(rq);
	p->discard = true;
	return MHD_YES;
}

static enum MHD_Result take_body(struct httpd_rq *rq, const char *data, size_t *n)
{
	struct httpd_priv *p = rq->priv;

	if (!p->discard && p->in.n + *n > rq->route->body_max) {
		request_refuse_body(rq);
		p->discard = true;
		buf_done(&p->in);
	}
	if (p->discard)
		p->discarded += *n;
	else
		buf_add(&p->in, span_of(data, *n));
	*n = 0;
	return p->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

/* Once the server is closing nothing more is handed on, so that what is under way can only become
 * less: the library must not be stopped while a request is suspended. */
static void handle(struct httpd *h, struct httpd_rq *rq)
{
	pthread_mutex_lock(&h->lock);
	rq->priv->handed = !h->stopping;
	h->handed += rq->priv->handed;
	pthread_mutex_unlock(&h->lock);
	if (rq->priv->handed) {
		rq->route->handler(rq, h->o.user);
		return;
	}
	httpd_set_header(rq, "Retry-After", "1");
	httpd_set_header(rq, "Connection", "close");
	httpd_problem(rq, 503, "closing", "the server is closing; ask again");
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *n, void **ctx)
{
	struct httpd *h = cls;
	struct httpd_rq *rq = *ctx;

	(void)conn, (void)url;
	if (!rq)
		return MHD_NO;
	struct httpd_priv *p = rq->priv;
	if (!p->begun)
		return begin(rq, method, version);
	if (*n)
		return take_body(rq, data, n);
	if (!p->discard && !p->handled) {
		p->handled = true;
		rq->body = buf_span(&p->in);
		handle(h, rq);
		/* From here on a suspended request may be in another thread's hands. */
		if (p->suspended)
			return MHD_YES;
	}
	if (p->suspended && !atomic_load(&p->resumed))
		return MHD_YES;
	assert(p->answered);
	return p->queued ? MHD_YES : send_answer(rq);
}

void httpd_suspend(struct httpd_rq *rq)
{
	assert(rq->priv->handled && !rq->priv->answered);
	rq->priv->suspended = true;
	MHD_suspend_connection(rq->priv->conn);
}

void httpd_resume(struct httpd_rq *rq)
{
	struct MHD_Connection *conn = rq->priv->conn;

	assert(rq->priv->suspended && rq->priv->answered);
	atomic_store(&rq->priv->resumed, true);
	MHD_resume_connection(conn);
}

bool httpd_client_is_gone(const struct httpd_rq *rq)
{
	return is_gone(rq->priv->conn);
}

/* ---- streams ---- */

struct httpd_stream *httpd_stream_open(struct httpd_rq *rq, const char *type)
{
	struct httpd_priv *p = rq->priv;
	struct httpd *h = p->httpd;

	httpd_answer(rq, 200, type, SPAN(""));
	p->stream = stream_new(&stream_port, p->conn);
	stream_ref(p->stream);
	pthread_mutex_lock(&h->lock);
	if (h->n_streams == h->cap_streams) {
		h->cap_streams = h->cap_streams ? 2 * h->cap_streams : 64;
		h->streams = realloc(h->streams, h->cap_streams * sizeof(*h->streams));
		if (!h->streams)
			abort();
	}
	h->streams[h->n_streams++] = p->stream;
	bool stopping = h->stopping;
	pthread_mutex_unlock(&h->lock);
	if (stopping)
		httpd_stream_end(p->stream);
	return p->stream;
}

static void forget_stream(struct httpd *h, const struct httpd_stream *s)
{
	for (size_t i = 0; i < h->n_streams; i++)
		if (h->streams[i] == s) {
			h->streams[i] = h->streams[--h->n_streams];
			return;
		}
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **ctx,
			 enum MHD_RequestTerminationCode how)
{
	struct httpd *h = cls;
	struct httpd_rq *rq = *ctx;

	(void)conn, (void)how;
	if (!rq)
		return;
	struct httpd_priv *p = rq->priv;
	if (p->stream)
		stream_closed(p->stream);
	if (h->o.done && p->begun)
		h->o.done(rq, h->o.user);
	pthread_mutex_lock(&h->lock);
	if (p->stream)
		forget_stream(h, p->stream);
	if (p->handed && --h->handed == 0)
		pthread_cond_broadcast(&h->idle);
	pthread_mutex_unlock(&h->lock);
	httpd_stream_unref(p->stream);
	buf_done(&p->in);
	buf_done(&p->own);
	if (p->has_file)
		(void)close(p->file);
	arena_done(&rq->arena);
	free(rq);
	*ctx = NULL;
}

/* ---- the listener ---- */

static void on_connection(void *cls, struct MHD_Connection *conn, void **ctx,
			  enum MHD_ConnectionNotificationCode what)
{
	struct httpd *h = cls;
	const union MHD_ConnectionInfo *i;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*ctx);
		*ctx = NULL;
		return;
	}
	i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (i)
		(void)setsockopt(i->connect_fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (!h->o.client_ca_file)
		return;
	*ctx = calloc(1, sizeof(struct tls_peer));
	i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!i || !i->tls_session || !*ctx)
		abort(); /* without this call the certificate would not be asked for */
	tls_require_client(i->tls_session);
}

/* The library's own decoding is not wanted (see the top). */
static size_t keep_escapes(void *cls, struct MHD_Connection *conn, char *s)
{
	(void)cls, (void)conn;
	return strlen(s);
}

static struct MHD_Daemon *start_daemon(struct httpd *h, int fd, const struct buf pem[3])
{
	const struct httpd_options *o = &h->o;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
	unsigned threads = o->threads ? o->threads : 2, n = 0;
	struct MHD_OptionItem tls[5] = {0};
	char priorities[] = TLS_PRIORITIES;

	if (h->tls) {
		flags |= MHD_USE_TLS;
		tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, pem[0].p};
		tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, pem[1].p};
		tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
		if (o->client_ca_file)
			tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, pem[2].p};
	}
	tls[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	if (threads < 2)
		threads = 2; /* the library's pool starts at two */
	return MHD_start_daemon(
	    flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
	    o->connections_max ? o->connections_max : 4096U, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)((o->idle_timeout ? o->idle_timeout : 60 * USEC_PER_SEC) / USEC_PER_SEC),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_uri, h,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_ARRAY, tls,
	    MHD_OPTION_END);
}

static int read_pems(const struct httpd_options *o, struct buf pem[3], struct err *err)
{
	const char *files[3] = {o->cert_file, o->key_file, o->client_ca_file};

	if (!o->cert_file != !o->key_file || (o->client_ca_file && !o->cert_file))
		return err_set(err, ERR_INVALID, "TLS needs a certificate and its key");
	for (int i = 0; i < 3; i++) {
		int r = files[i] ? tls_read_pem(files[i], &pem[i], err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static void httpd_free(struct httpd *h)
{
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h->streams);
	free(h);
}
DEFINE_CLEANUP(struct httpd *, httpd_free)

int httpd_open(const struct httpd_options *o, struct httpd **ret, struct err *err)
{
	_cleanup_(httpd_freep) struct httpd *h = calloc(1, sizeof(*h));
	_cleanup_(closep) int fd = -1;
	struct buf pem[3] = {0};

	if (!h)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	h->o = *o;
	h->tls = o->cert_file != NULL;
	pthread_mutex_init(&h->lock, NULL);
	cond_init(&h->idle);
	listen_raise_file_limit();
	int r = read_pems(o, pem, err);
	if (r == 0)
		r = listen_open(o->listen, &fd, &h->port, err);
	if (r == 0) {
		h->daemon = start_daemon(h, fd, pem);
		if (!h->daemon)
			r = err_set(err, ERR_INVALID, "%s: the server does not start%s", o->listen,
				    h->tls ? "; do certificate and key fit together?" : "");
	}
	for (int i = 0; i < 3; i++)
		buf_done(&pem[i]);
	if (r < 0)
		return r;
	(void)TAKE_FD(fd); /* the library closes it */
	*ret = TAKE_PTR(h);
	return 0;
}

/* Without MHD_quiesce_daemon(): it and an epoll thread may both take the listening socket out of
 * the thread's set, and whoever comes second ends the program (0.9.75). */
void httpd_close(struct httpd *h, usec_t grace)
{
	if (!h)
		return;
	usec_t end = clock_monotonic() + grace;

	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	for (size_t i = 0; i < h->n_streams; i++)
		httpd_stream_end(h->streams[i]);
	while (h->handed && cond_wait_until(&h->idle, &h->lock, end))
		;
	pthread_mutex_unlock(&h->lock);
	MHD_stop_daemon(h->daemon);
	httpd_free(h);
}

unsigned httpd_port(const struct httpd *h)
{
	return h->port;
}
