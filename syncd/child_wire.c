#include "syncd/child_wire.h"

#include <stdlib.h>
#include <string.h>

/* ---- in a row ---- */

static void put_number(struct buf *out, uint64_t n)
{
	buf_add(out, span_of((const char *)&n, sizeof(n)));
}

static void put(struct buf *out, struct span s)
{
	put_number(out, s.n);
	buf_add(out, s);
}

/* Begins a message; its length is known when it ends. */
static size_t begin(struct buf *out, enum child_message message)
{
	struct child_head head = {.message = message};
	size_t at = out->n;

	buf_add(out, span_of((const char *)&head, sizeof(head)));
	return at;
}

/* follows: bytes that the caller sends after these. */
static void end(struct buf *out, size_t at, size_t follows)
{
	uint32_t n = (uint32_t)(out->n - at - sizeof(struct child_head) + follows);

	memcpy(out->p + at + offsetof(struct child_head, n), &n, sizeof(n));
}

/* What is missing makes `bad` true and reads as nothing. */
struct reader {
	struct span rest;
	bool bad;
};

static struct span take(struct reader *r, uint64_t n)
{
	struct span s = SPAN_NONE;

	if (n > r->rest.n) {
		r->bad = true;
		return s;
	}
	s = span_of(r->rest.p, n);
	r->rest = span_of(r->rest.p + n, r->rest.n - n);
	return s;
}

static uint64_t get_number(struct reader *r)
{
	struct span s = take(r, sizeof(uint64_t));
	uint64_t n = 0;

	if (!r->bad)
		memcpy(&n, s.p, sizeof(n));
	return n;
}

static struct span get(struct reader *r)
{
	return take(r, get_number(r));
}

static char *get_text(struct reader *r)
{
	struct span s = get(r);
	char *text = strndup(s.p ? s.p : "", s.n);

	if (!text)
		abort();
	return text;
}

static int outcome(const struct reader *r, struct err *err)
{
	return r->bad ? err_set(err, ERR_CORRUPT, "a message between syncd and its child is cut")
		      : 0;
}

int child_next(struct span from, bool *ret_whole, struct child_head *ret, struct span *ret_body,
	       struct err *err)
{
	struct child_head head;

	*ret_whole = false;
	if (from.n < sizeof(head))
		return 0;
	memcpy(&head, from.p, sizeof(head));
	if (head.message < CHILD_OPEN || head.message > CHILD_REPLY || head.n > CHILD_MESSAGE_MAX)
		return err_set(err, ERR_CORRUPT, "a message between syncd and its child is none");
	if (from.n - sizeof(head) < head.n)
		return 0;
	*ret_whole = true;
	*ret = head;
	*ret_body = span_of(from.p + sizeof(head), head.n);
	return 0;
}

/* ---- the messages ---- */

void child_add_open(struct buf *out, const struct sftp_options *o)
{
	const struct enrolment_sftp *to = o->to;
	size_t at = begin(out, CHILD_OPEN);

	put_number(out, (uint64_t)o->connect_timeout);
	put_number(out, (uint64_t)o->stall_timeout);
	put_number(out, (uint64_t)o->answer_timeout);
	put(out, span_str(o->left ? o->left : ""));
	put_number(out, to->port);
	put(out, span_str(to->user));
	put(out, span_str(to->host));
	put(out, span_str(to->dir));
	put(out, span_str(to->host_key_type));
	put(out, buf_span(&to->host_key));
	put(out, span_str(to->key));
	end(out, at, 0);
}

int child_read_open(struct span body, struct enrolment_sftp *ret_to, struct sftp_options *ret,
		    struct err *err)
{
	struct reader r = {.rest = body};

	*ret_to = (struct enrolment_sftp){0};
	*ret = (struct sftp_options){.to = ret_to};
	ret->connect_timeout = (usec_t)get_number(&r);
	ret->stall_timeout = (usec_t)get_number(&r);
	ret->answer_timeout = (usec_t)get_number(&r);
	ret->left = get_text(&r);
	ret_to->port = (uint16_t)get_number(&r);
	ret_to->user = get_text(&r);
	ret_to->host = get_text(&r);
	ret_to->dir = get_text(&r);
	ret_to->host_key_type = get_text(&r);
	buf_add(&ret_to->host_key, get(&r));
	ret_to->key = get_text(&r);
	return outcome(&r, err);
}

void child_open_done(struct enrolment_sftp *to)
{
	if (to->key)
		explicit_bzero((char *)to->key, strlen(to->key));
	free((char *)to->key);
	to->key = NULL;
	enrolment_sftp_done(to);
}

void child_add_send(struct buf *out, const struct transport_batch *b)
{
	size_t at = begin(out, CHILD_SEND);

	put(out, b->name.facility);
	put(out, b->name.epoch);
	put_number(out, b->name.first);
	put_number(out, b->name.last);
	end(out, at, b->body.n);
}

int child_read_send(struct span body, struct transport_batch *ret, struct err *err)
{
	struct reader r = {.rest = body};

	ret->name.facility = get(&r);
	ret->name.epoch = get(&r);
	ret->name.first = get_number(&r);
	ret->name.last = get_number(&r);
	ret->body = r.rest;
	return outcome(&r, err);
}

void child_add_alive(struct buf *out)
{
	end(out, begin(out, CHILD_ALIVE), 0);
}

void child_add_reply(struct buf *out, const struct transport_reply *r)
{
	size_t at = begin(out, CHILD_REPLY);

	put_number(out, r->kind);
	put_number(out, (uint64_t)r->status);
	put_number(out, (uint64_t)r->retry_after);
	put_number(out, r->unheard);
	put_number(out, r->why.code);
	put_number(out, r->why.retriable);
	put(out, span_str(r->why.message));
	put(out, r->body);
	end(out, at, 0);
}

int child_read_reply(struct span body, struct transport_reply *ret, struct err *err)
{
	struct reader r = {.rest = body};

	*ret = (struct transport_reply){0};
	ret->kind = (enum reply_kind)get_number(&r);
	ret->status = (int)get_number(&r);
	ret->retry_after = (usec_t)get_number(&r);
	ret->unheard = get_number(&r) != 0;
	ret->why.code = (enum err_code)get_number(&r);
	ret->why.retriable = get_number(&r) != 0;
	struct span message = get(&r);
	size_t n = message.n < sizeof(ret->why.message) ? message.n : sizeof(ret->why.message) - 1;
	if (n > 0)
		memcpy(ret->why.message, message.p, n);
	ret->body = get(&r);
	return outcome(&r, err);
}
