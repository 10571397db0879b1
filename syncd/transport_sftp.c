/* An exchange is a row of steps, each one call of libssh2 that is repeated until it does not say
 * EAGAIN. A call that was begun must be ended before another may be made, so a cancelled exchange
 * costs the session.
 *
 * libssh2 1.10 cannot rename onto a name that is there: where the same batch still waits in the
 * inbox, the older copy is removed first. */
#include "syncd/transport_sftp.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh2.h>
#include <libssh2_sftp.h>

#include "base/cleanup.h"
#include "base/kill_point.h"
#include "syncd/dial.h"
#include "syncd/sftp_path.h"
#include "syncd/sftp_words.h"

#define READ_SIZE ((size_t)32 * 1024)

enum step {
	STEP_DIAL,
	STEP_HANDSHAKE,
	STEP_AUTH,
	STEP_SFTP,
	STEP_CLEAR_LEFT,   /* a batch that was never answered and that this one takes up */
	STEP_CLEAR_ANSWER, /* of an earlier exchange of this name, which nobody read */
	STEP_CREATE,
	STEP_WRITE,
	STEP_CLOSE_PART,
	STEP_RENAME,
	STEP_CLEAR_OLD,
	STEP_RENAME_AGAIN,
	STEP_ASK,
	STEP_READ,
	STEP_CLOSE_ANSWER,
	STEP_REMOVE,
};

enum progress { ON, WAIT, END };

struct sftp {
	struct transport base;
	const struct enrolment_sftp *to;
	usec_t connect_timeout, stall_timeout, answer_timeout;
	/* the session */
	struct dial *dial;
	int fd;
	LIBSSH2_SESSION *session;
	LIBSSH2_SFTP *sftp;
	LIBSSH2_SFTP_HANDLE *file;
	bool reused; /* it carried an exchange before this one */
	/* the exchange */
	bool busy;
	enum step step;
	struct span body;
	size_t written;
	char name[BATCH_NAME_MAX];
	char left[BATCH_NAME_MAX]; /* in the inbox, as far as we know, and not answered */
	usec_t deadline;	   /* monotonic */
	usec_t ask_at, ask_wait;   /* ASK: not before */
	struct buf answer;
	struct transport_reply reply;
};

static struct sftp *of(struct transport *t)
{
	return (struct sftp *)t;
}

/* ---- the session ---- */

/* With its socket shut down nothing of this waits. */
static void hang_up(struct sftp *h)
{
	if (h->fd >= 0)
		(void)shutdown(h->fd, SHUT_RDWR);
	if (h->file)
		(void)libssh2_sftp_close_handle(h->file);
	if (h->sftp)
		(void)libssh2_sftp_shutdown(h->sftp);
	if (h->session)
		(void)libssh2_session_free(h->session);
	closep(&h->fd);
	dial_free(h->dial);
	h->file = NULL;
	h->sftp = NULL;
	h->session = NULL;
	h->fd = -1;
	h->dial = NULL;
	h->reused = false;
}

static enum progress go_to(struct sftp *h, enum step step, usec_t time)
{
	h->step = step;
	h->deadline = clock_monotonic() + time;
	return ON;
}

/* The reply says what happened. */
static enum progress give_up(struct sftp *h)
{
	h->busy = false;
	hang_up(h);
	return END;
}

static enum progress fail(struct sftp *h, enum err_code code, const char *words)
{
	h->reply = (struct transport_reply){.kind = REPLY_TRANSIENT};
	(void)err_set(&h->reply.why, code, "%s", words);
	return give_up(h);
}

static enum progress begin_session(struct sftp *h)
{
	hang_up(h);
	return go_to(h, STEP_DIAL, h->connect_timeout);
}

/* What libssh2 says of the call that just failed. A kept session that broke while nobody looked is
 * begun anew: whatever of the batch arrived is recognised. */
static enum progress failed(struct sftp *h)
{
	char *detail = NULL; /* the session's */
	int error = libssh2_session_last_error(h->session, &detail, NULL, 0);

	if (sftp_words_is_broken_line(error) && h->reused)
		return begin_session(h);
	sftp_words_of_error(error, detail, &h->reply);
	return give_up(h);
}

static unsigned long file_status(const struct sftp *h)
{
	if (libssh2_session_last_errno(h->session) != LIBSSH2_ERROR_SFTP_PROTOCOL)
		return LIBSSH2_FX_OK;
	return libssh2_sftp_last_error(h->sftp);
}

/* The server answered a file operation with a failure of its own. */
static enum progress file_failed(struct sftp *h, const char *what)
{
	unsigned long status = file_status(h);

	if (status == LIBSSH2_FX_OK)
		return failed(h);
	sftp_words_of_file(status, what, &h->reply);
	return give_up(h);
}

/* ---- to the session ---- */

