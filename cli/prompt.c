/* The terminal is opened itself: standard input and output may be elsewhere. */
#include "cli/prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium/utils.h>

#define LINE (PASSWORD_MAX + 3) /* one byte too many is seen, then CR LF and NUL */

/* The first line without its end. */
static int read_line(FILE *in, const char *what, char line[LINE], struct err *err)
{
	if (!fgets(line, LINE, in))
		return ferror(in) ? err_errno(err, errno, "reading the %s", what)
				  : err_set(err, ERR_INVALID, "no %s came", what);
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

/* The echo is off before the prompt shows. Signals of the keyboard wait until it is on again. */
static int read_hidden(FILE *terminal, const char *before_it, const char *what, char line[LINE],
		       struct err *err)
{
	struct termios before, hidden;
	sigset_t keys, mask;

	if (tcgetattr(fileno(terminal), &before) < 0)
		return err_errno(err, errno, "terminal");
	(void)sigemptyset(&keys);
	(void)sigaddset(&keys, SIGINT);
	(void)sigaddset(&keys, SIGQUIT);
	(void)sigaddset(&keys, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &keys, &mask);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	int r = tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
	if (r < 0) {
		r = err_errno(err, errno, "terminal");
	} else {
		(void)fprintf(terminal, "%s%s: ", before_it, what);
		r = read_line(terminal, what, line, err);
		(void)tcsetattr(fileno(terminal), TCSAFLUSH, &before);
		(void)fputc('\n', terminal);
	}
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

static int ask_twice(const char *what, char line[LINE], struct err *err)
{
	_cleanup_(fclosep) FILE *terminal = fopen("/dev/tty", "r+e");
	char again[LINE] = "";

	if (!terminal)
		return err_set(err, ERR_INVALID,
			       "there is no terminal to ask for the %s; see --help for other ways",
			       what);
	(void)setvbuf(terminal, NULL, _IONBF, 0);
	int r = read_hidden(terminal, "New ", what, line, err);
	if (r == 0)
		r = read_hidden(terminal, "The same ", "again", again, err);
	if (r == 0 && strcmp(line, again) != 0)
		r = err_set(err, ERR_INVALID, "the %s was not the same twice", what);
	sodium_memzero(again, sizeof(again));
	return r;
}

static int read_file(const char *path, const char *what, char line[LINE], struct err *err)
{
	_cleanup_(fclosep) FILE *in = fopen(path, "re");

	return in ? read_line(in, what, line, err) : err_errno(err, errno, "%s", path);
}

int prompt_secret(const struct prompt *p, char ret[PASSWORD_MAX + 1], struct err *err)
{
	char line[LINE] = "";
	int r;

	if (p->file && p->from_stdin)
		return err_set(err, ERR_INVALID,
			       "the %s comes from a file or from standard input, not from both",
			       p->what);
	if (p->file)
		r = read_file(p->file, p->what, line, err);
	else
		r = p->from_stdin ? read_line(stdin, p->what, line, err)
				  : ask_twice(p->what, line, err);
	const char *fault = r == 0 ? p->fault(span_str(line)) : NULL;
	if (fault)
		r = err_set(err, ERR_INVALID, "%s", fault);
	if (r == 0)
		memcpy(ret, line, PASSWORD_MAX + 1); /* no longer: it has no fault */
	sodium_memzero(line, sizeof(line));
	return r;
}
