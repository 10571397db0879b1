/* A bed that somebody lies in is not made free by a message of another visit: by a promise that
 * was overtaken, a transfer that was cancelled, a cancel that came too early, a movement of the
 * past. */
#include "tests/unit/adapters/adt.h"

static void a_promised_bed_that_another_took_is_not_given_up(void **state)
{
	adt(*state, "A14", .bed = "W^1^A", .visit = "77");
	adt(*state, "A01", .bed = "W^1^A", .visit = "78");
	adt(*state, "A27", .visit = "77");
	adt(*state, "A06", .bed = "W^1^B", .visit = "77");
	adt(*state, "A03", .visit = "77");
	gives(*state, "1.0 bed_w_1_a reserved pending_admit\n2.0 bed_w_1_a occupied admit\n"
		      "4.0 bed_w_1_b occupied admit\n5.0 bed_w_1_b available discharge\n");
}

static void nor_where_the_one_who_took_it_is_on_leave(void **state)
{
	adt(*state, "A05", .bed = "W^1^A", .visit = "77");
	adt(*state, "A01", .bed = "W^1^A", .visit = "78");
	adt(*state, "A21", .bed = "W^1^A", .visit = "78");
	adt(*state, "A38", .visit = "77");
	gives(*state, "1.0 bed_w_1_a reserved preadmit\n2.0 bed_w_1_a occupied admit\n"
		      "3.0 bed_w_1_a reserved leave_of_absence\n"
		      "4.0 bed_w_1_a occupied reservation_cancelled\n");
}

static void a_promised_bed_is_given_up_for_another_without_cleaning(void **state)
{
	adt(*state, "A14", .bed = "W^1^A", .visit = "77");
	adt(*state, "A06", .bed = "W^1^B", .visit = "77");
	adt(*state, "A12", .bed = "EMERGENCY", .visit = "77");
	with(*state, "{cleaning: true}",
	     "1.0 bed_w_1_a reserved pending_admit\n2.0 bed_w_1_b occupied admit\n"
	     "2.1 bed_w_1_a available transfer\n3.0 bed_w_1_b available transfer_cancelled\n");
}

static void a_pre_admission_may_be_cancelled_as_an_admission(void **state)
{
	adt(*state, "A05", .bed = "W^1^A", .visit = "77");
	adt(*state, "A11", .visit = "77");
	gives(*state, "1.0 bed_w_1_a reserved preadmit\n2.0 bed_w_1_a available admit_cancelled\n");
}

static void a_bed_promised_while_somebody_lies_in_it_is_theirs_again(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A15", .bed = "W^1^B", .pending = "W^1^A", .visit = "78");
	adt(*state, "A26", .bed = "W^1^B", .pending = "W^1^A", .visit = "78");
	gives(*state, "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_a reserved pending_transfer\n"
		      "3.0 bed_w_1_a occupied reservation_cancelled\n");
}

static void a_transfer_to_a_taken_bed_that_is_cancelled_leaves_it_taken(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A01", .bed = "W^1^B", .visit = "78");
	adt(*state, "A02", .bed = "W^1^A", .prior = "W^1^B", .visit = "78");
	adt(*state, "A12", .bed = "W^1^B", .prior = "W^1^A", .visit = "78");
	gives(*state, "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_b occupied admit\n"
		      "3.0 bed_w_1_a occupied transfer\n3.1 bed_w_1_b available transfer\n"
		      "4.0 bed_w_1_b occupied transfer_cancelled\n"
		      "4.1 bed_w_1_a occupied transfer_cancelled\n");
}

static void a_cancelled_transfer_gives_back_the_bed_where_the_visit_lies(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .prior = "W^1^A", .visit = "77");
	adt(*state, "A02", .bed = "W^1^C", .prior = "W^1^B", .visit = "77");
	adt(*state, "A01", .bed = "W^1^A", .visit = "78");
	adt(*state, "A12", .bed = "W^1^B", .prior = "W^1^A", .visit = "77");
	gives(*state, "1.0 bed_w_1_a occupied admit\n"
		      "2.0 bed_w_1_b occupied transfer\n2.1 bed_w_1_a available transfer\n"
		      "3.0 bed_w_1_c occupied transfer\n3.1 bed_w_1_b available transfer\n"
		      "4.0 bed_w_1_a occupied admit\n"
		      "5.0 bed_w_1_b occupied transfer_cancelled\n"
		      "5.1 bed_w_1_c available transfer_cancelled\n");
}

