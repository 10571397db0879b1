/* One lock per stream. The connection is parked and woken under it, so no wake-up is lost between
 * "the queue is empty" and "asleep"; a closed stream never touches its connection again.
 *
 * Bytes are counted, not chunks: a client that is away for a moment may lag by
 * HTTPD_STREAM_QUEUE_MAX behind the chunk that it is being sent, then it is cut rather than fed
 * what is old. It comes back and asks for a snapshot, which may itself be larger than that. */
#include <pthread.h>
#include <stdatomic.h>

#include "http/priv.h"

struct httpd_chunk {
	_Atomic unsigned refs;
	size_t n;
	char bytes[];
};

struct entry {
	struct entry *next;
	struct httpd_chunk *chunk;
};

struct httpd_stream {
	_Atomic unsigned refs;
	pthread_mutex_t lock;
	const struct stream_port *port;
	void *conn; /* NULL once closed */
	struct entry *first, *last;
	size_t sent; /* of the first chunk */
	size_t queued;
	bool parked, over, broken;
};

struct httpd_chunk *httpd_chunk_new(struct span bytes)
{
	struct httpd_chunk *c = malloc(sizeof(*c) + bytes.n);

	if (!c)
		abort();
	atomic_init(&c->refs, 1);
	c->n = bytes.n;
	if (bytes.n)
		memcpy(c->bytes, bytes.p, bytes.n);
	return c;
}

void httpd_chunk_unref(struct httpd_chunk *c)
{
	if (c && atomic_fetch_sub(&c->refs, 1) == 1)
		free(c);
}

struct httpd_stream *stream_new(const struct stream_port *port, void *conn)
{
	struct httpd_stream *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	atomic_init(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	s->port = port;
	s->conn = conn;
	return s;
}

void stream_ref(struct httpd_stream *s)
{
	atomic_fetch_add(&s->refs, 1);
}

static void drop_first(struct httpd_stream *s)
{
	struct entry *e = s->first;

	s->first = e->next;
	if (!s->first)
		s->last = NULL;
	s->queued -= e->chunk->n;
	s->sent = 0;
	httpd_chunk_unref(e->chunk);
	free(e);
}

void httpd_stream_unref(struct httpd_stream *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	while (s->first)
		drop_first(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void unpark(struct httpd_stream *s)
{
	if (s->parked && s->conn) {
		s->parked = false;
		s->port->unpark(s->conn);
	}
}

bool httpd_stream_push(struct httpd_stream *s, struct httpd_chunk *c)
{
	pthread_mutex_lock(&s->lock);
	bool open = s->conn && !s->over && !s->broken;
	size_t sending = s->first ? s->first->chunk->n : c->n;
	if (open && s->queued + c->n > HTTPD_STREAM_QUEUE_MAX + sending) {
		s->broken = true;
		s->port->cut(s->conn);
		unpark(s);
		open = false;
	}
	if (open && c->n) {
		struct entry *e = malloc(sizeof(*e));
		if (!e)
			abort();
		*e = (struct entry){.chunk = c};
		atomic_fetch_add(&c->refs, 1);
		*(s->last ? &s->last->next : &s->first) = e;
		s->last = e;
		s->queued += c->n;
		unpark(s);
	}
	pthread_mutex_unlock(&s->lock);
	return open;
}

bool httpd_stream_is_gone(struct httpd_stream *s)
{
	pthread_mutex_lock(&s->lock);
	bool gone = !s->conn || s->broken || s->port->is_gone(s->conn);
	pthread_mutex_unlock(&s->lock);
	return gone;
}

void httpd_stream_end(struct httpd_stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->over = true;
	unpark(s);
	pthread_mutex_unlock(&s->lock);
}

ssize_t stream_read(struct httpd_stream *s, char *to, size_t max)
{
	ssize_t n = 0;

	pthread_mutex_lock(&s->lock);
	while (!s->broken && s->first && (size_t)n < max) {
		struct httpd_chunk *c = s->first->chunk;
		size_t part = c->n - s->sent;
		if (part > max - (size_t)n)
			part = max - (size_t)n;
		memcpy(to + n, c->bytes + s->sent, part);
		n += (ssize_t)part;
		s->sent += part;
		if (s->sent == c->n)
			drop_first(s);
	}
	if (s->broken) {
		n = STREAM_BROKEN;
	} else if (!n && s->over) {
		n = STREAM_OVER;
	} else if (!n && s->conn) {
		s->parked = true;
		s->port->park(s->conn);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

void stream_closed(struct httpd_stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->conn = NULL;
	pthread_mutex_unlock(&s->lock);
}
