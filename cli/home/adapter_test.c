/* bedpost adapter test: an adapter carries its own proof. */
#include <stdio.h>

#include "cli/home/commands.h"
#include "cli/home/expectation.h"
#include "cli/home/place.h"
#include "cli/home/yaml_files.h"
#include "cli/table.h"

#define FACILITY_DEFAULT "fac_example"
/* A census without a time of its own takes the file's mtime, which a checkout does not keep: tests
 * have this one. */
#define TEST_FILE_TIME (1767225600 * USEC_PER_SEC) /* 2026-01-01T00:00:00Z */

struct testing {
	const struct test_options *options;
	bool json;
	const struct home *home; /* NULL: none */
	struct zone *zone;
	struct buf out; /* JSON */
	size_t run, failed, unreadable;
};

enum verdict { PASSED, FAILED, UNREADABLE };

static const char *const verdict_names[] = {"ok", "FAILED", "UNREADABLE"};

static void report(struct testing *t, const struct adapter *a, const char *input, enum verdict v,
		   const char *text)
{
	t->run++;
	t->failed += v == FAILED;
	t->unreadable += v == UNREADABLE;
	if (!t->json) {
		(void)printf("%-10s %s: %s\n", verdict_names[v], adapter_name(a), input);
		for (struct span rest = span_str(text), line; span_cut(&rest, '\n', &line);)
			if (line.n > 0)
				(void)printf("           " SPAN_FMT "\n", SPAN_ARG(line));
		return;
	}
	buf_addf(&t->out, "%s{\"adapter\":\"%s\",\"input\":", t->run > 1 ? ",\n " : "",
		 adapter_name(a));
	table_add_json_text(&t->out, span_str(input));
	buf_addf(&t->out, ",\"ok\":%s,\"differences\":", v == PASSED ? "true" : "false");
	table_add_json_text(&t->out, span_str(text));
	buf_addc(&t->out, '}');
}

static const char *facility_for(const struct testing *t, const struct adapter *a,
				const struct expectation *e)
{
	if (t->options->facility)
		return t->options->facility;
	if (adapter_facility(a))
		return adapter_facility(a);
	if (expectation_facility(e))
		return expectation_facility(e);
	return t->home ? t->home->facility : FACILITY_DEFAULT;
}

static void run_test(struct testing *t, const struct adapter *a, const struct adapter_test *test)
{
	_cleanup_(expectation_freep) struct expectation *expected = NULL;
	_cleanup_(trial_done) struct trial trial = {0};
	struct buf text = BUF_INIT;
	struct err err;

	if (expectation_load(test->expect, &expected, &err) < 0) {
		report(t, a, test->input, UNREADABLE, err.message);
		return;
	}
	const struct trial_settings settings = {
	    .adapter = a,
	    .facility = facility_for(t, a, expected),
	    .zone = t->zone,
	    .file_time = TEST_FILE_TIME,
	};
	trial_run(&settings, test->input, &trial);
	if (trial.err.code)
		buf_addf(&text, "the file cannot be read: %s\n", trial.err.message);
	size_t differences = expectation_compare(expected, &trial, &text);
	for (size_t i = 0; differences > 0 && i < trial.n_bad && i < 10; i++)
		buf_addf(&text, "record %llu (line %llu) is bad: %s: %s\n",
			 (unsigned long long)trial.bad[i].record,
			 (unsigned long long)trial.bad[i].line, trial.bad[i].field,
			 trial.bad[i].message);
	report(t, a, test->input, trial.err.code || differences ? FAILED : PASSED,
	       text.p ? text.p : "");
	buf_done(&text);
}

static void run_adapter(struct testing *t, const char *path)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct conf *conf = NULL;
	const struct adapter_test *tests;
	struct err err;

	if (adapter_load(path, &a, &conf, &err) < 0) {
		struct buf problems = BUF_INIT;
		if (conf)
			conf_problems_print(conf, &problems);
		(void)fprintf(stderr, "%s\n", problems.n > 0 ? problems.p : err.message);
		buf_done(&problems);
		conf_free(conf);
		t->unreadable++;
		return;
	}
	conf_free(conf);
	size_t n = adapter_tests(a, &tests);
	for (size_t i = 0; i < n; i++)
		run_test(t, a, &tests[i]);
	if (n == 0 && !t->json)
		(void)printf("no tests   %s\n", adapter_name(a));
}

int adapter_test(const struct command_line *line)
{
	_cleanup_(yaml_files_done) struct yaml_files files = {0};
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct testing t = {.options = line->options, .json = line->json};
	struct err err;

	int code = place_find_home(&place, line);
	if (code == EXIT_OK)
		code = yaml_files_of(line, &files);
	if (code != EXIT_OK)
		return code;
	t.home = place.home;
	if (place.home && zone_load(place.home->zone, &zone, &err) < 0)
		return command_failed(&err);
	t.zone = zone;
	for (size_t i = 0; i < files.n; i++)
		run_adapter(&t, files.path[i]);
	if (line->json)
		(void)printf("{\"tests\":[%s],\"run\":%zu,\"failed\":%zu,\"unreadable\":%zu}\n",
			     t.out.p ? t.out.p : "", t.run, t.failed, t.unreadable);
	else
		(void)printf("%zu run, %zu failed, %zu unreadable\n", t.run, t.failed,
			     t.unreadable);
	buf_done(&t.out);
	return t.unreadable ? EXIT_INVALID : t.failed ? EXIT_FAILED : EXIT_OK;
}
