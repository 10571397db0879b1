#include "sim/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "tests/unit/temp_folder.h"

#define START (1745301600 * USEC_PER_SEC)

static const volatile sig_atomic_t go_on;

struct folder {
	char path[40], out[64], truth[64], expect[64];
};

static int make_folder(void **state)
{
	static struct folder f;

	temp_folder_make(f.path);
	(void)snprintf(f.out, sizeof(f.out), "%s/out", f.path);
	(void)snprintf(f.truth, sizeof(f.truth), "%s/truth", f.path);
	(void)snprintf(f.expect, sizeof(f.expect), "%s/expect", f.path);
	*state = &f;
	return 0;
}

static int remove_folder(void **state)
{
	temp_folder_remove(((struct folder *)*state)->path);
	return 0;
}

static struct sim_options options(const struct folder *f)
{
	struct sim_options o = options_default();

	o.homes = 6;
	o.format = "mixed";
	o.out = f->out;
	o.truth = f->truth;
	o.expect = f->expect;
	o.rate = 0;
	o.count = 120;
	o.start = START;
	return o;
}

static void read_whole(int dir, const char *name, struct buf *out)
{
	_cleanup_(closep) int fd = openat(dir, name, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = read(fd, buf_reserve(out, 65536), 65536)) > 0)
		out->n += (size_t)n;
	buf_addc(out, '\n');
}

struct seen {
	struct buf names; /* lines "home/name digest" */
	size_t files;
};

/* Every file of every home as "home/name digest", in the order of names. */
static void see(const struct folder *f, struct seen *ret)
{
	struct dirent **homes, **files;
	int n_homes = scandir(f->out, &homes, NULL, alphasort);

	assert_true(n_homes >= 0);
	for (int i = 0; i < n_homes; i++) {
		char path[400];
		(void)snprintf(path, sizeof(path), "%s/%s", f->out, homes[i]->d_name);
		int n = homes[i]->d_name[0] == '.' ? 0 : scandir(path, &files, NULL, alphasort);
		_cleanup_(closep) int dir = open(path, O_RDONLY | O_DIRECTORY);
		for (int k = 0; k < n; k++) {
			_cleanup_(buf_done) struct buf bytes = BUF_INIT;
			char hex[DIGEST_HEX + 1];
			if (files[k]->d_name[0] != '.') {
				read_whole(dir, files[k]->d_name, &bytes);
				struct digest d = digest_of(buf_span(&bytes));
				buf_addf(&ret->names, "%s/%s %s\n", homes[i]->d_name,
					 files[k]->d_name, digest_hex(&d, hex));
				ret->files++;
			}
			free(files[k]);
		}
		if (n > 0)
			free(files);
		free(homes[i]);
	}
	free(homes);
}

static void play(const struct sim_options *o, struct sim_summary *ret)
{
	struct err err = {0};

	if (run_sim(o, &go_on, ret, &err) < 0)
		fail_msg("%s", err.message);
}

static struct digest of_file(const char *path)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	read_whole(AT_FDCWD, path, &b);
	return digest_of(buf_span(&b));
}

static void the_same_seed_makes_the_same_files_bit_for_bit(void **state)
{
	struct sim_options o = options(*state);
	struct seen one = {0}, two = {0};
	struct sim_summary s;

	o.faults = FAULT_ALL;
	play(&o, &s);
	see(*state, &one);
	struct digest truth = of_file(o.truth);
	remove_folder(state);
	assert_int_equal(mkdir(((struct folder *)*state)->path, 0700), 0);
	play(&o, &s);
	see(*state, &two);
	struct digest again = of_file(o.truth);
	assert_true(span_eq(buf_span(&one.names), buf_span(&two.names)));
	assert_true(digest_eq(&truth, &again));
	buf_done(&two.names);
	remove_folder(state);
	assert_int_equal(mkdir(((struct folder *)*state)->path, 0700), 0);
	o.seed = 2;
	play(&o, &s);
	see(*state, &two);
	assert_false(span_eq(buf_span(&one.names), buf_span(&two.names)));
	buf_done(&one.names);
	buf_done(&two.names);
}

static void the_count_is_of_all_files_with_all_faults(void **state)
{
	struct sim_options o = options(*state);
	struct sim_summary s;
	struct seen seen = {0};

	o.faults = FAULT_ALL;
	o.fault_rate = 30;
	play(&o, &s);
	see(*state, &seen);
	assert_int_equal(s.files, 120);
	assert_int_equal(seen.files, 120);
	assert_true(s.duplicate && s.bad && s.order && s.late);
	buf_done(&seen.names);
}

static void a_single_named_home_writes_into_the_folder_itself(void **state)
{
	struct folder *f = *state;
	struct sim_options o = options(f);
	struct sim_summary s;
	char path[128];

	o.homes = 1;
	o.names[o.n_names++] = "fac_a";
	o.format = "csv";
	o.count = 1;
	play(&o, &s);
	(void)snprintf(path, sizeof(path), "%s/BEDS_20250422T080000-000001.csv", f->out);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(s.records, 24);
}

static void the_truth_names_every_bed_of_homes_that_wrote(void **state)
{
	struct folder *f = *state;
	struct sim_options o = options(f);
	_cleanup_(buf_done) struct buf truth = BUF_INIT, expect = BUF_INIT;
	struct sim_summary s;
	size_t beds = 0;

	o.count = 5; /* of six homes */
	play(&o, &s);
	read_whole(AT_FDCWD, f->truth, &truth);
	read_whole(AT_FDCWD, f->expect, &expect);
	for (const char *p = truth.p; (p = strstr(p, "\"bed_")); p++)
		beds++;
	assert_int_equal(beds, 5 * 24);
	assert_non_null(strstr(truth.p, "\"fac_sim_0006\":{}"));
	assert_non_null(strstr(truth.p, "\"bed_blaklokka_101_a\":\""));
	assert_non_null(
	    strstr(expect.p, "{\"ward\":\"dementia\",\"care_level\":\"medium\",\"total_beds\":3,"));
	assert_null(strstr(truth.p, "(null)"));
}

static void a_run_that_is_told_to_stop_still_tells_the_truth(void **state)
{
	struct folder *f = *state;
	struct sim_options o = options(f);
	const volatile sig_atomic_t stop = 1;
	struct sim_summary s;

	o.count = 0;
	o.rate = 1;
	assert_int_equal(run_sim(&o, &stop, &s, NULL), 0);
	assert_int_equal(s.files, 0);
	assert_int_equal(access(f->truth, F_OK), 0);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
	struct sim_options o = options(*state);
	struct sim_summary s;
	struct err err;

	o.out = "/proc/nowhere";
	assert_true(run_sim(&o, &go_on, &s, &err) < 0);
	assert_non_null(strstr(err.message, "/proc/nowhere"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    IN_A_FOLDER(the_same_seed_makes_the_same_files_bit_for_bit),
	    IN_A_FOLDER(the_count_is_of_all_files_with_all_faults),
	    IN_A_FOLDER(a_single_named_home_writes_into_the_folder_itself),
	    IN_A_FOLDER(the_truth_names_every_bed_of_homes_that_wrote),
	    IN_A_FOLDER(a_run_that_is_told_to_stop_still_tells_the_truth),
	    IN_A_FOLDER(a_folder_that_cannot_be_made_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
