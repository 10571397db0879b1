/* The child is killed rather than asked: it holds nothing that is not repeated, and whoever ends
 * syncd waits for this. posix_spawn() of the running program itself, not fork(): what syncd's
 * libraries hold (locks, threads that look names up, an open outbox) stays behind. */
#include "syncd/transport_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "syncd/child_wire.h"
#include "syncd/sftp_words.h"

#define READ_SIZE ((size_t)64 * 1024)
#define OPEN_SIZE ((size_t)16 * 1024) /* longer than any CHILD_OPEN with a CHILD_SEND */

struct child {
	struct transport base;
	struct sftp_options options;
	pid_t pid; /* 0: there is none */
	int fd;
	/* the exchange */
	bool busy;
	struct buf head;  /* what goes before the body; may hold the key */
	struct span body; /* the batch's, the caller's */
	size_t sent;	  /* of head and body together */
	usec_t heard;	  /* monotonic: when the child last said anything, or was last told */
	char left[BATCH_NAME_MAX]; /* that may lie in the inbox, not answered */
	struct buf in;
	struct transport_reply reply;
};

static struct child *of(struct transport *t)
{
	return (struct child *)t;
}

/* ---- its life ---- */

static void forget_head(struct child *c)
{
	if (c->head.p)
		explicit_bzero(c->head.p, c->head.n);
	buf_clear(&c->head);
}

/* It was not there to be reaped only if it never was. Returns waitpid()'s status. */
static int end_child(struct child *c)
{
	int status = 0;

	closep(&c->fd);
	c->fd = -1;
	forget_head(c);
	if (c->pid == 0)
		return 0;
	(void)kill(c->pid, SIGKILL); /* one that died already keeps its own status */
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	return status;
}

static bool is_gone(const struct child *c)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == c->pid;
}

/* The signals that syncd blocks stay blocked in the child: a terminal or systemd sends them to
 * both, and it is syncd that ends the child. */
static int spawn(int fd, pid_t *ret)
{
	static char name[] = "bedpost-syncd", option[] = "--" CHILD_OPTION;
	char *const argv[] = {name, option, NULL};
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, fd, CHILD_FD);
	if (r == 0)
		r = posix_spawn(ret, "/proc/self/exe", &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int begin_child(struct child *c, struct err *err)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return err_errno(err, errno, "fcntl");
	int r = spawn(theirs, &c->pid);
	if (r != 0) {
		c->pid = 0;
		return err_errno(err, r, "the process for the SFTP line cannot be started");
	}
	c->fd = TAKE_FD(ours);
	buf_clear(&c->in);
	(void)buf_reserve(&c->head, OPEN_SIZE); /* in one place, so that it can be wiped */
	c->options.left = c->left;
	child_add_open(&c->head, &c->options);
	return 0;
}

/* ---- the exchange ---- */

static void finish(struct child *c)
{
	c->busy = false;
	c->body = SPAN_NONE;
	forget_head(c);
}

static bool died(struct child *c)
{
	int status = end_child(c);

	finish(c);
	sftp_words_of_death(status, &c->reply);
	return true;
}

static bool is_no_good(struct child *c, enum err_code code, const char *words)
{
	(void)end_child(c);
	finish(c);
	c->reply = (struct transport_reply){.kind = REPLY_TRANSIENT};
	(void)err_set(&c->reply.why, code, "%s", words);
	return true;
}

static bool is_stuck(struct child *c)
{
	return is_no_good(c, ERR_TIMEOUT,
			  "the process for the SFTP line stood still and was ended");
}

static bool talks_nonsense(struct child *c)
{
	return is_no_good(c, ERR_CORRUPT,
			  "the process for the SFTP line said nonsense and was ended");
}

static bool replied(struct child *c, struct span body)
{
	struct err err;

	if (child_read_reply(body, &c->reply, &err) < 0)
		return talks_nonsense(c);
	finish(c);
	if (c->reply.kind == REPLY_ANSWERED)
		c->left[0] = '\0';
	return true;
}

