/* bedpost adapter test: an adapter carries its own proof. */
#include <stdio.h>

#include "base/files.h"
#include "cli/home/commands.h"
#include "cli/home/expectation.h"
#include "cli/home/golden.h"
#include "cli/home/junit.h"
#include "cli/home/place.h"
#include "cli/home/yaml_files.h"
#include "cli/table.h"

#define FACILITY_DEFAULT "fac_example"
#define BAD_SHOWN	 10
/* A census without a time of its own takes the file's mtime, which a checkout does not keep: tests
 * have this one. */
#define TEST_FILE_TIME (1767225600 * USEC_PER_SEC) /* 2026-01-01T00:00:00Z */

enum verdict { PASSED, FAILED, UNREADABLE, UPDATED, VERDICT_COUNT };

static const char *const verdict_names[] = {"ok", "FAILED", "UNREADABLE", "updated"};

struct testing {
	const struct test_options *options;
	bool json;
	const struct home *home; /* NULL: none */
	struct zone *zone;
	struct buf out; /* JSON */
	struct junit junit;
	size_t run, count[VERDICT_COUNT];
};

static void testing_done(struct testing *t)
{
	zone_free(t->zone);
	buf_done(&t->out);
	junit_done(&t->junit);
}

/* ---- telling ---- */

static void report(struct testing *t, const char *name, const char *input, enum verdict v,
		   const char *text, usec_t took)
{
	t->run++;
	t->count[v]++;
	junit_case(&t->junit, name, input,
		   v == FAILED	     ? JUNIT_FAILED
		   : v == UNREADABLE ? JUNIT_ERROR
				     : JUNIT_PASSED,
		   text, took);
	if (!t->json) {
		(void)printf("%-10s %s: %s\n", verdict_names[v], name, input);
		for (struct span rest = span_str(text), line; span_cut(&rest, '\n', &line);)
			if (line.n > 0)
				(void)printf("           " SPAN_FMT "\n", SPAN_ARG(line));
		return;
	}
	buf_addf(&t->out, "%s{\"adapter\":\"%s\",\"input\":", t->run > 1 ? ",\n " : "", name);
	table_add_json_text(&t->out, span_str(input));
	buf_addf(&t->out, ",\"ok\":%s,\"updated\":%s,\"differences\":",
		 v == PASSED || v == UPDATED ? "true" : "false", v == UPDATED ? "true" : "false");
	table_add_json_text(&t->out, span_str(text));
	buf_addc(&t->out, '}');
}

static void add_bad(const struct trial *trial, struct buf *text)
{
	for (size_t i = 0; i < trial->n_bad && i < BAD_SHOWN; i++)
		buf_addf(text, "record %llu (line %llu) is bad: %s: %s\n",
			 (unsigned long long)trial->bad[i].record,
			 (unsigned long long)trial->bad[i].line, trial->bad[i].field,
			 trial->bad[i].message);
}

/* ---- one test ---- */

static const char *facility_for(const struct testing *t, const struct adapter *a,
				const struct expectation *e)
{
	if (t->options->facility)
		return t->options->facility;
	if (adapter_facility(a))
		return adapter_facility(a);
	if (e && expectation_facility(e))
		return expectation_facility(e);
	return t->home ? t->home->facility : FACILITY_DEFAULT;
}

static enum verdict update(const struct adapter_test *test, const struct expectation *old,
			   const struct trial *trial, struct buf *text)
{
	struct buf new = BUF_INIT;
	struct err err;

	expectation_write(old, trial, &new);
	int r = files_replace(test->expect, 0644, buf_span(&new), &err);
	buf_done(&new);
	if (r < 0) {
		buf_addf(text, "%s\n", err.message);
		return UNREADABLE;
	}
	if (!old)
		buf_addf(text, "written: %s, %zu events, %llu bad records\n", test->expect,
			 trial->n_events, (unsigned long long)trial->summary.bad);
	return UPDATED;
}

/* expected NULL: there is no such file yet. */
static enum verdict judge(const struct testing *t, const struct adapter_test *test,
			  const struct expectation *expected, const struct trial *trial,
			  struct buf *text)
{
	if (trial->err.code) {
		buf_addf(text, "the file cannot be read: %s\n", trial->err.message);
		if (expected)
			(void)expectation_compare(expected, trial, text);
		return FAILED;
	}
	if (!expected && !t->options->update) {
		buf_addf(text, "there is no %s yet: --update writes it\n", test->expect);
		return UNREADABLE;
	}
	size_t differences = expected ? expectation_compare(expected, trial, text) : 1;
	if (differences == 0)
		return PASSED;
	if (t->options->update)
		return update(test, expected, trial, text);
	add_bad(trial, text);
	return FAILED;
}

