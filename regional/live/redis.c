/* hiredis keeps the replies; one of them is held at a time, until the next is asked for. */
#include "regional/live/redis.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include <hiredis/hiredis.h>

#define WORDS_MAX 16

struct redis {
	redisContext *c;
	redisReply *held;
};

void redis_close(struct redis *r)
{
	if (!r)
		return;
	if (r->held)
		freeReplyObject(r->held);
	if (r->c)
		redisFree(r->c);
	free(r);
}

static redisContext *dial(const char *address, struct timeval timeout)
{
	const char *colon = strrchr(address, ':');
	char host[256];
	size_t n;

	if (strncmp(address, "unix:", 5) == 0)
		return redisConnectUnixWithTimeout(address + 5, timeout);
	n = colon ? (size_t)(colon - address) : strlen(address);
	if (n > 1 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (n >= sizeof(host))
		return NULL;
	memcpy(host, address, n);
	host[n] = '\0';
	return redisConnectWithTimeout(host, colon ? atoi(colon + 1) : 6379, timeout);
}

int redis_open(const char *address, const char *password, usec_t timeout, struct redis **ret,
	       struct err *err)
{
	struct timeval t = {.tv_sec = timeout / USEC_PER_SEC, .tv_usec = timeout % USEC_PER_SEC};
	_cleanup_(redis_closep) struct redis *r = calloc(1, sizeof(*r));
	struct redis_value v = {0};
	sigset_t broken_pipe;

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
	r->c = dial(address, t);
	if (!r->c || r->c->err)
		return err_set(err, ERR_UNAVAILABLE, "Redis at %s: %s", address,
			       r->c ? r->c->errstr : "bad address");
	(void)redisSetTimeout(r->c, t);
	if (password) {
		REDIS_SEND(r, SPAN("AUTH"), span_str(password));
		int e = redis_receive(r, &v, err);
		if (e < 0)
			return e;
		if (v.kind == REDIS_REFUSED)
			return err_set(err, ERR_DENIED, "Redis at %s refuses the password",
				       address);
	}
	*ret = TAKE_PTR(r);
	return 0;
}

void redis_send(struct redis *r, const struct span *words, size_t n)
{
	const char *p[WORDS_MAX];
	size_t lengths[WORDS_MAX];

	if (n > WORDS_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		p[i] = words[i].p ? words[i].p : "";
		lengths[i] = words[i].n;
	}
	/* Fails on lack of memory or on a context that is broken already; receive then says so. */
	(void)redisAppendCommandArgv(r->c, (int)n, p, lengths);
}

static void read_reply(const redisReply *reply, struct redis_value *ret)
{
	*ret = (struct redis_value){.kind = REDIS_NIL};
	switch (reply->type) {
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_STRING: ret->kind = REDIS_TEXT; break;
	case REDIS_REPLY_ERROR: ret->kind = REDIS_REFUSED; break;
	case REDIS_REPLY_INTEGER:
		ret->kind = REDIS_NUMBER;
		ret->number = reply->integer;
		break;
	case REDIS_REPLY_ARRAY:
		ret->kind = REDIS_LIST;
		for (size_t i = 0; i < reply->elements && i < ARRAY_LEN(ret->items); i++)
			ret->items[ret->n_items++] =
			    span_of(reply->element[i]->str, reply->element[i]->len);
		break;
	default: break;
	}
	if (ret->kind == REDIS_TEXT || ret->kind == REDIS_REFUSED)
		ret->text = span_of(reply->str, reply->len);
}

static int take(struct redis *r, void *reply, struct redis_value *ret)
{
	if (r->held)
		freeReplyObject(r->held);
	r->held = reply;
	read_reply(r->held, ret);
	return 0;
}

static int lost(struct redis *r, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, "Redis: %s", r->c->err ? r->c->errstr : "no answer");
}

int redis_receive(struct redis *r, struct redis_value *ret, struct err *err)
{
	void *reply = NULL;

	if (redisGetReply(r->c, &reply) != REDIS_OK || !reply)
		return lost(r, err);
	return take(r, reply, ret);
}

int redis_wait(struct redis *r, usec_t wait, struct redis_value *ret, struct err *err)
{
	struct pollfd p = {.fd = r->c->fd, .events = POLLIN};
	void *reply = NULL;

	if (redisGetReplyFromReader(r->c, &reply) != REDIS_OK)
		return lost(r, err);
	if (!reply) {
		int n = poll(&p, 1, (int)(wait / USEC_PER_MSEC));
		if (n == 0 || (n < 0 && errno == EINTR))
			return 0;
		if (redisBufferRead(r->c) != REDIS_OK ||
		    redisGetReplyFromReader(r->c, &reply) != REDIS_OK)
			return lost(r, err);
		if (!reply)
			return 0;
	}
	(void)take(r, reply, ret);
	return 1;
}
