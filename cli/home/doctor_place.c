/* What stands on this computer. Rights are tried as the services' account in a child process: root
 * may read everything, and what it sees says nothing of what they see. */
#include "cli/home/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/home/verdict.h"
#include "cli/home/words.h"
#include "watcher/catalog.h"
#include "watcher/folder.h"

#define WAL_LARGE ((int64_t)256 << 20)

/* ---- whose rights ---- */

void doctor_who(struct doctor *d)
{
	const struct passwd *pw;
	struct stat st;

	if (stat(d->home->state_dir, &st) < 0)
		return;
	d->knows_service = true;
	d->service = st.st_uid;
	pw = getpwuid(st.st_uid);
	d->service_name = pw ? arena_strdup(&d->found->arena, pw->pw_name) : "the owner";
	d->may_ask = geteuid() == 0 || geteuid() == st.st_uid;
	if (d->may_ask)
		finding_add(d->found, FINDING_OK, "who", NULL,
			    "The services' account is %s, the owner of %s; its rights are tried.",
			    d->service_name, d->home->state_dir);
	else
		finding_add(d->found, FINDING_SKIP, "who",
			    "run the doctor as root or as that account",
			    "The services' account is %s; you are another and may not see what it "
			    "sees.",
			    d->service_name);
}

static void become(const struct doctor *d)
{
	const struct passwd *pw = getpwuid(d->service);

	if (geteuid() != 0 || d->service == 0)
		return;
	if (!pw || initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(d->service) < 0)
		_exit(2);
}

bool doctor_access(const struct doctor *d, const char *path, int mode)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		become(d);
		_exit(access(path, mode) == 0 ? 0 : 1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* ---- state_dir, disk, outbox ---- */

static void check_outbox(struct doctor *d)
{
	_cleanup_(outbox_closep) struct outbox *o = NULL;
	const struct facts *f = d->facts;
	char size[WORDS_MAX];
	struct err err;

	if (!f->has_outbox) {
		struct facts none = *f;
		none.watcher_runs = none.syncd_runs = true;
		none.intake.known = none.line.known = false;
		verdict(&none, d->found);
		return;
	}
	if (outbox_open(d->home->state_dir, d->home->facility, OUTBOX_READ, &o, &err) < 0 ||
	    outbox_check(o, &err) < 0) {
		finding_add(
		    d->found, FINDING_FAIL, "outbox",
		    "stop both services; move outbox.db away or put it back from a backup (see "
		    "docs/operations.md)",
		    "The outbox is damaged: %s", err.message);
		return;
	}
	finding_add(d->found, FINDING_OK, "outbox", NULL, "The outbox is whole (%s).",
		    words_bytes(f->outbox.bytes, size));
	if (f->outbox.wal > WAL_LARGE)
		finding_add(d->found, FINDING_WARN, "outbox_log",
			    "look for a program that keeps outbox.db open (fuser), then restart "
			    "bedpost-watcher",
			    "The outbox's log has grown to %s: something reads it without end.",
			    words_bytes(f->outbox.wal, size));
}

static void check_disk(struct doctor *d)
{
	const struct outbox_status *o = &d->facts->outbox;
	size_t before = d->found->n;
	char free_now[WORDS_MAX];
	struct facts only = {.home = d->home, .has_outbox = true, .outbox = *o};

	if (!d->facts->has_outbox)
		return;
	verdict_disk(&only, d->found);
	if (d->found->n == before)
		finding_add(d->found, FINDING_OK, "disk", NULL, "%s are free in %s.",
			    words_bytes(o->disk_free, free_now), d->home->state_dir);
}

void doctor_state(struct doctor *d)
{
	const char *dir = d->home->state_dir;
	struct stat st;

	if (stat(dir, &st) < 0) {
		finding_add(
		    d->found, FINDING_FAIL, "state_dir",
		    "systemctl enable --now bedpost-watcher makes it; or make it by hand, owned "
		    "by the account bedpost, mode 0750",
		    "%s: %s", dir, strerror(errno));
		return;
	}
	if (d->may_ask && !doctor_access(d, dir, R_OK | W_OK | X_OK))
		finding_add(d->found, FINDING_FAIL, "state_dir",
			    "mend the folder's mode: chmod u+rwx", "%s may not write into %s.",
			    d->service_name, dir);
	else if (st.st_mode & S_IWOTH)
		finding_add(d->found, FINDING_FAIL, "state_dir", "chmod 0750 the folder",
			    "Anybody on this computer may write into %s.", dir);
	else
		finding_add(d->found, FINDING_OK, "state_dir", NULL, "%s is there.", dir);
	check_disk(d);
	check_outbox(d);
}

/* ---- daemons ---- */

static int run_quietly(const char *const argv[])
{
	posix_spawn_file_actions_t quiet;
	int status = -1;
	pid_t child;

	(void)posix_spawn_file_actions_init(&quiet);
	(void)posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, argv[0], &quiet, NULL, (char *const *)argv, environ) != 0 ||
	    waitpid(child, &status, 0) != child || !WIFEXITED(status))
		status = -1;
	(void)posix_spawn_file_actions_destroy(&quiet);
	return status < 0 ? -1 : WEXITSTATUS(status);
}

