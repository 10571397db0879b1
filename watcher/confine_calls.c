/* The only caller of libseccomp. A list of what is allowed: what the watcher and its board were
 * seen to call in all their tests, and what the libraries beneath them call on other versions and
 * other machines. The rest is answered with ENOSYS, on which a library falls back to an older call.
 */
#include "config.h"

#include "watcher/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include "base/span.h"

static const char *const allowed[] = {
    /* files */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "lseek", "_llseek", "open", "openat", "openat2", "close", "close_range", "fstat",
    "fstat64", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd",
    "fcntl", "fcntl64", "flock", "dup", "dup2", "dup3", "pipe", "pipe2", "ioctl", "truncate",
    "ftruncate", "ftruncate64", "fallocate", "fsync", "fdatasync", "sync_file_range", "rename",
    "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "umask", "utimensat",
    "utimensat_time64", "statfs", "statfs64", "fstatfs", "fstatfs64", "sendfile", "sendfile64",
    "copy_file_range", "splice", "fadvise64", "fadvise64_64", "arm_fadvise64_64", "readahead",
    /* waiting */
    "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "ppoll_time64", "select",
    "_newselect", "pselect6", "pselect6_time64", "signalfd4", "eventfd2", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "clock_gettime", "clock_gettime64", "clock_getres",
    "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time",
    /* signals, threads, memory */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigpending",
    "rt_sigtimedwait", "sigaltstack", "restart_syscall", "pause", "exit", "exit_group", "futex",
    "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "set_tid_address", "rseq",
    "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_min", "sched_get_priority_max", "membarrier", "mmap", "mmap2", "mprotect",
    "munmap", "mremap", "madvise", "brk", "mincore", "mlock", "mlock2", "munlock", "getrandom",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups", "getuid32", "geteuid32", "getgid32", "getegid32", "uname", "sysinfo",
    "prctl", "arch_prctl", "getrlimit", "ugetrlimit", "prlimit64", "getrusage", "getcpu", "times",
    /* sockets, of the families that may be made */
    "connect", "sendto", "sendmsg", "sendmmsg", "send", "recvfrom", "recvmsg", "recvmmsg", "recv",
    "shutdown", "getsockname", "getpeername", "setsockopt", "getsockopt", "socketpair"};

static const char *const allowed_to_listen[] = {"bind", "listen", "accept", "accept4"};

/* Nobody falls back from these. */
static const char *const denied[] = {"execve",
				     "execveat",
				     "fork",
				     "vfork",
				     "ptrace",
				     "process_vm_readv",
				     "process_vm_writev",
				     "mount",
				     "umount2",
				     "chroot",
				     "pivot_root",
				     "setns",
				     "unshare",
				     "bpf",
				     "perf_event_open",
				     "init_module",
				     "finit_module",
				     "kexec_load",
				     "mknod",
				     "mknodat",
				     "setuid",
				     "setgid",
				     "setreuid",
				     "setregid",
				     "setresuid",
				     "setresgid",
				     "setgroups",
				     "symlink",
				     "symlinkat",
				     "tkill"};

/* Names that this machine or this libseccomp does not know are left out. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		if (number >= 0)
			r = seccomp_rule_add(filter, action, number, 0);
	}
	return r;
}

static int allow_socket(scmp_filter_ctx filter, int family)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
}

/* Threads, not processes; and signals to itself. clone3 hides its flags:
 * without it clone is used. */
static int allow_own(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				 SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
				     SCMP_A0(SCMP_CMP_EQ, self));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				     SCMP_A0(SCMP_CMP_EQ, self));
	return r;
}

static int allow_sockets(scmp_filter_ctx filter, const struct confine *c)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	size_t n = c->listens ? ARRAY_LEN(families) : 1;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = allow_socket(filter, families[i]);
	if (r == 0 && c->listens)
		r = add(filter, SCMP_ACT_ALLOW, allowed_to_listen, ARRAY_LEN(allowed_to_listen));
	for (size_t i = 0; i < ARRAY_LEN(families) && r == 0; i++)
		if (i >= n)
			r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
					     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	return r;
}

bool confine_calls(const struct confine *c, char why_not[static 96])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = filter ? 0 : -ENOMEM;

	if (r == 0)
		r = add(filter, SCMP_ACT_ALLOW, allowed, ARRAY_LEN(allowed));
	if (r == 0)
		r = add(filter, SCMP_ACT_ERRNO(EPERM), denied, ARRAY_LEN(denied));
	if (r == 0)
		r = allow_own(filter);
	if (r == 0)
		r = allow_sockets(filter, c);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (r < 0)
		(void)snprintf(why_not, 96, "seccomp: %s", strerror(-r));
	return r == 0;
}

#else

bool confine_calls(const struct confine *c, char why_not[static 96])
{
	(void)c;
	(void)snprintf(why_not, 96, "this build is without libseccomp");
	return false;
}

#endif
