/* bedpost-syncd: options, configuration, log; the work is sync.c's. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/log.h"
#include "outbox/home.h"
#include "syncd/sync.h"
#include "syncd/transport_child.h"

#define EXIT_USAGE 2

static const char usage[] =
    "Usage: bedpost-syncd [--config FILE] [--once]\n"
    "\n"
    "Ships a home's bed events to its region, and takes the region's answers in.\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE   the home's configuration (default " HOME_DEFAULT_PATH ")\n"
    "      --once          ship what waits, then end: 0 all acknowledged, 75 try again later, "
    "5 denied\n"
    "      --help-config   print the configuration's keys and end\n"
    "  -h, --help          print this help and end\n"
    "      --version       print the version and end\n"
    "\n"
    "SIGHUP reads the enrolment again; SIGTERM ends.\n";

struct options {
	const char *config;
	bool once, is_child;
};

static int help_config(void)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	home_describe(&text);
	(void)fwrite(text.p, 1, text.n, stdout);
	return 0;
}

/* The exit code, or -1 to go on. */
static int parse(int argc, char **argv, struct options *o)
{
	enum { OPT_ONCE = 256, OPT_CHILD, OPT_HELP_CONFIG, OPT_VERSION };
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"once", no_argument, NULL, OPT_ONCE},
	    {CHILD_OPTION, no_argument, NULL, OPT_CHILD},
	    {"help-config", no_argument, NULL, OPT_HELP_CONFIG},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, OPT_VERSION},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case OPT_ONCE: o->once = true; break;
		case OPT_CHILD: o->is_child = true; break;
		case OPT_HELP_CONFIG: return help_config();
		case 'h': (void)fputs(usage, stdout); return 0;
		case OPT_VERSION: (void)puts("bedpost-syncd " PACKAGE_VERSION); return 0;
		default: return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "bedpost-syncd: takes no operands; see --help\n");
	return EXIT_USAGE;
}

/* syncd started itself, for the SFTP line. */
static int be_child(void)
{
	struct err err;

	if (child_sftp_run(&err) == 0)
		return 0;
	(void)fprintf(stderr, "bedpost-syncd: %s\n", err.message);
	return err_exit_code(&err);
}

int main(int argc, char **argv)
{
	_cleanup_(home_freep) struct home *home = NULL;
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	struct options o = {.config = HOME_DEFAULT_PATH};
	struct err err;

	digest_setup();
	int code = parse(argc, argv, &o);
	if (code >= 0)
		return code;
	if (o.is_child)
		return be_child();
	if (home_load(o.config, &home, &problems, &err) < 0) {
		if (problems.n)
			(void)fputs(problems.p, stderr);
		else
			(void)fprintf(stderr, "bedpost-syncd: %s\n", err.message);
		return err_exit_code(&err);
	}
	log_init("syncd", (enum log_level)home->log_level);
	if (sync_run(&(struct sync_options){.home = home, .once = o.once}, &err) < 0) {
		log_error("failed", "reason=%s", log_quote(span_str(err.message)).s);
		return err_exit_code(&err);
	}
	return 0;
}