static void check_unit(struct doctor *d, const char *unit)
{
	const char *const active[] = {"systemctl", "is-active", "--quiet", unit, NULL};
	const char *const enabled[] = {"systemctl", "is-enabled", "--quiet", unit, NULL};

	if (run_quietly(active) != 0)
		finding_add(
		    d->found, FINDING_WARN, "unit_inactive",
		    "systemctl enable --now the unit; if you start the program by other means, "
		    "this is fine",
		    "systemd does not run %s.", unit);
	else if (run_quietly(enabled) != 0)
		finding_add(d->found, FINDING_WARN, "unit_not_enabled", "systemctl enable the unit",
			    "%s runs, but will not start with the computer.", unit);
	else
		finding_add(d->found, FINDING_OK, "unit", NULL, "systemd runs %s, and starts it.",
			    unit);
}

/* A kernel without Landlock is no fault of the home's. */
static void check_confined(struct doctor *d, const struct facts_intake *in)
{
	if (!in->known)
		return;
	if (in->confined_files && in->confined_calls) {
		finding_add(
		    d->found, FINDING_OK, "confined", NULL,
		    "bedpost-watcher is held to its own files and calls by Landlock (version "
		    "%s) and seccomp.",
		    in->confined_files + strcspn(in->confined_files, "0123456789"));
		return;
	}
	finding_add(d->found, FINDING_SKIP, "confined",
		    "systemd's unit holds it too; see docs/security.md",
		    "bedpost-watcher is held by %s: %s.",
		    in->confined_files	 ? "Landlock alone"
		    : in->confined_calls ? "seccomp alone"
					 : "no walls of its own",
		    in->not_confined ? in->not_confined : "an older version runs");
}

void doctor_daemons(struct doctor *d)
{
	const struct facts *f = d->facts;

	verdict_daemons(f, d->found);
	if (f->may_not_look)
		finding_add(d->found, FINDING_SKIP, "daemons",
			    "run the doctor as root or as the services' account",
			    "Whether the services run is not to be seen by you.");
	if (f->watcher_runs) {
		finding_add(d->found, FINDING_OK, "watcher", NULL, "bedpost-watcher runs.");
		check_confined(d, &f->intake);
	}
	if (f->syncd_runs)
		finding_add(d->found, FINDING_OK, "syncd", NULL, "bedpost-syncd runs.");
	if (access("/run/systemd/system", F_OK) < 0) {
		finding_add(d->found, FINDING_SKIP, "systemd", NULL,
			    "systemd does not run this computer: its units are not looked at.");
		return;
	}
	check_unit(d, "bedpost-watcher.service");
	check_unit(d, "bedpost-syncd.service");
}

/* ---- adapters ---- */

static void adapter_is_bad(void *ctx, const char *path, const char *text)
{
	struct doctor *d = ctx;
	struct span line = span_of(text, strcspn(text, "\n"));

	(void)path;
	finding_add(d->found, FINDING_FAIL, "adapter",
		    "bedpost adapter check shows the place; mend it, then systemctl reload "
		    "bedpost-watcher",
		    SPAN_FMT, SPAN_ARG(line));
}

