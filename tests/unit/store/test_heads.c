/* Files of signed heads: what they say, and that nobody else can have said it. */
#include "store/heads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/files.h"
#include "store/heads_folder.h"
#include "store/migrate.h"
#include "tests/unit/store/pg_server.h"

static struct heads two_homes(void)
{
	static struct heads_line lines[2] = {{{"fac_a", 5}, 12, {{1}}, 1776676463000000},
					     {{"fac_b", 5}, 7, {{2}}, 1776676463000001}};
	return (struct heads){.day = "2026-04-20",
			      .made_at = 1776676500000000,
			      .previous_day = "2026-04-19",
			      .previous = {{3}},
			      .lines = lines,
			      .n = 2};
}

static struct heads_key new_key(void)
{
	_cleanup_(buf_done) struct buf secret = BUF_INIT, public = BUF_INIT;
	struct heads_key made, key;
	struct digest public_key;

	heads_key_make(&made, &secret, &public);
	assert_int_equal(heads_key_read(buf_span(&secret), &key, NULL), 0);
	assert_int_equal(heads_public_read(buf_span(&public), &public_key, NULL), 0);
	assert_true(digest_eq(&key.public_key, &public_key));
	assert_true(heads_key_read(buf_span(&public), &key, NULL) < 0);
	assert_true(heads_public_read(buf_span(&secret), &public_key, NULL) < 0);
	return made;
}

static void what_was_signed_is_read_back(void **state _unused_)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct heads_key key = new_key();
	struct heads h = two_homes(), got;

	heads_format(&h, &key, &text);
	assert_non_null(strstr(text.p, "bedpost-audit-heads 1\nday 2026-04-20\n"
				       "made_at 2026-04-20T09:15:00Z\nprevious 2026-04-19 0300"));
	assert_non_null(strstr(text.p, "\nhead fac_a 12 0100"));
	assert_int_equal(heads_parse(buf_span(&text), &key.public_key, &a, &got, NULL), 0);
	assert_string_equal(got.day, h.day);
	assert_string_equal(got.previous_day, h.previous_day);
	assert_true(digest_eq(&got.previous, &h.previous));
	assert_int_equal(got.n, 2);
	assert_true(span_eq(got.lines[1].facility_id, SPAN("fac_b")));
	assert_int_equal(got.lines[1].n, 7);
	assert_int_equal(got.lines[1].received_at, h.lines[1].received_at);
	assert_true(digest_eq(&got.lines[0].hash, &h.lines[0].hash));
}

static void no_byte_can_change_and_no_other_key_signs(void **state _unused_)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct heads_key key = new_key(), other = new_key();
	struct heads h = two_homes(), got;

	heads_format(&h, &key, &text);
	assert_int_equal(heads_parse(buf_span(&text), &other.public_key, &a, &got, NULL),
			 -ERR_DENIED);
	for (size_t i = 0; i < text.n; i++) {
		text.p[i] ^= 1;
		assert_true(heads_parse(buf_span(&text), &key.public_key, &a, &got, NULL) < 0);
		text.p[i] ^= 1;
	}
	for (size_t n = 0; n < text.n; n++)
		assert_true(heads_parse(span_of(text.p, n), &key.public_key, &a, &got, NULL) < 0);
}

/* ---- the folder ---- */

struct folder {
	char dir[64], key[80];
	struct heads_key made;
	char *conninfo;
	struct pg *pg;
};

static const char one_home[] =
    "INSERT INTO regions (id, name) VALUES ('reg_a', 'A');"
    "INSERT INTO facilities (id, name, region_id, audit_n, audit_head) VALUES"
    " ('fac_a', 'A', 'reg_a', 5, decode(repeat('ab', 32), 'hex')), ('fac_none', 'B', 'reg_a', 0, "
    "NULL)";

static void make_folder(struct folder *f)
{
	_cleanup_(buf_done) struct buf secret = BUF_INIT, public = BUF_INIT;

	*f = (struct folder){.dir = "/tmp/bedpost-heads-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->key, sizeof(f->key), "%s/key", f->dir);
	heads_key_make(&f->made, &secret, &public);
	assert_int_equal(files_create(f->key, 0600, buf_span(&secret), NULL), 0);
	f->conninfo = pg_server_database(postgres);
	f->pg = pg_server_connect(f->conninfo);
	assert_int_equal(migrate_up(f->pg, NULL, NULL), 0);
	assert_int_equal(pg_exec(f->pg, one_home, NULL), 0);
}

static void folder_done(struct folder *f)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	pg_close(f->pg);
	free(f->conninfo);
}

