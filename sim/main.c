#include "config.h"

#include <signal.h>
#include <stdio.h>

#include "sim/options.h"
#include "sim/run.h"

static volatile sig_atomic_t stop;

static void on_signal(int number _unused_)
{
	stop = 1;
}

static void print_summary(const struct sim_summary *s, bool json)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (json) {
		run_summary_json(s, &text);
		puts(text.p);
		return;
	}
	printf("%zu homes, %ju files, %ju records, %ju bytes in %.1f s; faults: %ju duplicate, %ju "
	       "bad, %ju order, %ju late\n",
	       s->homes, (uintmax_t)s->files, (uintmax_t)s->records, (uintmax_t)s->bytes,
	       (double)s->took / (double)USEC_PER_SEC, (uintmax_t)s->duplicate, (uintmax_t)s->bad,
	       (uintmax_t)s->order, (uintmax_t)s->late);
}

int main(int argc, char **argv)
{
	const struct sigaction ends = {.sa_handler = on_signal};
	struct sim_options options;
	struct sim_summary summary;
	struct err err;

	if (options_parse(argc, argv, &options, &err) < 0) {
		fprintf(stderr, "bedpost-sim: %s\nbedpost-sim: --help lists the options\n",
			err.message);
		return 2;
	}
	if (options.help) {
		options_help(stdout);
		return 0;
	}
	if (options.version) {
		puts("bedpost-sim " PACKAGE_VERSION);
		return 0;
	}
	(void)sigaction(SIGINT, &ends, NULL);
	(void)sigaction(SIGTERM, &ends, NULL);
	if (run_sim(&options, &stop, &summary, &err) < 0) {
		fprintf(stderr, "bedpost-sim: %s\n", err.message);
		return err_exit_code(&err);
	}
	print_summary(&summary, options.json);
	return fflush(stdout) == 0 ? 0 : 1;
}
