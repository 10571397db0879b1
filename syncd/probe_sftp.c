/* The same steps as transport_sftp.c takes, one after the other and blocking: what is wanted here
 * is the name of the first that fails, not speed. What comes after the TCP connection is spoken by
 * a child (see transport_child.h), which leaves what it saw in memory that both share; the name is
 * looked up before, for the library's threads that do it are not the child's. */
#include "syncd/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libssh2.h>
#include <libssh2_sftp.h>

#include "base/cleanup.h"
#include "syncd/sftp_words.h"

#define PROBE_FILE    "inbox/.bedpost-doctor.part" /* hidden: the region looks at no such file */
#define PATH_BYTES    1100
#define CHILD_SECONDS (8 * PROBE_TIMEOUT / USEC_PER_SEC) /* longer than all its steps together */

struct session {
	const struct enrolment_sftp *to;
	int fd;
	LIBSSH2_SESSION *ssh;
	LIBSSH2_SFTP *sftp;
};

static void session_done(struct session *s)
{
	if (s->sftp)
		(void)libssh2_sftp_shutdown(s->sftp);
	if (s->ssh)
		(void)libssh2_session_free(s->ssh);
	closep(&s->fd);
	libssh2_exit();
}

/* Said first, so that it is known where a child died. */
static void at(struct probe *p, enum probe_step step)
{
	p->reached = step;
}

static bool fail(struct probe *p, enum probe_step step, const struct transport_reply *r)
{
	p->reached = step;
	p->why = r->why;
	return false;
}

static bool fail_ssh(struct probe *p, enum probe_step step, const struct session *s)
{
	struct transport_reply r;
	char *detail = NULL; /* the session's */
	int error = libssh2_session_last_error(s->ssh, &detail, NULL, 0);

	sftp_words_of_error(error, detail, &r);
	return fail(p, step, &r);
}

static bool fail_file(struct probe *p, enum probe_step step, const struct session *s,
		      const char *what)
{
	struct transport_reply r;

	if (libssh2_session_last_errno(s->ssh) != LIBSSH2_ERROR_SFTP_PROTOCOL)
		return fail_ssh(p, step, s);
	sftp_words_of_file(libssh2_sftp_last_error(s->sftp), what, &r);
	return fail(p, step, &r);
}

static bool step_secure(struct session *s, struct probe *p)
{
	struct transport_reply r;
	size_t n = 0;
	int type;

	at(p, PROBE_SECURE);
	s->ssh = libssh2_session_init_ex(NULL, NULL, NULL, NULL);
	if (!s->ssh)
		abort();
	libssh2_session_set_timeout(s->ssh, PROBE_TIMEOUT / USEC_PER_MSEC);
	(void)libssh2_session_method_pref(s->ssh, LIBSSH2_METHOD_HOSTKEY, s->to->host_key_type);
	if (libssh2_session_handshake(s->ssh, s->fd) < 0)
		return fail_ssh(p, PROBE_SECURE, s);
	const char *key = libssh2_session_hostkey(s->ssh, &n, &type);
	struct span shown = span_of(key ? key : "", key ? n : 0);
	if (span_eq(buf_span(&s->to->host_key), shown))
		return true;
	sftp_words_of_host_key(buf_span(&s->to->host_key), shown, &r);
	return fail(p, PROBE_SECURE, &r);
}

static bool step_login(struct session *s, struct probe *p)
{
	const struct enrolment_sftp *to = s->to;

	at(p, PROBE_LOGIN);
	if (libssh2_userauth_publickey_frommemory(s->ssh, to->user, strlen(to->user), NULL, 0,
						  to->key, strlen(to->key), NULL) < 0)
		return fail_ssh(p, PROBE_LOGIN, s);
	s->sftp = libssh2_sftp_init(s->ssh);
	return s->sftp ? true : fail_ssh(p, PROBE_LOGIN, s);
}

/* A folder that can be listed is one that the home may look for answers in. */
static bool step_folder(struct session *s, const char *what, struct probe *p)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s%s", s->to->dir, what);
	LIBSSH2_SFTP_HANDLE *dir =
	    libssh2_sftp_open_ex(s->sftp, path, (unsigned)n, 0, 0, LIBSSH2_SFTP_OPENDIR);

	at(p, PROBE_ANSWER);
	if (!dir)
		return fail_file(p, PROBE_ANSWER, s, what);
	(void)libssh2_sftp_close_handle(dir);
	return true;
}

static bool step_write(struct session *s, struct probe *p)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s" PROBE_FILE, s->to->dir);
	LIBSSH2_SFTP_HANDLE *file = libssh2_sftp_open_ex(
	    s->sftp, path, (unsigned)n, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
	    0640, LIBSSH2_SFTP_OPENFILE);

	at(p, PROBE_WRITE);
	if (!file)
		return fail_file(p, PROBE_WRITE, s, "inbox/");
	(void)libssh2_sftp_close_handle(file);
	return libssh2_sftp_unlink_ex(s->sftp, path, (unsigned)n) < 0
		   ? fail_file(p, PROBE_WRITE, s, "inbox/")
		   : true;
}

/* The child's life; its exit code says nothing. */
_Noreturn static void speak(const struct enrolment_sftp *to, int fd, bool write, struct probe *p)
{
	{
		_cleanup_(session_done) struct session s = {.to = to, .fd = fd};
		(void)prctl(PR_SET_DUMPABLE, 0); /* a core would hold the key */
		(void)alarm(CHILD_SECONDS);
		if (libssh2_init(0) != 0)
			abort();
		if (step_secure(&s, p) && step_login(&s, p) && step_folder(&s, "inbox/", p) &&
		    step_folder(&s, "ack/", p) && (!write || step_write(&s, p)))
			at(p, PROBE_DONE);
	}
	_exit(0);
}

static void speak_in_child(const struct enrolment_sftp *to, int fd, bool write, struct probe *ret)
{
	struct probe *seen =
	    mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct transport_reply r;
	int status = 0;

	if (seen == MAP_FAILED)
		abort();
	*seen = *ret;
	at(seen, PROBE_SECURE);
	pid_t pid = fork();
	if (pid == 0)
		speak(to, fd, write, seen);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*ret = *seen;
	if (pid < 0) {
		(void)err_errno(&ret->why, errno, "no process for the SFTP line");
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		sftp_words_of_death(status, &r);
		ret->why = r.why;
	}
	(void)munmap(seen, sizeof(*seen));
}

void probe_sftp(const struct enrolment *e, bool write, struct probe *ret)
{
	const struct enrolment_sftp *to = enrolment_sftp(e);
	_cleanup_(closep) int fd = -1;

	*ret = (struct probe){.reached = PROBE_RESOLVE};
	if (probe_tcp(to->host, to->port, ret, &fd))
		speak_in_child(to, fd, write, ret);
}