static void a_cancelled_transfer_that_is_not_known_frees_no_taken_bed(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A12", .bed = "W^1^B", .prior = "W^1^A", .visit = "78");
	adt(*state, "A12", .bed = "W^1^C", .prior = "W^1^D", .visit = "79");
	gives_and(*state,
		  "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_b occupied transfer_cancelled\n"
		  "3.0 bed_w_1_c occupied transfer_cancelled\n"
		  "3.1 bed_w_1_d available transfer_cancelled\n",
		  "a transfer is cancelled, but the bed has changed since: it stays");
}

static void a_bed_that_a_cancelled_transfer_gave_back_can_be_given_up(void **state)
{
	adt(*state, "A15", .bed = "W^1^B", .pending = "W^1^A", .visit = "77");
	adt(*state, "A02", .bed = "W^1^A", .prior = "W^1^B", .visit = "77");
	adt(*state, "A12", .bed = "W^1^B", .prior = "W^1^A", .visit = "77");
	adt(*state, "A26", .bed = "W^1^B", .pending = "W^1^A", .visit = "77");
	gives(*state, "1.0 bed_w_1_a reserved pending_transfer\n"
		      "2.0 bed_w_1_a occupied transfer\n2.1 bed_w_1_b available transfer\n"
		      "3.0 bed_w_1_b occupied transfer_cancelled\n"
		      "3.1 bed_w_1_a reserved transfer_cancelled\n"
		      "4.0 bed_w_1_a available reservation_cancelled\n");
}

static void a_cancelled_transfer_that_never_came_frees_no_bed(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A12", .visit = "77");
	adt(*state, "A32", .temporary = "XRAY", .visit = "77");
	adt(*state, "A32", .bed = "W^1^B", .temporary = "XRAY", .visit = "77");
	gives_and(*state, "1.0 bed_w_1_a occupied admit\n", "note 2 a temporary location (PV1-11)");
}

static void a_historic_movement_moves_nobody(void **state)
{
	struct fixture *f = *state;
	adt(f, "A01", .bed = "W^1^A", .visit = "77");
	adt(f, "A02", .bed = "W^1^B", .prior = "W^1^A", .visit = "77");
	buf_adds(&f->file, "ZBE|2345^KIS|202604011935||INSERT|N\r");
	adt(f, "A02", .bed = "W^1^C", .prior = "W^1^A", .visit = "77");
	buf_adds(&f->file, "ZBE|2344^KIS|202603301345||INSERT|Y\r");
	adt(f, "A03", .visit = "77");
	gives_and(f,
		  "1.0 bed_w_1_a occupied admit\n"
		  "2.0 bed_w_1_b occupied transfer\n2.1 bed_w_1_a available transfer\n"
		  "4.0 bed_w_1_b available discharge\n",
		  "note 1 a historic movement (ZBE-5)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_promised_bed_that_another_took_is_not_given_up),
	    T(nor_where_the_one_who_took_it_is_on_leave),
	    T(a_promised_bed_is_given_up_for_another_without_cleaning),
	    T(a_pre_admission_may_be_cancelled_as_an_admission),
	    T(a_bed_promised_while_somebody_lies_in_it_is_theirs_again),
	    T(a_transfer_to_a_taken_bed_that_is_cancelled_leaves_it_taken),
	    T(a_cancelled_transfer_gives_back_the_bed_where_the_visit_lies),
	    T(a_cancelled_transfer_that_is_not_known_frees_no_taken_bed),
	    T(a_bed_that_a_cancelled_transfer_gave_back_can_be_given_up),
	    T(a_cancelled_transfer_that_never_came_frees_no_bed),
	    T(a_historic_movement_moves_nobody),
	};
	return cmocka_run_group_tests_name("hl7_taken", tests, NULL, NULL);
}