/* Written after the watcher last read the folder? */
static bool is_newer(const struct doctor *d, const char *path)
{
	usec_t read_at = d->facts->intake.known ? d->facts->intake.adapters_read_at : USEC_NONE;
	struct stat st;

	return read_at != USEC_NONE && stat(path, &st) == 0 &&
	       (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC + st.st_mtim.tv_nsec / 1000 > read_at;
}

void doctor_adapters(struct doctor *d)
{
	struct catalog c = CATALOG_INIT;
	struct err err;

	if (catalog_load(&c, d->home->adapters, d->home->facility, adapter_is_bad, d, &err) < 0) {
		finding_add(d->found, FINDING_FAIL, "adapters",
			    "make the folder, or let the services' account read it", "%s",
			    err.message);
		return;
	}
	for (size_t i = 0; i < c.n; i++) {
		const char *path = adapter_path(c.adapters[i]);
		if (d->may_ask && !doctor_access(d, path, R_OK))
			finding_add(d->found, FINDING_FAIL, "adapter", "chmod o+r the file",
				    "%s may not read %s.", d->service_name, path);
		else if (is_newer(d, path))
			finding_add(d->found, FINDING_WARN, "adapter_changed",
				    "systemctl reload bedpost-watcher",
				    "%s was changed after the watcher read it.", path);
		else
			finding_add(d->found, FINDING_OK, "adapter", NULL, "%s is good: %s.", path,
				    adapter_name(c.adapters[i]));
	}
	if (c.n == 0)
		finding_add(d->found, FINDING_WARN, "no_adapters",
			    "put one there, then systemctl reload bedpost-watcher",
			    "No adapter in %s can be used: no file is taken.", d->home->adapters);
	catalog_done(&c);
}

/* ---- folders ---- */

static void check_drop(struct doctor *d, const char *dir)
{
	struct folder folder = {.path = dir, .fd = -1, .watch = -1};
	struct stat st;
	bool is_there = stat(dir, &st) == 0;

	if (!is_there || !S_ISDIR(st.st_mode)) {
		finding_add(d->found, FINDING_FAIL, "drop_folder",
			    "mount or make it; it is found by itself", "Drop folder %s: %s.", dir,
			    is_there ? "it is no folder" : strerror(errno));
		return;
	}
	if (d->may_ask && !doctor_access(d, dir, R_OK | X_OK))
		finding_add(d->found, FINDING_FAIL, "drop_folder",
			    "give the account a group that may read and write there",
			    "%s may not read the drop folder %s.", d->service_name, dir);
	else if (d->may_ask && !doctor_access(d, dir, W_OK | X_OK))
		finding_add(d->found, FINDING_FAIL, "drop_folder",
			    "give the account a group that may read and write there",
			    "%s may not take files away from the drop folder %s.", d->service_name,
			    dir);
	else
		finding_add(d->found, FINDING_OK, "drop_folder", NULL,
			    "The drop folder %s is there%s.", dir,
			    folder_is_remote(&folder)
				? " (a network file system: looked through every "
				  "few seconds)"
				: "");
}

/* It is made when it is first needed, so its parent counts too. */
static void check_target(struct doctor *d, const char *what, const char *dir)
{
	_cleanup_(freep) char *parent = strdup(dir);
	bool is_there = access(dir, F_OK) == 0;

	if (!parent)
		abort();
	if (!d->may_ask)
		return;
	char *slash = strrchr(parent, '/');
	if (slash && slash > parent)
		*slash = '\0';
	if (doctor_access(d, is_there ? dir : parent, W_OK | X_OK))
		finding_add(d->found, FINDING_OK, "folder", NULL, "The folder of %s files, %s, %s.",
			    what, dir, is_there ? "can be written" : "can be made");
	else
		finding_add(d->found, FINDING_FAIL, "folder",
			    "let the services' account write there; under systemd also "
			    "ReadWritePaths= (systemctl edit bedpost-watcher)",
			    "%s may not write into the folder of %s files, %s.", d->service_name,
			    what, dir);
}

void doctor_folders(struct doctor *d)
{
	const struct home *h = d->home;

	if (h->n_drops == 0)
		finding_add(d->found, FINDING_WARN, "no_folders",
			    "name them in home.yaml under \"drop\"",
			    "No drop folder is configured: no file is taken.");
	for (size_t i = 0; i < h->n_drops; i++)
		check_drop(d, h->drops[i].dir);
	if (h->archive != HOME_ARCHIVE_NONE)
		check_target(d, "taken", h->archive_dir);
	check_target(d, "rejected", h->rejected_dir);
}
