/* Landlock has no wrapper in the C library, and its header may be older than the kernel: what is
 * asked for is what the running kernel knows. */
#include "watcher/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/span.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZERS 1
#else
#define HAS_SANITIZERS 0
#endif

/* linux/landlock.h of Linux 6.12; the older part of each is what older kernels take. */
struct ruleset {
	uint64_t files, net, scoped;
};
struct net_port {
	uint64_t access, port;
} __attribute__((packed));

#define FS_TRUNCATE   (1ULL << 14) /* 3 */
#define NET_BIND      (1ULL << 0)  /* 4 */
#define NET_CONNECT   (1ULL << 1)
#define SCOPED_SIGNAL (1ULL << 1) /* 6 */
#define RULE_NET_PORT 2

#define FILES_ALL  ((1ULL << 13) - 1) /* 1 */
#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* One set for all: a file may be renamed only to where not more is allowed than where it was. */
#define FILES_WRITE                                                                                \
	(FILES_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |             \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |                             \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
/* What a rule for a file, not a folder, may speak of. */
#define FILES_OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

void confine_allow(struct confine *c, const char *path, enum confine_access access)
{
	if (path && c->n_paths < CONFINE_PATHS_MAX)
		c->paths[c->n_paths++] = (struct confine_path){path, access};
}

static struct ruleset handled_by(int version)
{
	return (struct ruleset){
	    .files = FILES_ALL | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) |
		     (version >= 3 ? FS_TRUNCATE : 0),
	    .net = version >= 4 ? NET_BIND | NET_CONNECT : 0,
	    .scoped = version >= 6 ? SCOPED_SIGNAL : 0,
	};
}

static size_t size_for(int version)
{
	return version >= 6   ? sizeof(struct ruleset)
	       : version >= 4 ? offsetof(struct ruleset, scoped)
			      : offsetof(struct ruleset, net);
}

static void allow_path(int rules, const struct ruleset *handled, const struct confine_path *p)
{
	_cleanup_(closep) int fd = open(p->path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	uint64_t access = p->access == CONFINE_WRITE ? FILES_WRITE : FILES_READ;
	if (!S_ISDIR(st.st_mode))
		access &= FILES_OF_A_FILE;
	struct landlock_path_beneath_attr rule = {.allowed_access = access & handled->files,
						  .parent_fd = fd};
	(void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static void allow_port(int rules, const struct confine *c)
{
	struct net_port rule = {.access = NET_BIND, .port = c->port};

	(void)syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0);
}

/* The version in force, or 0 and why. */
static int confine_files(const struct confine *c, char why_not[static 96])
{
	int version =
	    (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1) {
		(void)snprintf(why_not, 96, "the kernel has no Landlock, or it is off");
		return 0;
	}
	struct ruleset handled = handled_by(version);
	if (c->listens && c->port == 0)
		handled.net &= ~NET_BIND;
	_cleanup_(closep) int rules =
	    (int)syscall(SYS_landlock_create_ruleset, &handled, size_for(version), 0);
	if (rules < 0) {
		(void)snprintf(why_not, 96, "Landlock: %s", strerror(errno));
		return 0;
	}
	for (size_t i = 0; i < c->n_paths; i++)
		allow_path(rules, &handled, &c->paths[i]);
	if (c->listens && c->port && handled.net)
		allow_port(rules, c);
	if (syscall(SYS_landlock_restrict_self, rules, 0) == 0)
		return version;
	(void)snprintf(why_not, 96, "Landlock: %s", strerror(errno));
	return 0;
}

void confine_enter(const struct confine *c, struct confined *ret)
{
	*ret = (struct confined){0};
	if (HAS_SANITIZERS) {
		(void)snprintf(ret->why_not_files, sizeof(ret->why_not_files),
			       "this build has sanitizers, which read /proc and start helpers");
		memcpy(ret->why_not_calls, ret->why_not_files, sizeof(ret->why_not_calls));
		return;
	}
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ret->files = confine_files(c, ret->why_not_files);
	ret->calls = confine_calls(c, ret->why_not_calls);
}