static enum progress connected(struct sftp *h)
{
	dial_free(TAKE_PTR(h->dial));
	h->session = libssh2_session_init_ex(NULL, NULL, NULL, h);
	if (!h->session)
		return fail(h, ERR_NO_MEMORY, "libssh2 cannot start");
	libssh2_session_set_blocking(h->session, 0);
	(void)libssh2_session_method_pref(h->session, LIBSSH2_METHOD_HOSTKEY, h->to->host_key_type);
	h->step = STEP_HANDSHAKE;
	return ON;
}

static enum progress step_dial(struct sftp *h)
{
	struct err err;

	if (!h->dial && dial_start(h->to->host, h->to->port, &h->dial, &err) < 0)
		return fail(h, err.code, err.message);
	switch (dial_step(h->dial, &h->fd, &err)) {
	case DIAL_WAIT: return WAIT;
	case DIAL_FAILED: return fail(h, err.code, err.message);
	case DIAL_CONNECTED: break;
	}
	return connected(h);
}

static enum progress check_host_key(struct sftp *h)
{
	size_t n = 0;
	int type;
	const char *key = libssh2_session_hostkey(h->session, &n, &type);
	struct span pinned = buf_span(&h->to->host_key);
	struct span shown = span_of(key ? key : "", key ? n : 0);

	if (span_eq(pinned, shown))
		return go_to(h, STEP_AUTH, h->connect_timeout);
	sftp_words_of_host_key(pinned, shown, &h->reply);
	return give_up(h);
}

static enum progress step_handshake(struct sftp *h)
{
	int r = libssh2_session_handshake(h->session, h->fd);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	return r < 0 ? failed(h) : check_host_key(h);
}

static enum progress step_auth(struct sftp *h)
{
	const struct enrolment_sftp *to = h->to;
	int r = libssh2_userauth_publickey_frommemory(h->session, to->user, strlen(to->user), NULL,
						      0, to->key, strlen(to->key), NULL);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	return r < 0 ? failed(h) : go_to(h, STEP_SFTP, h->connect_timeout);
}

static enum progress step_sftp(struct sftp *h)
{
	h->sftp = libssh2_sftp_init(h->session);
	if (h->sftp)
		return go_to(h, STEP_CLEAR_LEFT, h->stall_timeout);
	return libssh2_session_last_errno(h->session) == LIBSSH2_ERROR_EAGAIN ? WAIT : failed(h);
}

/* ---- the exchange ---- */

/* 0: gone, or was not there. */
static int remove_file(struct sftp *h, enum sftp_place place, const char *name)
{
	char path[SFTP_PATH_MAX];
	int r = libssh2_sftp_unlink(h->sftp, sftp_path(place, h->to->dir, name, path));

	return r == LIBSSH2_ERROR_SFTP_PROTOCOL && file_status(h) == LIBSSH2_FX_NO_SUCH_FILE ? 0
											     : r;
}

static LIBSSH2_SFTP_HANDLE *open_file(struct sftp *h, enum sftp_place place, unsigned long flags)
{
	char path[SFTP_PATH_MAX];

	sftp_path(place, h->to->dir, h->name, path);
	return libssh2_sftp_open_ex(h->sftp, path, (unsigned)strlen(path), flags, 0640,
				    LIBSSH2_SFTP_OPENFILE);
}

static int rename_part(struct sftp *h)
{
	char from[SFTP_PATH_MAX], to[SFTP_PATH_MAX];

	kill_point("sftp_before_rename");
	return libssh2_sftp_rename(h->sftp, sftp_path(SFTP_PART, h->to->dir, h->name, from),
				   sftp_path(SFTP_INBOX, h->to->dir, h->name, to));
}

static enum progress remove_then(struct sftp *h, enum sftp_place place, const char *what,
				 enum step next)
{
	int r = remove_file(h, place, h->name);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	return r < 0 ? file_failed(h, what) : go_to(h, next, h->stall_timeout);
}

static enum progress close_then(struct sftp *h, const char *what, enum step next)
{
	int r = libssh2_sftp_close_handle(h->file);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	h->file = NULL;
	return r < 0 ? file_failed(h, what) : go_to(h, next, h->stall_timeout);
}

static enum progress step_clear_left(struct sftp *h)
{
	if (h->left[0] && strcmp(h->left, h->name) != 0) {
		int r = remove_file(h, SFTP_INBOX, h->left);
		if (r == LIBSSH2_ERROR_EAGAIN)
			return WAIT;
		if (r < 0 && file_status(h) == LIBSSH2_FX_OK)
			return failed(h);
	}
	h->left[0] = '\0';
	return go_to(h, STEP_CLEAR_ANSWER, h->stall_timeout);
}

