/* bedpost-watcher --config FILE */
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/notify.h"
#include "watcher/board/board.h"
#include "watcher/walls.h"
#include "watcher/watcher.h"

#define EXIT_BAD_USAGE 2

static const char usage[] =
    "Usage: bedpost-watcher [--config FILE]\n"
    "\n"
    "Takes the files that an EHR drops in a home's folders into the outbox, and serves the board,\n"
    "the page where staff set a bed, if home.yaml has `board:`.\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE   the home's configuration (default " HOME_DEFAULT_PATH ")\n"
    "      --help-config   print the configuration's keys and end\n"
    "  -h, --help          print this help and end\n"
    "      --version       print the version and end\n"
    "\n"
    "SIGHUP reads the adapters anew; SIGTERM ends.\n";

struct options {
	const char *config;
	int exit_code; /* -1: run */
};

static struct options read_options(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"help-config", no_argument, NULL, 'k'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	struct options o = {.config = HOME_DEFAULT_PATH, .exit_code = -1};
	struct buf keys = BUF_INIT;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'c': o.config = optarg; break;
		case 'h':
			(void)fputs(usage, stdout);
			o.exit_code = 0;
			break;
		case 'k':
			home_describe(&keys);
			(void)fputs(keys.p, stdout);
			buf_done(&keys);
			o.exit_code = 0;
			break;
		case 'v':
			(void)printf("bedpost-watcher %s\n", PACKAGE_VERSION);
			o.exit_code = 0;
			break;
		default: o.exit_code = EXIT_BAD_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "bedpost-watcher: takes no operands; see --help\n");
		o.exit_code = EXIT_BAD_USAGE;
	}
	return o;
}

static int failed(const struct err *err)
{
	log_failure("failed", err);
	return err_exit_code(err);
}

int main(int argc, char **argv)
{
	_cleanup_(home_freep) struct home *home = NULL;
	_cleanup_(watcher_freep) struct watcher *w = NULL;
	_cleanup_(board_stopp) struct board *board = NULL;
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	struct err err;

	digest_setup();
	struct options o = read_options(argc, argv);
	if (o.exit_code >= 0)
		return o.exit_code;
	confine_memory();
	(void)umask(0027);
	log_init("watcher", LOG_LEVEL_INFO);
	if (home_load(o.config, &home, &problems, &err) < 0) {
		if (problems.n)
			(void)fputs(problems.p, stderr);
		else
			(void)fprintf(stderr, "bedpost-watcher: %s\n", err.message);
		return err_exit_code(&err);
	}
	log_init("watcher", (enum log_level)home->log_level);
	if (watcher_new(home, &w, &err) < 0)
		return failed(&err);
	walls_enter(w);
	if (board_start(home, &board, &err) < 0)
		return failed(&err);
	log_info("started", "facility=%s folders=%u adapters=%zu", home->facility, w->n_folders,
		 w->catalog.n);
	if (w->n_folders == 0)
		log_warn("no_folders", "key=drop");
	notify_ready();
	int r = watcher_run(w, &err);
	notify_stopping();
	if (r < 0)
		return failed(&err);
	log_info("stopped", "files_waiting=%zu",
		 queue_count(w->queue, QUEUE_WAITING) + queue_count(w->queue, QUEUE_READY));
	return 0;
}
