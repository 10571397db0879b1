#include "tests/unit/regional/redis_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "regional/live/redis.h"

struct redis_server {
	char dir[64], address[96];
	pid_t pid;
};

void redis_server_again(struct redis_server *s)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
	struct redis *r = NULL;

	s->pid = fork();
	if (s->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
		       s->address + 5, "--save", "", "--appendonly", "no", "--dir", s->dir,
		       "--logfile", "log", (char *)NULL);
		_exit(127);
	}
	while (redis_open(s->address, NULL, USEC_PER_SEC, &r, NULL) < 0 &&
	       clock_monotonic() < deadline)
		(void)usleep(5000);
	redis_close(r);
}

struct redis_server *redis_server_start(void)
{
	struct redis_server *s = calloc(1, sizeof(*s));

	if (!s || system("command -v redis-server >/dev/null") != 0) {
		free(s);
		return NULL;
	}
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/bedpost-redis-XXXXXX");
	if (!mkdtemp(s->dir))
		abort();
	(void)snprintf(s->address, sizeof(s->address), "unix:%s/socket", s->dir);
	redis_server_again(s);
	return s;
}

void redis_server_kill(struct redis_server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

void redis_server_stop(struct redis_server *s)
{
	char command[96];

	if (!s)
		return;
	redis_server_kill(s);
	(void)snprintf(command, sizeof(command), "rm -r %s", s->dir);
	(void)!system(command);
	free(s);
}

const char *redis_server_address(const struct redis_server *s)
{
	return s->address;
}