static enum progress step_clear_answer(struct sftp *h)
{
	return remove_then(h, SFTP_ANSWER, "ack/", STEP_CREATE);
}

static enum progress step_create(struct sftp *h)
{
	h->file =
	    open_file(h, SFTP_PART, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC);
	if (h->file) {
		h->written = 0;
		return go_to(h, STEP_WRITE, h->stall_timeout);
	}
	return libssh2_session_last_errno(h->session) == LIBSSH2_ERROR_EAGAIN
		   ? WAIT
		   : file_failed(h, "inbox/");
}

static enum progress step_write(struct sftp *h)
{
	if (h->written == h->body.n)
		return go_to(h, STEP_CLOSE_PART, h->stall_timeout);
	ssize_t n = libssh2_sftp_write(h->file, h->body.p + h->written, h->body.n - h->written);
	if (n == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	if (n < 0)
		return file_failed(h, "inbox/");
	h->written += (size_t)n;
	kill_point("sftp_mid_write");
	return go_to(h, STEP_WRITE, h->stall_timeout);
}

static enum progress step_close_part(struct sftp *h)
{
	return close_then(h, "inbox/", STEP_RENAME);
}

static enum progress wait_for_answer(struct sftp *h)
{
	kill_point("sftp_after_rename");
	(void)snprintf(h->left, sizeof(h->left), "%s", h->name);
	h->ask_wait = SFTP_ASK_FIRST;
	h->ask_at = clock_monotonic() + h->ask_wait;
	return go_to(h, STEP_ASK, h->answer_timeout);
}

/* The second time, with the older copy gone, a refusal is one. */
static enum progress step_rename(struct sftp *h)
{
	int r = rename_part(h);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	if (r == 0)
		return wait_for_answer(h);
	unsigned long status = file_status(h);
	if (h->step == STEP_RENAME &&
	    (status == LIBSSH2_FX_FAILURE || status == LIBSSH2_FX_FILE_ALREADY_EXISTS))
		return go_to(h, STEP_CLEAR_OLD, h->stall_timeout);
	return file_failed(h, "inbox/");
}

static enum progress step_clear_old(struct sftp *h)
{
	return remove_then(h, SFTP_INBOX, "inbox/", STEP_RENAME_AGAIN);
}

static enum progress step_ask(struct sftp *h)
{
	usec_t now = clock_monotonic();

	if (now < h->ask_at)
		return WAIT;
	h->file = open_file(h, SFTP_ANSWER, LIBSSH2_FXF_READ);
	if (h->file) {
		buf_clear(&h->answer);
		return go_to(h, STEP_READ, h->stall_timeout);
	}
	if (libssh2_session_last_errno(h->session) == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	if (file_status(h) != LIBSSH2_FX_NO_SUCH_FILE)
		return file_failed(h, "ack/");
	h->ask_wait += h->ask_wait / 2;
	if (h->ask_wait > SFTP_ASK_MOST)
		h->ask_wait = SFTP_ASK_MOST;
	h->ask_at = now + h->ask_wait;
	return WAIT;
}

static enum progress step_read(struct sftp *h)
{
	char *to = buf_reserve(&h->answer, READ_SIZE);
	ssize_t n = libssh2_sftp_read(h->file, to, READ_SIZE);

	if (n == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	if (n < 0)
		return file_failed(h, "ack/");
	if (n == 0)
		return go_to(h, STEP_CLOSE_ANSWER, h->stall_timeout);
	h->answer.n += (size_t)n;
	if (h->answer.n > TRANSPORT_ANSWER_MAX)
		return fail(h, ERR_PROTOCOL, "the answer is too long");
	return go_to(h, STEP_READ, h->stall_timeout);
}

static enum progress step_close_answer(struct sftp *h)
{
	return close_then(h, "ack/", STEP_REMOVE);
}

static enum progress step_remove(struct sftp *h)
{
	int r = remove_file(h, SFTP_ANSWER, h->name);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return WAIT;
	if (r < 0)
		return file_failed(h, "ack/");
	h->left[0] = '\0';
	h->reply = (struct transport_reply){.body = buf_span(&h->answer)};
	transport_fill_status(&h->reply, transport_status_of_file(h->reply.body));
	h->busy = false;
	h->reused = true;
	return END;
}

static enum progress (*const steps[])(struct sftp *h) = {
    [STEP_DIAL] = step_dial,
    [STEP_HANDSHAKE] = step_handshake,
    [STEP_AUTH] = step_auth,
    [STEP_SFTP] = step_sftp,
    [STEP_CLEAR_LEFT] = step_clear_left,
    [STEP_CLEAR_ANSWER] = step_clear_answer,
    [STEP_CREATE] = step_create,
    [STEP_WRITE] = step_write,
    [STEP_CLOSE_PART] = step_close_part,
    [STEP_RENAME] = step_rename,
    [STEP_CLEAR_OLD] = step_clear_old,
    [STEP_RENAME_AGAIN] = step_rename,
    [STEP_ASK] = step_ask,
    [STEP_READ] = step_read,
    [STEP_CLOSE_ANSWER] = step_close_answer,
    [STEP_REMOVE] = step_remove,
};

static enum progress too_late(struct sftp *h)
{
	enum progress p = fail(
	    h, ERR_TIMEOUT,
	    h->step == STEP_ASK ? "the region did not answer in time: the batch lies in its inbox"
	    : h->step < STEP_CLEAR_LEFT ? "the region's SFTP server did not answer in time"
					: "nothing moved on the SFTP line for too long");
	h->reply.unheard = true;
	return p;
}

static enum progress advance(struct sftp *h)
{
	enum progress p;

