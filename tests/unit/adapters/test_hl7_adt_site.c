/* What a site may set of the trigger table: cleaning, beds that are none, codes, triggers. */
#include "tests/unit/adapters/adt.h"

static void with_cleaning_a_freed_bed_waits_for_an_a20(void **state)
{
	adt(*state, "A03", .bed = "W^1^B");
	adt(*state, "A02", .bed = "W^2^B", .prior = "W^3^B");
	adt(*state, "A11", .bed = "W^4^B");
	a20(*state, "W^1^B", "U");
	with(*state, "{cleaning: true}",
	     "1.0 bed_w_1_b maintenance cleaning\n2.0 bed_w_2_b occupied transfer\n"
	     "2.1 bed_w_3_b maintenance cleaning\n3.0 bed_w_4_b available admit_cancelled\n"
	     "4.0 bed_w_1_b available opened\n");
}

static void ignored_beds_do_not_exist(void **state)
{
	adt(*state, "A01", .bed = "WAIT^1^9");
	adt(*state, "A01", .bed = "W^1^POOL7");
	adt(*state, "A03", .bed = "WAIT^1^9", .visit = "77");
	a20(*state, "WAIT^1^9", "U");
	with(*state, "{ignore_beds: [\"WAIT^*\", \"POOL*\"]}", "");
}

static void a_swap_through_an_ignored_bed_comes_out_right(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "1");
	adt(*state, "A01", .bed = "W^1^B", .visit = "2");
	adt(*state, "A02", .bed = "W^1^DUMMY", .visit = "1");
	adt(*state, "A02", .bed = "W^1^A", .visit = "2");
	adt(*state, "A02", .bed = "W^1^B", .prior = "W^1^DUMMY", .visit = "1");
	with(*state, "{ignore_beds: [DUMMY]}",
	     "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_b occupied admit\n3.0 bed_w_1_a available "
	     "transfer\n"
	     "4.0 bed_w_1_a occupied transfer\n4.1 bed_w_1_b available transfer\n"
	     "5.0 bed_w_1_b occupied transfer\n");
}

static void a_site_may_have_its_own_bed_codes(void **state)
{
	a20(*state, "W^1^B", "1");
	a20(*state, "W^1^B", "clean");
	a20(*state, "W^1^B", "K");
	with(*state, "{bed_status: {\"1\": maintenance/cleaning, CLEAN: available}}",
	     "1.0 bed_w_1_b maintenance cleaning\n2.0 bed_w_1_b available status_update\n"
	     "3.0 bed_w_1_b maintenance contaminated\n");
}

static void a_trigger_may_be_read_like_another_or_not_at_all(void **state)
{
	adt(*state, "A04", .class = "O", .bed = "W^1^B");
	adt(*state, "A01", .bed = "W^2^B");
	adt(*state, "Z99", .bed = "W^3^B");
	with(*state, "{triggers: {A04: A06, A01: none, Z99: A03}}",
	     "1.0 bed_w_1_b occupied admit\n3.0 bed_w_3_b available discharge\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(with_cleaning_a_freed_bed_waits_for_an_a20),
	    T(ignored_beds_do_not_exist),
	    T(a_swap_through_an_ignored_bed_comes_out_right),
	    T(a_site_may_have_its_own_bed_codes),
	    T(a_trigger_may_be_read_like_another_or_not_at_all),
	};
	return cmocka_run_group_tests_name("hl7_adt_site", tests, NULL, NULL);
}