static usec_t day(int n)
{
	return 1776676500000000 + n * USEC_PER_DAY;
}

static enum heads_signed sign(const struct folder *f, usec_t now)
{
	enum heads_signed what = HEADS_SAME;
	struct err err = {0};

	if (heads_sign(f->pg, f->dir, f->key, now, &what, &err) < 0)
		fail_msg("%s", err.message);
	return what;
}

struct told {
	int n;
	char file[32];
};

static void tell(void *user, const char *file, const char *why _unused_)
{
	struct told *t = user;

	t->n++;
	(void)snprintf(t->file, sizeof(t->file), "%s", file);
}

static struct told load(const struct folder *f, struct heads_set *set)
{
	struct told t = {0};

	assert_int_equal(heads_load(f->dir, &f->made.public_key, tell, &t, set, NULL), 0);
	return t;
}

static void each_day_is_signed_once_and_bound_to_the_day_before(void **state _unused_)
{
	_cleanup_(folder_done) struct folder f;
	_cleanup_(heads_set_done) struct heads_set set = {0};

	make_folder(&f);
	assert_int_equal(sign(&f, day(0)), HEADS_NEW);
	assert_int_equal(sign(&f, day(0) + USEC_PER_HOUR), HEADS_SAME);
	assert_int_equal(
	    pg_exec(f.pg, "UPDATE facilities SET audit_n = 9 WHERE id = 'fac_a'", NULL), 0);
	assert_int_equal(sign(&f, day(1)), HEADS_NEW);
	assert_int_equal(sign(&f, day(4)), HEADS_NEW); /* days when nothing ran are no fault */

	assert_int_equal(load(&f, &set).n, 0);
	assert_int_equal(set.n_files, 3);
	assert_string_equal(set.first_day, "2026-04-20");
	assert_string_equal(set.last_day, "2026-04-24");
	const struct heads_home *h = heads_of(&set, SPAN("fac_a"));
	assert_non_null(h);
	assert_int_equal(h->n, 2); /* 9 was signed twice */
	assert_int_equal(h->heads[0].n, 5);
	assert_string_equal(h->heads[1].day, "2026-04-21");
	assert_null(heads_of(&set, SPAN("fac_none")));
}

static void a_day_that_was_removed_is_missed(void **state _unused_)
{
	_cleanup_(folder_done) struct folder f;
	_cleanup_(heads_set_done) struct heads_set set = {0};
	char path[100];

	make_folder(&f);
	for (int i = 0; i < 3; i++)
		(void)sign(&f, day(i));
	(void)snprintf(path, sizeof(path), "%s/2026-04-21.heads", f.dir);
	assert_int_equal(unlink(path), 0);
	struct told t = load(&f, &set);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.file, "2026-04-22.heads");
}

static void a_folder_without_a_good_file_holds_no_heads(void **state _unused_)
{
	_cleanup_(folder_done) struct folder f;
	_cleanup_(heads_set_done) struct heads_set set = {0};

	make_folder(&f);
	assert_int_equal(load(&f, &set).n, 0);
	heads_set_done(&set);
	(void)sign(&f, day(0));
	f.made.public_key.b[0] ^= 1;
	assert_int_equal(load(&f, &set).n, 1);
	assert_int_equal(set.n_homes, 0);
	assert_null(heads_of(&set, SPAN("fac_a")));
}

static void a_clock_that_went_back_signs_nothing(void **state _unused_)
{
	_cleanup_(folder_done) struct folder f;
	enum heads_signed what;

	make_folder(&f);
	(void)sign(&f, day(1));
	assert_int_equal(heads_sign(f.pg, f.dir, f.key, day(0), &what, NULL), -ERR_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_signed_is_read_back),
	    cmocka_unit_test(no_byte_can_change_and_no_other_key_signs),
	    cmocka_unit_test(each_day_is_signed_once_and_bound_to_the_day_before),
	    cmocka_unit_test(a_day_that_was_removed_is_missed),
	    cmocka_unit_test(a_folder_without_a_good_file_holds_no_heads),
	    cmocka_unit_test(a_clock_that_went_back_signs_nothing),
	};
	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}
