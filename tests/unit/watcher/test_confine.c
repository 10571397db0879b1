/* What a confined process cannot do: each attempt is a child's, and real. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "watcher/confine.h"

static char dir[64];

static struct confine own_folder(void)
{
	struct confine c = {0};

	confine_allow(&c, dir, CONFINE_WRITE);
	return c;
}

/* The errno of an attempt within walls, 0 if it succeeded; skips where there are none. */
static int attempt(const struct confine *c, int (*attempted)(void), bool by_files, bool by_calls)
{
	pid_t child = fork();
	int how;

	assert_true(child >= 0);
	if (child == 0) {
		struct confined is;
		confine_enter(c, &is);
		if ((by_files && !is.files) || (by_calls && !is.calls))
			_exit(255);
		_exit(attempted() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFEXITED(how));
	if (WEXITSTATUS(how) == 255)
		skip();
	return WEXITSTATUS(how);
}

static int open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int write_beside(void)
{
	return open("/tmp/bedpost-not-confined", O_WRONLY | O_CREAT, 0600);
}

static int link_out_of(void)
{
	return link("/etc/passwd", "passwd");
}

static int work_in_it(void)
{
	int fd = open("a", O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) < 0 || mkdir("sub", 0700) < 0 ||
	    rename("a", "sub/b") < 0 || unlink("sub/b") < 0 || rmdir("sub") < 0)
		return -1;
	return open("/proc/self/status", O_RDONLY) < 0 ? 0 : -1;
}

static int run_a_program(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int trace_another(void)
{
	return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static int fork_one(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 ? -1 : 0;
}

static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int make_udp_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int kill_another(void)
{
	return kill(getppid(), 0);
}

static int bind_to(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static uint16_t free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

static uint16_t allowed_port;

static int bind_to_another_port(void)
{
	return bind_to((uint16_t)(allowed_port ^ 1));
}

static int bind_to_the_port(void)
{
	return bind_to(allowed_port);
}

static int connect_out(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static void *nothing(void *ctx)
{
	return ctx;
}

static int start_a_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, nothing, NULL);
	return errno ? -1 : pthread_join(thread, NULL);
}

static void no_file_outside_can_be_read_written_or_linked(void **state)
{
	(void)state;
	struct confine c = own_folder();

	assert_int_equal(attempt(&c, open_passwd, true, false), EACCES);
	assert_int_equal(attempt(&c, write_beside, true, false), EACCES);
	assert_true(attempt(&c, link_out_of, true, false) != 0);
	assert_int_equal(attempt(&c, work_in_it, true, false), 0);
}

static void no_program_is_run_and_no_process_made_traced_or_signalled(void **state)
{
	(void)state;
	struct confine c = own_folder();

	assert_int_equal(attempt(&c, run_a_program, false, true), EPERM);
	assert_int_equal(attempt(&c, trace_another, false, true), EPERM);
	assert_int_equal(attempt(&c, fork_one, false, true), ENOSYS);
	assert_true(attempt(&c, kill_another, false, true) != 0);
	assert_int_equal(attempt(&c, start_a_thread, false, true), 0);
}

static void without_a_board_there_is_no_network(void **state)
{
	(void)state;
	struct confine c = own_folder();

	assert_int_equal(attempt(&c, make_socket, false, true), EPERM);
	assert_int_equal(attempt(&c, make_udp_socket, false, true), EPERM);
}

static bool holds_ports(void)
{
	struct confine c = own_folder();
	pid_t child = fork();
	int how = 0;

	if (child == 0) {
		struct confined is;
		confine_enter(&c, &is);
		_exit(is.files >= 4);
	}
	(void)waitpid(child, &how, 0);
	return WIFEXITED(how) && WEXITSTATUS(how) == 1;
}

static void with_a_board_its_port_is_bound_and_nothing_connected(void **state)
{
	(void)state;
	struct confine c = own_folder();

	if (!holds_ports())
		skip(); /* before Linux 6.7 */
	allowed_port = free_port();
	c.listens = true;
	c.port = allowed_port;
	assert_int_equal(attempt(&c, bind_to_the_port, true, true), 0);
	assert_int_equal(attempt(&c, bind_to_another_port, true, true), EACCES);
	assert_int_equal(attempt(&c, connect_out, true, true), EACCES);
}

static void nobody_dumps_or_traces_this_memory(void **state)
{
	(void)state;
	pid_t child = fork();
	struct rlimit limit;
	int how;

	if (child == 0) {
		confine_memory();
		(void)getrlimit(RLIMIT_CORE, &limit);
		if (prctl(PR_GET_DUMPABLE) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0)
			_exit(1);
		abort();
	}
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSIGNALED(how) && !WCOREDUMP(how));
}

static int setup_folder(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/bedpost-test-XXXXXX");
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_file_outside_can_be_read_written_or_linked),
	    cmocka_unit_test(no_program_is_run_and_no_process_made_traced_or_signalled),
	    cmocka_unit_test(without_a_board_there_is_no_network),
	    cmocka_unit_test(with_a_board_its_port_is_bound_and_nothing_connected),
	    cmocka_unit_test(nobody_dumps_or_traces_this_memory),
	};
	return cmocka_run_group_tests(tests, setup_folder, remove_folder);
}