static struct span unsent(const struct child *c)
{
	if (c->sent < c->head.n)
		return span_of(c->head.p + c->sent, c->head.n - c->sent);
	size_t done = c->sent - c->head.n;
	return span_of(c->body.p + done, c->body.n - done);
}

/* False: the child is gone. */
static bool flush(struct child *c)
{
	for (struct span rest = unsent(c); rest.n > 0; rest = unsent(c)) {
		ssize_t n = send(c->fd, rest.p, rest.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->sent += (size_t)n;
		c->heard = clock_monotonic();
	}
	return true;
}

/* False: the child is gone, and all that it said is in c->in. More than a message is not read
 * ahead.
 */
static bool receive(struct child *c)
{
	while (c->in.n <= sizeof(struct child_head) + CHILD_MESSAGE_MAX) {
		char *to = buf_reserve(&c->in, READ_SIZE);
		ssize_t n = read(c->fd, to, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		c->in.n += (size_t)n;
		c->heard = clock_monotonic();
	}
	return true;
}

/* The bytes of a reply stay where they are: it points to them. */
static void drop_first(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

static bool advance(struct child *c)
{
	bool there = flush(c) & receive(c), whole = true;
	struct child_head head;
	struct span body;
	struct err err;

	while (c->busy) {
		if (child_next(buf_span(&c->in), &whole, &head, &body, &err) < 0)
			return talks_nonsense(c);
		if (!whole)
			break;
		if (head.message == CHILD_REPLY)
			return replied(c, body);
		drop_first(&c->in, sizeof(head) + head.n);
	}
	if (!there)
		return died(c);
	return clock_monotonic() - c->heard > CHILD_SILENT_MAX ? is_stuck(c) : false;
}

/* ---- the vtable ---- */

static int child_send(struct transport *t, const struct transport_batch *batch, struct err *err)
{
	struct child *c = of(t);
	int r = 0;

	assert(!c->busy);
	if (c->pid != 0 && is_gone(c)) /* while nobody looked: nothing was under way */
		(void)end_child(c);
	c->sent = 0;
	if (c->pid == 0)
		r = begin_child(c, err);
	if (r < 0)
		return r;
	buf_clear(&c->in);
	child_add_send(&c->head, batch);
	c->body = batch->body;
	c->reply = (struct transport_reply){0};
	c->heard = clock_monotonic();
	c->busy = true;
	batch_name_format(&batch->name, c->left);
	return 0;
}

static struct pollfd own_fd(const struct child *c)
{
	return (struct pollfd){.fd = c->fd,
			       .events = (short)(POLLIN | (unsent(c).n > 0 ? POLLOUT : 0))};
}

static int child_step(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		      bool *ret_done, struct err *err)
{
	struct child *c = of(t);

	*ret_done = advance(c);
	if (*ret_done)
		return 0;
	int r = transport_poll(fds, n_fds, own_fd(c), timeout_ms, err);
	if (r == 0)
		*ret_done = advance(c);
	return r;
}

static const struct transport_reply *child_reply(const struct transport *t)
{
	return &((const struct child *)t)->reply;
}

static void child_cancel(struct transport *t)
{
	struct child *c = of(t);

	if (c->busy)
		(void)end_child(c);
	finish(c);
}

static void child_free(struct transport *t)
{
	struct child *c = of(t);

	(void)end_child(c);
	buf_done(&c->head);
	buf_done(&c->in);
	free(c);
}

static const struct transport_ops child_ops = {
    .name = "sftp",
    .send = child_send,
    .step = child_step,
    .reply = child_reply,
    .cancel = child_cancel,
    .free = child_free,
};

int transport_child_new(const struct sftp_options *o, struct transport **ret, struct err *err)
{
	struct child *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	c->base.ops = &child_ops;
	c->options = *o;
	c->fd = -1;
	*ret = &c->base;
	return 0;
}