static void run_test(struct testing *t, const struct adapter *a, const struct adapter_test *test)
{
	_cleanup_(expectation_freep) struct expectation *expected = NULL;
	_cleanup_(trial_done) struct trial trial = {0};
	const usec_t began = clock_monotonic();
	struct buf text = BUF_INIT;
	struct err err;

	int r = expectation_load(test->expect, &expected, &err);
	if (r < 0 && r != -ERR_NOT_FOUND) {
		report(t, adapter_name(a), test->input, UNREADABLE, err.message, 0);
		return;
	}
	const struct trial_settings settings = {
	    .adapter = a,
	    .facility = facility_for(t, a, expected),
	    .zone = t->zone,
	    .file_time = TEST_FILE_TIME,
	    .lines = true,
	};
	trial_run(&settings, test->input, &trial);
	enum verdict v = judge(t, test, expected, &trial, &text);
	report(t, adapter_name(a), test->input, v, text.p ? text.p : "", clock_monotonic() - began);
	buf_done(&text);
}

/* ---- an adapter ---- */

static void unreadable_adapter(struct testing *t, const char *path, const char *text)
{
	(void)fprintf(stderr, "%s\n", text);
	t->count[UNREADABLE]++;
	junit_case(&t->junit, path, "the adapter itself", JUNIT_ERROR, text, 0);
	junit_suite(&t->junit, path, clock_now());
}

static struct adapter *load(struct testing *t, const char *path)
{
	struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err;

	if (adapter_load(path, &a, &conf, &err) < 0) {
		struct buf problems = BUF_INIT;
		if (conf)
			conf_problems_print(conf, &problems);
		unreadable_adapter(t, path, problems.n > 0 ? problems.p : err.message);
		buf_done(&problems);
	}
	conf_free(conf);
	return a;
}

static void run_adapter(struct testing *t, const char *path)
{
	_cleanup_(adapter_freep) struct adapter *a = load(t, path);
	_cleanup_(golden_done) struct golden golden = {0};
	struct err err;

	if (!a)
		return;
	if (golden_of(a, &golden, &err) < 0) {
		unreadable_adapter(t, path, err.message);
		return;
	}
	for (size_t i = 0; i < golden.n; i++)
		run_test(t, a, &golden.tests[i]);
	junit_suite(&t->junit, adapter_name(a), clock_now());
	if (golden.n == 0 && !t->json)
		(void)printf("no tests   %s: put exports into tests/%s beside it, and run this "
			     "with --update\n",
			     adapter_name(a), adapter_name(a));
}

static void print_sum(const struct testing *t)
{
	if (t->json)
		(void)printf("{\"tests\":[%s],\"run\":%zu,\"failed\":%zu,\"unreadable\":%zu,"
			     "\"updated\":%zu}\n",
			     t->out.p ? t->out.p : "", t->run, t->count[FAILED],
			     t->count[UNREADABLE], t->count[UPDATED]);
	else
		(void)printf("%zu run, %zu failed, %zu unreadable%s\n", t->run, t->count[FAILED],
			     t->count[UNREADABLE],
			     t->count[UPDATED] ? "; what was updated stands above: is it right?"
					       : "");
}

int adapter_test(const struct command_line *line)
{
	_cleanup_(yaml_files_done) struct yaml_files files = {0};
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(testing_done) struct testing t = {.options = line->options, .json = line->json};
	struct err err;

	int code = place_find_home(&place, line);
	if (code == EXIT_OK)
		code = yaml_files_of(line, &files);
	if (code != EXIT_OK)
		return code;
	t.home = place.home;
	if (place.home && zone_load(place.home->zone, &t.zone, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; i < files.n; i++)
		run_adapter(&t, files.path[i]);
	print_sum(&t);
	if (t.options->junit && junit_write(&t.junit, t.options->junit, &err) < 0)
		return command_failed(&err);
	return t.count[UNREADABLE] ? EXIT_INVALID : t.count[FAILED] ? EXIT_FAILED : EXIT_OK;
}
