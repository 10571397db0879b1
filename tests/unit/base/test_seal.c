/* What was sealed opens with the secret key, whole, and with nothing else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/seal.h"

struct fixture {
	char dir[64], secret_path[96], public_path[96];
	struct seal_key secret, public_key;
	int plain, sealed, opened;
	char name[SEAL_NAME_MAX + 1];
};

static int temporary_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = {0};

	digest_setup();
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/bedpost-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->secret_path, sizeof(f->secret_path), "%s/key", f->dir);
	(void)snprintf(f->public_path, sizeof(f->public_path), "%s/key.pub", f->dir);
	assert_int_equal(seal_key_make(f->secret_path, &err), 0);
	assert_int_equal(seal_key_read(f->secret_path, true, &f->secret, &err), 0);
	assert_int_equal(seal_key_read(f->public_path, false, &f->public_key, &err), 0);
	f->plain = temporary_file();
	f->sealed = temporary_file();
	f->opened = temporary_file();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->secret_path);
	(void)unlink(f->public_path);
	(void)rmdir(f->dir);
	(void)close(f->plain);
	(void)close(f->sealed);
	(void)close(f->opened);
	free(f);
	return 0;
}

static int begin(void *ctx, const char *name, int *ret_to, struct err *err)
{
	struct fixture *f = ctx;
	(void)err;

	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	*ret_to = f->opened;
	return 0;
}

static off_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void seal(struct fixture *f, size_t size, const char *name)
{
	struct err err = {0};

	assert_int_equal(ftruncate(f->plain, 0), 0);
	assert_int_equal(ftruncate(f->sealed, 0), 0);
	assert_int_equal(ftruncate(f->opened, 0), 0);
	assert_int_equal(lseek(f->sealed, 0, SEEK_SET), 0);
	assert_int_equal(lseek(f->opened, 0, SEEK_SET), 0);
	for (size_t i = 0; i < size; i++) {
		char c = (char)('a' + i % 23);
		assert_int_equal(pwrite(f->plain, &c, 1, (off_t)i), 1);
	}
	assert_int_equal(seal_file(&f->public_key, span_str(name), f->plain, f->sealed, &err), 0);
	assert_int_equal(size_of(f->sealed), seal_size(size, strlen(name)));
}

static void assert_same(struct fixture *f, size_t size)
{
	assert_int_equal(size_of(f->opened), size);
	for (size_t i = 0; i < size; i++) {
		char c = 0;
		assert_int_equal(pread(f->opened, &c, 1, (off_t)i), 1);
		assert_int_equal(c, (char)('a' + i % 23));
	}
}

static void a_sealed_file_of_any_size_opens_with_its_name_and_every_byte(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	const size_t sizes[] = {0,
				1,
				1000,
				SEAL_PIECE - 7,
				SEAL_PIECE - 6,
				SEAL_PIECE - 5,
				SEAL_PIECE + 1,
				2 * SEAL_PIECE + 100};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		seal(f, sizes[i], "a.csv");
		assert_int_equal(seal_open(&f->secret, f->sealed, begin, f, &err), 0);
		assert_string_equal(f->name, "a.csv");
		assert_same(f, sizes[i]);
	}
}

static void nobody_reads_name_or_bytes_in_it(void **state)
{
	struct fixture *f = *state;
	char bytes[4096];

	seal(f, 1000, "Kari Nordmann.csv");
	ssize_t n = pread(f->sealed, bytes, sizeof(bytes), 0);
	assert_true(n > 1000);
	assert_null(memmem(bytes, (size_t)n, "Nordmann", 8));
	assert_null(memmem(bytes, (size_t)n, "abcdef", 6));
}

static void a_byte_that_was_changed_anywhere_is_noticed(void **state)
{
	struct fixture *f = *state;

	seal(f, 300, "a");
	for (off_t at = 0; at < size_of(f->sealed); at += 3) {
		struct err err = {0};
		uint8_t c = 0;
		assert_int_equal(pread(f->sealed, &c, 1, at), 1);
		c ^= 0x20;
		assert_int_equal(pwrite(f->sealed, &c, 1, at), 1);
		assert_true(seal_open(&f->secret, f->sealed, begin, f, &err) < 0);
		c ^= 0x20;
		assert_int_equal(pwrite(f->sealed, &c, 1, at), 1);
	}
}

static void a_file_that_was_cut_off_anywhere_is_noticed(void **state)
{
	struct fixture *f = *state;

	seal(f, SEAL_PIECE + 10, "a");
	for (off_t size = size_of(f->sealed) - 1; size > 0;
	     size = size > 100 ? size - 977 : size - 9) {
		struct err err = {0};
		assert_int_equal(ftruncate(f->sealed, size), 0);
		assert_true(seal_open(&f->secret, f->sealed, begin, f, &err) < 0);
		assert_int_equal(err.code, ERR_CORRUPT);
	}
}

static void another_key_does_not_open_it(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	struct seal_key other = f->secret;

	seal(f, 10, "a");
	other.b[5] ^= 1;
	assert_int_equal(seal_open(&other, f->sealed, begin, f, &err), -ERR_DENIED);
}

static void keys_are_never_overwritten_nor_mistaken_for_each_other(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	struct seal_key key;
	struct stat st;

	assert_int_equal(seal_key_make(f->secret_path, &err), -ERR_EXISTS);
	assert_int_equal(stat(f->secret_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(seal_key_read(f->public_path, true, &key, &err), -ERR_INVALID);
	assert_int_equal(seal_key_read(f->secret_path, false, &key, &err), -ERR_INVALID);
	assert_null(strstr(err.message, "secret-key"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_sealed_file_of_any_size_opens_with_its_name_and_every_byte),
	    TEST(nobody_reads_name_or_bytes_in_it),
	    TEST(a_byte_that_was_changed_anywhere_is_noticed),
	    TEST(a_file_that_was_cut_off_anywhere_is_noticed),
	    TEST(another_key_does_not_open_it),
	    TEST(keys_are_never_overwritten_nor_mistaken_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
