#include "sim/drop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>

struct folder {
	char path[32];
	int fd;
};

static int make_folder(void **state)
{
	static struct folder f;

	strcpy(f.path, "/tmp/bedpost-drop-XXXXXX");
	if (!mkdtemp(f.path))
		return -1;
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY);
	*state = &f;
	return f.fd < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
	struct folder *f = *state;
	static const char *const names[] = {"a", ".a.part", "a.done"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlinkat(f->fd, names[i], 0);
	close(f->fd);
	return rmdir(f->path);
}

static bool holds(const struct folder *f, const char *name, const char *text)
{
	_cleanup_(closep) int fd = openat(f->fd, name, O_RDONLY);
	char bytes[16];

	if (fd < 0)
		return false;
	ssize_t n = read(fd, bytes, sizeof(bytes));
	return n >= 0 && span_eq_str(span_of(bytes, (size_t)n), text);
}

static bool is_there(const struct folder *f, const char *name)
{
	return faccessat(f->fd, name, F_OK, 0) == 0;
}

static void a_renamed_file_leaves_nothing_beside_it(void **state)
{
	assert_int_equal(
	    drop_file(((struct folder *)*state)->fd, "a", SPAN("x"), DROP_RENAME, NULL), 0);
	assert_true(holds(*state, "a", "x"));
	assert_false(is_there(*state, ".a.part"));
}

static void a_done_file_is_empty_and_beside_it(void **state)
{
	assert_int_equal(drop_file(((struct folder *)*state)->fd, "a", SPAN("x"), DROP_DONE, NULL),
			 0);
	assert_true(holds(*state, "a", "x"));
	assert_true(holds(*state, "a.done", ""));
}

static void a_name_that_is_taken_keeps_its_file(void **state)
{
	static const enum drop_way ways[] = {DROP_RENAME, DROP_CLOSE, DROP_DONE};
	struct folder *f = *state;

	assert_int_equal(drop_file(f->fd, "a", SPAN("first"), DROP_CLOSE, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct err err;
		assert_int_equal(drop_file(f->fd, "a", SPAN("second"), ways[i], &err), -ERR_EXISTS);
		assert_true(holds(f, "a", "first"));
		assert_false(is_there(f, ".a.part"));
		assert_false(is_there(f, "a.done"));
	}
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_FOLDER(a_renamed_file_leaves_nothing_beside_it),
	    IN_A_FOLDER(a_done_file_is_empty_and_beside_it),
	    IN_A_FOLDER(a_name_that_is_taken_keeps_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
