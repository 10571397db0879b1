#include "adapters/memory_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void a_bed_remembers_its_status_and_the_one_before(_unused_ void **state)
{
	_cleanup_(memory_table_freep) struct memory_table *t = memory_table_new(NULL);
	const struct adapter_memory *m = memory_table_memory(t);
	struct event e = {.bed_id = SPAN("bed_1"), .new_status = BED_OCCUPIED, .changed_at = 5};
	struct bed_memory bed;

	assert_false(m->bed(m->ctx, e.bed_id, &bed));
	memory_table_take(t, &e);
	assert_true(m->bed(m->ctx, e.bed_id, &bed));
	assert_int_equal(bed.status, BED_OCCUPIED);
	assert_int_equal(bed.before, BED_UNKNOWN);
	e.new_status = BED_AVAILABLE;
	e.changed_at = 6;
	memory_table_take(t, &e);
	assert_true(m->bed(m->ctx, e.bed_id, &bed));
	assert_int_equal(bed.status, BED_AVAILABLE);
	assert_int_equal(bed.before, BED_OCCUPIED);
	assert_int_equal(bed.changed_at, 6);
}

static void late_news_of_a_bed_do_not_move_it(_unused_ void **state)
{
	_cleanup_(memory_table_freep) struct memory_table *t = memory_table_new(NULL);
	const struct adapter_memory *m = memory_table_memory(t);
	struct event e = {.bed_id = SPAN("bed_1"), .new_status = BED_OCCUPIED, .changed_at = 5};
	struct bed_memory bed;

	memory_table_take(t, &e);
	e.new_status = BED_AVAILABLE;
	e.changed_at = 4;
	memory_table_take(t, &e);
	assert_true(m->bed(m->ctx, e.bed_id, &bed));
	assert_int_equal(bed.status, BED_OCCUPIED);
	assert_int_equal(bed.changed_at, 5);
}

static void a_message_is_new_the_same_or_changed(_unused_ void **state)
{
	_cleanup_(memory_table_freep) struct memory_table *t = memory_table_new(NULL);
	const struct adapter_memory *m = memory_table_memory(t);
	struct digest id = digest_of(SPAN("id")), a = digest_of(SPAN("a")),
		      b = digest_of(SPAN("b"));
	enum message_seen seen;

	assert_int_equal(m->message(m->ctx, &id, &a, &seen, NULL), 0);
	assert_int_equal(seen, MESSAGE_NEW);
	assert_int_equal(m->message(m->ctx, &id, &a, &seen, NULL), 0);
	assert_int_equal(seen, MESSAGE_SAME);
	assert_int_equal(m->message(m->ctx, &id, &b, &seen, NULL), 0);
	assert_int_equal(seen, MESSAGE_CHANGED);
}

static void a_thousand_visits_are_found_again(_unused_ void **state)
{
	_cleanup_(memory_table_freep) struct memory_table *t = memory_table_new(NULL);
	const struct adapter_memory *m = memory_table_memory(t);
	struct visit_memory v;
	char name[16];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "bed_%d", i);
		struct digest visit = digest_of(span_str(name));
		assert_false(m->visit(m->ctx, &visit, &v));
		v = (struct visit_memory){.bed = span_str(name)};
		assert_int_equal(m->visit_put(m->ctx, &visit, &v, NULL), 0);
	}
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "bed_%d", i);
		struct digest visit = digest_of(span_str(name));
		assert_true(m->visit(m->ctx, &visit, &v));
		assert_true(span_eq_str(v.bed, name));
		assert_null(v.before.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bed_remembers_its_status_and_the_one_before),
	    cmocka_unit_test(late_news_of_a_bed_do_not_move_it),
	    cmocka_unit_test(a_message_is_new_the_same_or_changed),
	    cmocka_unit_test(a_thousand_visits_are_found_again),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