	do
		p = steps[h->step](h);
	while (p == ON);
	if (p == WAIT && clock_monotonic() >= h->deadline)
		return h->reused && h->step != STEP_ASK ? (begin_session(h), WAIT) : too_late(h);
	return p;
}

/* ---- the vtable ---- */

static int sftp_send(struct transport *t, const struct transport_batch *batch,
		     struct err *err _unused_)
{
	struct sftp *h = of(t);

	assert(!h->busy);
	h->body = batch->body;
	batch_name_format(&batch->name, h->name);
	h->busy = true;
	h->reply = (struct transport_reply){0};
	if (h->sftp)
		(void)go_to(h, STEP_CLEAR_LEFT, h->stall_timeout);
	else
		(void)begin_session(h);
	return 0;
}

static int milliseconds(const struct sftp *h, int most)
{
	usec_t now = clock_monotonic(), at = h->deadline;
	int64_t ms;

	if (h->dial && dial_fd(h->dial) < 0)
		at = now + DIAL_LOOK_MS * USEC_PER_MSEC;
	if (h->step == STEP_ASK && h->ask_at > now && h->ask_at < at)
		at = h->ask_at;
	ms = at <= now ? 0 : (at - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
	return ms < most ? (int)ms : most;
}

/* What the road itself waits for; nothing between two looks for the answer. */
static struct pollfd own_fd(const struct sftp *h)
{
	struct pollfd own = {.fd = -1};

	if (h->dial) {
		own = (struct pollfd){.fd = dial_fd(h->dial), .events = POLLOUT};
	} else if (h->session && !(h->step == STEP_ASK && clock_monotonic() < h->ask_at)) {
		int directions = libssh2_session_block_directions(h->session);
		own.fd = h->fd;
		own.events = (short)((directions & LIBSSH2_SESSION_BLOCK_INBOUND ? POLLIN : 0) |
				     (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND ? POLLOUT : 0));
		if (!own.events)
			own.events = POLLIN;
	}
	return own;
}

static int sftp_step(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		     bool *ret_done, struct err *err)
{
	struct sftp *h = of(t);

	*ret_done = advance(h) == END;
	if (*ret_done)
		return 0;
	int r = transport_poll(fds, n_fds, own_fd(h), milliseconds(h, timeout_ms), err);
	if (r == 0)
		*ret_done = advance(h) == END;
	return r;
}

static const struct transport_reply *sftp_reply(const struct transport *t)
{
	return &((const struct sftp *)t)->reply;
}

static void sftp_cancel(struct transport *t)
{
	struct sftp *h = of(t);

	if (h->busy)
		hang_up(h);
	h->busy = false;
}

static void sftp_free(struct transport *t)
{
	struct sftp *h = of(t);

	hang_up(h);
	buf_done(&h->answer);
	free(h);
	libssh2_exit();
}

static const struct transport_ops sftp_ops = {
    .name = "sftp",
    .send = sftp_send,
    .step = sftp_step,
    .reply = sftp_reply,
    .cancel = sftp_cancel,
    .free = sftp_free,
};

int transport_sftp_new(const struct sftp_options *o, struct transport **ret, struct err *err)
{
	struct sftp *h = calloc(1, sizeof(*h));

	if (!h || libssh2_init(0) != 0) {
		free(h);
		return err_set(err, ERR_NO_MEMORY, "libssh2 cannot start");
	}
	h->base.ops = &sftp_ops;
	h->to = o->to;
	h->connect_timeout = o->connect_timeout ? o->connect_timeout : SFTP_CONNECT_TIMEOUT;
	h->stall_timeout = o->stall_timeout ? o->stall_timeout : SFTP_STALL_TIMEOUT;
	h->answer_timeout = o->answer_timeout ? o->answer_timeout : SFTP_ANSWER_TIMEOUT;
	h->fd = -1;
	(void)snprintf(h->left, sizeof(h->left), "%s", o->left ? o->left : "");
	*ret = &h->base;
	return 0;
}
