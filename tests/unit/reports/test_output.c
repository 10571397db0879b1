/* A file is there whole or not at all. */
#include "reports/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

static char folder[] = "/tmp/bedpost-output-XXXXXX";
static char path[64];

static int make_folder(void **state _unused_)
{
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/report.csv", folder);
	return 0;
}

static int remove_folder(void **state _unused_)
{
	(void)unlink(path);
	return rmdir(folder);
}

static size_t files(void)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.' || (e->d_name[1] && e->d_name[1] != '.');
	(void)closedir(d);
	return n;
}

static void holds(const char *expected)
{
	char text[64] = {0};
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	assert_string_equal(text, expected);
}

static struct output *begun(const char *text)
{
	struct output *o;

	assert_int_equal(output_open(path, &o, NULL), 0);
	assert_int_equal(output_write(o, span_str(text), NULL), 0);
	return o;
}

static void what_is_not_committed_leaves_nothing(void **state _unused_)
{
	output_free(begun("half"));
	assert_int_equal(files(), 0);
}

static void the_new_file_takes_the_old_ones_place_at_once(void **state _unused_)
{
	struct output *o = begun("first");
	struct stat st;

	assert_int_equal(output_commit(o, NULL), 0);
	output_free(o);
	holds("first");
	o = begun("second");
	holds("first");
	assert_int_equal(output_commit(o, NULL), 0);
	output_free(o);
	holds("second");
	assert_int_equal(files(), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0640, 0);
}

static void a_library_writes_a_file_of_its_own(void **state _unused_)
{
	struct buf b = BUF_INIT;
	struct output *o = output_to_buf(&b);
	const char *name;

	assert_int_equal(output_as_file(o, &name, NULL), 0);
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	(void)fputs("by the library", f);
	(void)fclose(f);
	char kept[128];
	(void)snprintf(kept, sizeof(kept), "%s", name);
	assert_int_equal(output_commit(o, NULL), 0);
	output_free(o);
	assert_true(span_eq_str(buf_span(&b), "by the library"));
	assert_int_equal(access(kept, F_OK), -1);
	buf_done(&b);
}

static void a_folder_that_is_not_there_is_said(void **state _unused_)
{
	struct output *o;
	struct err err;

	assert_true(output_open("/nonexistent/x.csv", &o, &err) < 0);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_committed_leaves_nothing),
	    cmocka_unit_test(the_new_file_takes_the_old_ones_place_at_once),
	    cmocka_unit_test(a_library_writes_a_file_of_its_own),
	    cmocka_unit_test(a_folder_that_is_not_there_is_said),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
