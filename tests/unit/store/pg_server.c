/* The server is a direct child with a death signal: a test that crashes or is killed leaves no
 * server behind. */
#include "tests/unit/store/pg_server.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"

#define START_SECONDS 30

struct pg_server {
	char folder[64], bin[256];
	pid_t pid;
	int databases;
	bool as_postgres; /* we are root, which the server refuses to be */
	struct passwd *user;
};

static void fail(const char *what)
{
	(void)fprintf(stderr, "pg_server: %s\n", what);
	exit(1);
}

static bool find_binaries(char out[256])
{
	glob_t g = {0};
	bool found = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0 && g.gl_pathc > 0;

	if (found) {
		(void)snprintf(out, 256, "%s", g.gl_pathv[g.gl_pathc - 1]);
		*strrchr(out, '/') = '\0';
	}
	globfree(&g);
	return found;
}

static void become_server_user(const struct pg_server *s)
{
	if (s->as_postgres && (setgroups(0, NULL) != 0 || setgid(s->user->pw_gid) != 0 ||
			       setuid(s->user->pw_uid) != 0))
		_exit(126);
}

static pid_t spawn(const struct pg_server *s, const char *program, const char *const argv[])
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	char path[320], log[96];
	(void)snprintf(path, sizeof(path), "%s/%s", s->bin, program);
	(void)snprintf(log, sizeof(log), "%s/log", s->folder);
	become_server_user(s);
	(void)prctl(PR_SET_PDEATHSIG, SIGQUIT); /* immediate shutdown */
	if (getppid() != parent)
		_exit(125);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(s->folder) != 0)
		_exit(126);
	(void)execv(path, (char **)(uintptr_t)argv);
	_exit(127);
}

static void connection_string(const struct pg_server *s, const char *database, char *out,
			      size_t size)
{
	(void)snprintf(out, size, "host=%s user=postgres dbname=%s", s->folder, database);
}

static void start_postgres(struct pg_server *s)
{
	char data[80], conninfo[160];
	(void)snprintf(data, sizeof(data), "%s/data", s->folder);
	(void)connection_string(s, "postgres", conninfo, sizeof(conninfo));
	const char *const argv[] = {"postgres", "-D",
				    data,	"-k",
				    s->folder,	"-h",
				    "",		"-F",
				    "-c",	"max_connections=30",
				    "-c",	"shared_buffers=32MB",
				    "-c",	"log_min_messages=warning",
				    NULL};
	s->pid = spawn(s, "postgres", argv);
	for (int i = 0; i < START_SECONDS * 50; i++) {
		struct pg *pg = NULL;
		if (pg_open(&(struct pg_options){.conninfo = conninfo}, &pg, NULL) == 0) {
			pg_close(pg);
			return;
		}
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
			fail("the server ended at its start");
		(void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	fail("the server did not start in time");
}

struct pg_server *pg_server_start(void)
{
	struct pg_server *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	if (!find_binaries(s->bin)) {
		(void)puts("SKIP: no PostgreSQL server");
		exit(77);
	}
	s->as_postgres = geteuid() == 0;
	s->user = getpwnam("postgres");
	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/bedpost-test-XXXXXX");
	if (!mkdtemp(s->folder))
		fail("mkdtemp");
	if (s->as_postgres && (!s->user || chown(s->folder, s->user->pw_uid, s->user->pw_gid) != 0))
		fail("no user postgres");
	char data[80];
	(void)snprintf(data, sizeof(data), "%s/data", s->folder);
	const char *const argv[] = {"initdb", "-D", data, "-U",	  "postgres",	      "-A",
				    "trust",  "-N", "-E", "UTF8", "--locale=C.UTF-8", NULL};
	int status = 0;
	pid_t pid = spawn(s, "initdb", argv);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail("initdb");
	start_postgres(s);
	return s;
}

void pg_server_kill(struct pg_server *s)
{
	if (s->pid <= 0)
		return;
	/* SIGQUIT takes the backends along, as a crash of the machine would; no checkpoint is
	 * written. */
	(void)kill(s->pid, SIGQUIT);
	(void)waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void pg_server_again(struct pg_server *s)
{
	start_postgres(s);
}

static void remove_folder(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
}

void pg_server_stop(struct pg_server *s)
{
	if (!s)
		return;
	pg_server_kill(s);
	remove_folder(s->folder);
	free(s);
}

struct pg *pg_server_connect(const char *conninfo)
{
	struct pg *pg = NULL;
	struct err err = {0};

	if (pg_open(&(struct pg_options){.conninfo = conninfo}, &pg, &err) < 0)
		fail(err.message);
	return pg;
}

void pg_server_run(const char *conninfo, const char *sql)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);

	pg_server_exec(pg, sql);
}

void pg_server_exec(struct pg *pg, const char *sql)
{
	struct err err = {0};

	if (pg_exec(pg, sql, &err) < 0)
		fail(err.message);
}

int64_t pg_server_number(const char *conninfo, const char *sql)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct err err = {0};

	if (pg_query(pg, sql, NULL, &r, &err) < 0 || pg_rows(r) < 1)
		fail(err.code ? err.message : "no row");
	return pg_get_i64(r, 0, 0);
}

char *pg_server_database(struct pg_server *s)
{
	char admin[160], sql[64], *conninfo = malloc(160);

	if (!conninfo)
		abort();
	connection_string(s, "postgres", admin, sizeof(admin));
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE test_%d", ++s->databases);
	pg_server_run(admin, sql);
	(void)snprintf(sql, sizeof(sql), "test_%d", s->databases);
	connection_string(s, sql, conninfo, 160);
	return conninfo;
}

struct pg_server *postgres;

int pg_server_set_up(void **state _unused_)
{
	digest_setup();
	postgres = pg_server_start();
	return 0;
}

int pg_server_tear_down(void **state _unused_)
{
	pg_server_stop(postgres);
	return 0;
}
