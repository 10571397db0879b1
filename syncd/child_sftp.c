/* The child's end. It waits in one place at a time: for syncd's next word, or in the road's step,
 * which also looks at the socket, so that it ends with syncd at any moment. Between two exchanges
 * the SSH session is kept. */
#include "syncd/transport_child.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "syncd/child_wire.h"

#define READ_SIZE ((size_t)64 * 1024)
#define STEP_MS	  1000

struct state {
	struct buf in; /* of syncd; the message that is worked on stands at its start */
	struct buf out;
	struct enrolment_sftp to;
	struct sftp_options options;
	struct transport *road;
	usec_t said_at; /* monotonic */
};

static void state_done(struct state *s)
{
	transport_free(s->road);
	child_open_done(&s->to);
	free((char *)s->options.left);
	if (s->in.p)
		explicit_bzero(s->in.p, s->in.n);
	buf_done(&s->in);
	buf_done(&s->out);
}

/* A core would hold the key; whatever of syncd's came along by mistake is closed. */
static int settle_in(struct err *err)
{
	struct stat st;

	if (fstat(CHILD_FD, &st) < 0 || !S_ISSOCK(st.st_mode))
		return err_set(err, ERR_INVALID,
			       "--" CHILD_OPTION " is how bedpost-syncd starts itself for the SFTP "
			       "line; it is not for use by hand");
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)close_range(CHILD_FD + 1, ~0U, 0);
	return 0;
}

/* The next message, into ret_body; false: syncd is gone. */
static int next_message(struct state *s, bool *ret_there, struct child_head *ret,
			struct span *ret_body, struct err *err)
{
	bool whole = false;

	for (;;) {
		int r = child_next(buf_span(&s->in), &whole, ret, ret_body, err);
		if (r < 0)
			return r;
		*ret_there = whole;
		if (whole)
			return 0;
		char *to = buf_reserve(&s->in, READ_SIZE);
		ssize_t n = read(CHILD_FD, to, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		s->in.n += (size_t)n;
	}
}

static void drop_message(struct state *s, const struct child_head *head)
{
	size_t n = sizeof(*head) + head->n;

	assert(s->in.p && s->in.n >= n); /* it was found whole in there */
	if (head->message == CHILD_OPEN)
		explicit_bzero(s->in.p, n);
	memmove(s->in.p, s->in.p + n, s->in.n - n);
	s->in.n -= n;
}

/* False: syncd is gone. */
static bool say(struct state *s)
{
	for (size_t done = 0; done < s->out.n;) {
		ssize_t n = send(CHILD_FD, s->out.p + done, s->out.n - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	buf_clear(&s->out);
	s->said_at = clock_monotonic();
	return true;
}

static bool say_alive(struct state *s)
{
	if (clock_monotonic() - s->said_at < CHILD_ALIVE_EVERY)
		return true;
	child_add_alive(&s->out);
	return say(s);
}

/* One batch. False: syncd is gone; it says nothing while one is under way. */
static bool carry(struct state *s, const struct transport_batch *b)
{
	struct transport *t = s->road;
	struct transport_reply trouble = {.kind = REPLY_TRANSIENT};
	struct pollfd fds[] = {{.fd = CHILD_FD}};
	bool done = false;
	int r = t->ops->send(t, b, &trouble.why);

	s->said_at = clock_monotonic();
	while (r == 0 && !done) {
		r = transport_step(t, fds, 1, STEP_MS, &done, &trouble.why);
		if (r == 0 && (fds[0].revents || !say_alive(s)))
			return false;
	}
	if (r < 0)
		t->ops->cancel(t);
	child_add_reply(&s->out, r < 0 ? &trouble : t->ops->reply(t));
	return say(s);
}

/* ret_on: there may be more. */
static int serve(struct state *s, bool *ret_on, struct err *err)
{
	struct transport_batch batch;
	struct child_head head;
	struct span body;
	int r = next_message(s, ret_on, &head, &body, err);

	if (r < 0 || !*ret_on)
		return r;
	if (head.message == CHILD_OPEN && !s->road) {
		r = child_read_open(body, &s->to, &s->options, err);
		if (r == 0)
			r = transport_sftp_new(&s->options, &s->road, err);
	} else if (head.message == CHILD_SEND && s->road) {
		r = child_read_send(body, &batch, err);
		if (r == 0)
			*ret_on = carry(s, &batch);
	} else {
		r = err_set(err, ERR_CORRUPT, "a message of syncd's comes out of turn");
	}
	drop_message(s, &head);
	return r;
}

int child_sftp_run(struct err *err)
{
	_cleanup_(state_done) struct state s = {0};
	bool on = true;
	int r = settle_in(err);

	while (r == 0 && on)
		r = serve(&s, &on, err);
	return r;
}
