#include "sim/home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bed/ident.h"
#include "sim/format.h"

#define AT (1745301600 * USEC_PER_SEC)

static void begin(struct sim_home *h, const struct sim_format *f, size_t beds, uint64_t seed)
{
	home_init(h, "fac_a", f->wards, f->n_wards, f->namer, beds, seed);
	for (size_t i = 0; i < beds; i++)
		(void)home_opening(h, i, AT);
}

static void every_bed_has_an_identifier_of_its_own(void **state _unused_)
{
	const struct sim_format *const all[] = {&sim_format_csv, &sim_format_hl7, &sim_format_xml};
	static const size_t sizes[] = {1, 2, 7, 24, 100};

	for (size_t f = 0; f < ARRAY_LEN(all); f++) {
		for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
			struct sim_home h;
			begin(&h, all[f], sizes[k], 1);
			for (size_t i = 0; i < h.n_beds; i++) {
				assert_true(ident_is_valid(h.beds[i].id));
				assert_true(h.beds[i].care_level > CARE_UNKNOWN &&
					    h.beds[i].care_level < CARE_LEVEL_COUNT);
				for (size_t j = 0; j < i; j++)
					assert_false(span_eq(h.beds[i].id, h.beds[j].id));
			}
			home_done(&h);
		}
	}
}

/* Follows the steps with a register of its own and holds them to what can happen in a home. */
static void what_happens_could_happen_in_a_home(void **state _unused_)
{
	enum bed_status status[24];
	size_t seen[SIM_KIND_COUNT] = {0};
	struct sim_home h;

	begin(&h, &sim_format_csv, 24, 3);
	for (size_t i = 0; i < 24; i++)
		status[i] = h.beds[i].status;
	for (size_t n = 0; n < 20000; n++) {
		struct sim_step s;
		assert_true(home_next(&h, AT, &s));
		const struct sim_change *c = s.changes;
		enum bed_status was = status[c[0].bed];
		seen[s.kind]++;
		if (s.kind == SIM_ADMIT)
			assert_true(was == BED_AVAILABLE || was == BED_RESERVED);
		if (s.kind == SIM_TRANSFER) {
			assert_int_equal(was, BED_AVAILABLE);
			assert_int_equal(status[c[1].bed], BED_OCCUPIED);
		}
		if (s.kind == SIM_DISCHARGE || s.kind == SIM_ADMIT_CANCEL)
			assert_int_equal(was, BED_OCCUPIED);
		if (s.kind == SIM_DISCHARGE_CANCEL || s.kind == SIM_TRANSFER_CANCEL)
			assert_int_equal(was, BED_MAINTENANCE);
		if (s.kind == SIM_PREADMIT_CANCEL || s.kind == SIM_RETURN)
			assert_int_equal(was, BED_RESERVED);
		for (size_t i = 0; i < s.n; i++) {
			status[c[i].bed] = c[i].status;
			assert_int_equal(h.beds[c[i].bed].status, c[i].status);
		}
	}
	for (size_t k = 0; k < SIM_KIND_COUNT; k++)
		assert_true(seen[k] > 0);
	home_done(&h);
}

static void nobody_lies_in_two_beds(void **state _unused_)
{
	struct sim_home h;

	begin(&h, &sim_format_hl7, 24, 4);
	for (size_t n = 0; n < 5000; n++) {
		struct sim_step s;
		assert_true(home_next(&h, AT, &s));
		for (size_t i = 0; i < h.n_beds; i++) {
			const struct sim_bed *b = &h.beds[i];
			assert_int_equal(b->visit != 0,
					 b->status == BED_OCCUPIED || b->status == BED_RESERVED);
			for (size_t j = 0; j < i && b->visit; j++)
				assert_int_not_equal(b->visit, h.beds[j].visit);
		}
	}
	home_done(&h);
}

static void a_home_neither_empties_nor_clogs(void **state _unused_)
{
	struct sim_home h;
	size_t occupied = 0, available = 0, n = 20000;

	begin(&h, &sim_format_xml, 40, 5);
	for (size_t k = 0; k < n; k++) {
		struct sim_step s;
		assert_true(home_next(&h, AT, &s));
		for (size_t i = 0; i < h.n_beds; i++) {
			occupied += h.beds[i].status == BED_OCCUPIED;
			available += h.beds[i].status == BED_AVAILABLE;
		}
	}
	assert_in_range(occupied * 100 / (n * h.n_beds), 60, 90);
	assert_in_range(available * 100 / (n * h.n_beds), 4, 30);
	home_done(&h);
}

static void a_frozen_bed_is_left_alone_until_its_file(void **state _unused_)
{
	struct sim_home h;
	struct sim_step s;

	begin(&h, &sim_format_csv, 2, 6);
	h.file = 1;
	h.beds[0].frozen = 3;
	for (size_t n = 0; n < 200; n++) {
		assert_true(home_next(&h, AT, &s));
		for (size_t i = 0; i < s.n; i++)
			assert_int_equal(s.changes[i].bed, 1);
	}
	h.beds[1].frozen = 2;
	assert_false(home_next(&h, AT, &s));
	h.file = 3;
	assert_true(home_next(&h, AT, &s));
	home_done(&h);
}

static void a_bad_record_changes_nothing(void **state _unused_)
{
	struct sim_home h;

	begin(&h, &sim_format_csv, 24, 7);
	enum bed_status before[24];
	for (size_t i = 0; i < 24; i++)
		before[i] = h.beds[i].status;
	assert_int_equal(home_bad(&h, AT).changes[0].status, BED_UNKNOWN);
	for (size_t i = 0; i < 24; i++)
		assert_int_equal(h.beds[i].status, before[i]);
	home_done(&h);
}

static void random_numbers_are_the_same_on_every_machine(void **state _unused_)
{
	struct sim_random a = random_seeded(1, 2), b = random_seeded(1, 2), c = random_seeded(1, 3);
	size_t same = 0;

	for (int i = 0; i < 1000; i++) {
		uint64_t x = random_next(&a);
		assert_true(x == random_next(&b));
		same += x == random_next(&c);
		assert_true(random_below(&a, 7) < 7);
		(void)random_next(&b);
	}
	assert_int_equal(same, 0);
	assert_false(random_percent(&a, 0));
	assert_true(random_percent(&a, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_bed_has_an_identifier_of_its_own),
	    cmocka_unit_test(what_happens_could_happen_in_a_home),
	    cmocka_unit_test(nobody_lies_in_two_beds),
	    cmocka_unit_test(a_home_neither_empties_nor_clogs),
	    cmocka_unit_test(a_frozen_bed_is_left_alone_until_its_file),
	    cmocka_unit_test(a_bad_record_changes_nothing),
	    cmocka_unit_test(random_numbers_are_the_same_on_every_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
