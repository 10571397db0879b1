/* The rows of the trigger table. */
#include "tests/unit/adapters/adt.h"

#include "adapters/hl7_adt.h"

static void a01_occupies_the_bed(void **state)
{
	adt(*state, "A01", .bed = "W^1^B");
	gives(*state, "1.0 bed_w_1_b occupied admit\n");
}

static void a02_occupies_one_bed_and_frees_the_other_in_one_record(void **state)
{
	adt(*state, "A02", .bed = "W^1^B", .prior = "V^2^C");
	gives(*state, "1.0 bed_w_1_b occupied transfer\n1.1 bed_v_2_c available transfer\n");
}

static void a02_without_pv1_6_frees_the_remembered_bed(void **state)
{
	adt(*state, "A01", .bed = "V^2^C", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .visit = "77");
	gives(*state, "1.0 bed_v_2_c occupied admit\n"
		      "2.0 bed_w_1_b occupied transfer\n2.1 bed_v_2_c available transfer\n");
}

static void a02_that_leaves_no_known_bed_is_counted(void **state)
{
	adt(*state, "A01", .bed = "W^1^A");
	adt(*state, "A02", .bed = "W^1^B", .prior = "W");
	gives_and(*state, "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_b occupied transfer\n",
		  "note 1 a transfer that names no bed it leaves (PV1-6)");
}

static void a02_to_the_same_bed_frees_nothing(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .prior = "W^1^B");
	gives(*state, "1.0 bed_w_1_b occupied admit\n2.0 bed_w_1_b occupied transfer\n"
		      "3.0 bed_w_1_b occupied transfer\n");
}

static void a02_to_a_place_that_is_no_bed_still_frees_the_old_one(void **state)
{
	adt(*state, "A02", .bed = "THEATRE", .prior = "V^2^C");
	gives_and(*state, "1.0 bed_v_2_c available transfer\n", "note 1 no bed in PV1-3");
}

static void a03_frees_the_bed(void **state)
{
	adt(*state, "A03", .bed = "W^1^B");
	gives(*state, "1.0 bed_w_1_b available discharge\n");
}

static void a03_without_a_bed_frees_the_remembered_one(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A03", .bed = "\"\"", .visit = "77");
	adt(*state, "A03", .visit = "77");
	gives_and(*state, "1.0 bed_w_1_b occupied admit\n2.0 bed_w_1_b available discharge\n",
		  "note 1 no bed in PV1-3");
}

static void a_visit_is_another_with_another_assigning_authority(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77^^^EAST");
	adt(*state, "A03", .visit = "77^^^WEST");
	adt(*state, "A03", .visit = "77^^^EAST");
	gives(*state, "1.0 bed_w_1_b occupied admit\n3.0 bed_w_1_b available discharge\n");
}

static void a04_changes_no_bed(void **state)
{
	adt(*state, "A04", .class = "O", .bed = "W^1^B");
	says(*state, "note 1 trigger A04: no bed changes status");
}

static void a04_of_an_inpatient_with_a_bed_occupies_it(void **state)
{
	adt(*state, "A04", .class = "I", .bed = "W^1^B");
	gives(*state, "1.0 bed_w_1_b occupied admit\n");
}

static void a05_and_a14_reserve_a_bed_if_they_name_one(void **state)
{
	adt(*state, "A05", .class = "P", .bed = "W^1^B");
	adt(*state, "A14", .class = "P", .pending = "W^2^B");
	adt(*state, "A05", .class = "P", .bed = "W");
	gives_and(*state, "1.0 bed_w_1_b reserved preadmit\n2.0 bed_w_2_b reserved pending_admit\n",
		  "note 1 no bed in PV1-3");
}

static void a06_occupies_a_bed_and_frees_the_prior_one(void **state)
{
	adt(*state, "A06", .bed = "W^1^B", .prior = "V^2^C");
	adt(*state, "A06", .bed = "W^1^C", .prior = "W^1^C");
	gives(*state, "1.0 bed_w_1_b occupied admit\n1.1 bed_v_2_c available transfer\n"
		      "2.0 bed_w_1_c occupied admit\n");
}

static void a07_frees_the_bed_that_the_inpatient_had(void **state)
{
	adt(*state, "A07", .class = "O", .bed = "CLINIC", .prior = "V^2^C");
	adt(*state, "A07", .class = "O", .bed = "W^1^B");
	adt(*state, "A01", .bed = "W^3^B", .visit = "77");
	adt(*state, "A07", .class = "O", .bed = "CLINIC", .visit = "77");
	gives(*state, "1.0 bed_v_2_c available discharge\n2.0 bed_w_1_b available discharge\n"
		      "3.0 bed_w_3_b occupied admit\n4.0 bed_w_3_b available discharge\n");
}

static void a08_changes_nothing(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A08", .bed = "W^1^B", .visit = "77");
	gives_and(*state, "1.0 bed_w_1_b occupied admit\n",
		  "note 1 trigger A08: no bed changes status");
}

static void a08_with_another_bed_than_is_known_is_flagged(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A08", .bed = "W^2^B", .visit = "77");
	adt(*state, "A03", .bed = "W^1^B", .visit = "77");
	adt(*state, "A08", .bed = "W^1^B", .visit = "78");
	gives(*state,
	      "1.0 bed_w_1_b occupied admit\nwarning 2 PV1-3 mixed location_differs\n"
	      "3.0 bed_w_1_b available discharge\nwarning 4 PV1-3 mixed location_differs\n");
}

static void a09_promises_the_pending_bed_and_keeps_the_old_one(void **state)
{
	adt(*state, "A09", .prior = "V^2^C", .pending = "W^1^B");
	adt(*state, "A09", .prior = "V^2^C", .temporary = "XRAY", .pending = "W^2^B");
	gives_and(*state, "1.0 bed_w_1_b reserved in_transit\n", "note 1 a temporary location");
}

static void a10_arrives_in_the_bed_and_frees_the_old_one(void **state)
{
	adt(*state, "A10", .bed = "W^1^B", .prior = "V^2^C");
	adt(*state, "A10", .bed = "W^2^B", .temporary = "XRAY");
	gives_and(*state, "1.0 bed_w_1_b occupied transfer\n1.1 bed_v_2_c available transfer\n",
		  "note 1 a temporary location");
}

static void a11_frees_the_bed_named_or_remembered(void **state)
{
	adt(*state, "A11", .bed = "W^1^B");
	adt(*state, "A01", .bed = "W^2^B", .visit = "77");
	adt(*state, "A11", .visit = "77");
	gives(*state, "1.0 bed_w_1_b available admit_cancelled\n2.0 bed_w_2_b occupied admit\n"
		      "3.0 bed_w_2_b available admit_cancelled\n");
}

static void a11_of_a_registered_outpatient_changes_no_bed(void **state)
{
	adt(*state, "A11", .class = "O", .bed = "W^1^B");
	says(*state, "note 1 cancels the registration of an outpatient");
}

static void a12_gives_both_beds_back_what_they_were(void **state)
{
	adt(*state, "A05", .class = "P", .bed = "W^1^B", .visit = "9");
	adt(*state, "A01", .bed = "V^2^C", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .prior = "V^2^C", .visit = "77");
	adt(*state, "A12", .bed = "V^2^C", .visit = "77");
	gives(*state, "1.0 bed_w_1_b reserved preadmit\n2.0 bed_v_2_c occupied admit\n"
		      "3.0 bed_w_1_b occupied transfer\n3.1 bed_v_2_c available transfer\n"
		      "4.0 bed_v_2_c occupied transfer_cancelled\n4.1 bed_w_1_b reserved "
		      "transfer_cancelled\n");
}

static void a12_without_beds_finds_both(void **state)
{
	adt(*state, "A01", .bed = "V^2^C", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .visit = "77");
	adt(*state, "A12", .visit = "77");
	gives(*state, "1.0 bed_v_2_c occupied admit\n"
		      "2.0 bed_w_1_b occupied transfer\n2.1 bed_v_2_c available transfer\n"
		      "3.0 bed_v_2_c occupied transfer_cancelled\n3.1 bed_w_1_b available "
		      "transfer_cancelled\n");
}

static void a12_that_repeats_the_transfer_undoes_it_all_the_same(void **state)
{
	adt(*state, "A01", .bed = "V^2^C", .visit = "77");
	adt(*state, "A02", .bed = "W^1^B", .prior = "V^2^C", .visit = "77");
	adt(*state, "A12", .bed = "W^1^B", .prior = "V^2^C", .visit = "77");
	adt(*state, "A03", .visit = "77");
	gives(*state, "1.0 bed_v_2_c occupied admit\n"
		      "2.0 bed_w_1_b occupied transfer\n2.1 bed_v_2_c available transfer\n"
		      "3.0 bed_w_1_b available transfer_cancelled\n3.1 bed_v_2_c occupied "
		      "transfer_cancelled\n"
		      "4.0 bed_v_2_c available discharge\n");
}

static void a12_leaves_a_bed_that_has_moved_on(void **state)
{
	adt(*state, "A02", .bed = "W^1^B", .prior = "V^2^C");
	a20(*state, "W^1^B", "K");
	adt(*state, "A12", .bed = "V^2^C", .prior = "W^1^B");
	gives_and(
	    *state,
	    "1.0 bed_w_1_b occupied transfer\n1.1 bed_v_2_c available transfer\n"
	    "2.0 bed_w_1_b maintenance contaminated\n3.0 bed_v_2_c occupied transfer_cancelled\n",
	    "the bed has changed since");
}

static void a13_occupies_the_bed_again(void **state)
{
	adt(*state, "A13", .bed = "W^1^B");
	adt(*state, "A01", .bed = "W^2^B", .visit = "77");
	adt(*state, "A03", .visit = "77");
	adt(*state, "A13", .visit = "77");
	gives(*state,
	      "1.0 bed_w_1_b occupied discharge_cancelled\n2.0 bed_w_2_b occupied admit\n"
	      "3.0 bed_w_2_b available discharge\n4.0 bed_w_2_b occupied discharge_cancelled\n");
}

static void a15_reserves_the_pending_bed(void **state)
{
	adt(*state, "A15", .bed = "V^2^C", .pending = "W^1^B");
	adt(*state, "A15", .bed = "V^2^C");
	gives_and(*state, "1.0 bed_w_1_b reserved pending_transfer\n", "note 1 no bed in PV1-42");
}

static void a16_and_a25_are_hints(void **state)
{
	adt(*state, "A16", .bed = "W^1^B");
	adt(*state, "A25", .bed = "W^1^B");
	says(*state, "note 1 trigger A25: a discharge is expected or no longer so");
}

static void a17_keeps_both_beds_occupied(void **state)
{
	struct fixture *f = *state;
	head(f, "A17");
	pv1(f, &(struct pv1){.bed = "W^1^B", .prior = "V^2^C", .visit = "1"});
	pv1(f, &(struct pv1){.bed = "V^2^C", .prior = "W^1^B", .visit = "2"});
	adt(f, "A03", .visit = "1");
	adt(f, "A03", .visit = "2");
	gives(f, "1.0 bed_w_1_b occupied swap\n1.1 bed_v_2_c occupied swap\n"
		 "2.0 bed_w_1_b available discharge\n3.0 bed_v_2_c available discharge\n");
}

static void a17_that_does_not_hold_together_is_bad(void **state)
{
	struct fixture *f = *state;
	head(f, "A17");
	pv1(f, &(struct pv1){.bed = "W^1^B"});
	head(f, "A17");
	pv1(f, &(struct pv1){.bed = "W^1^B"});
	pv1(f, &(struct pv1){.bed = "V"});
	head(f, "A17");
	pv1(f, &(struct pv1){.bed = "W^1^B"});
	pv1(f, &(struct pv1){.bed = "W^1^B"});
	head(f, "A17");
	pv1(f, &(struct pv1){.bed = "W^1^B", .prior = "X^9^9"});
	pv1(f, &(struct pv1){.bed = "V^2^C"});
	gives(f, "bad 1 PV1 empty swap_incomplete\nbad 2 PV1-3 empty swap_incomplete\n"
		 "bad 3 PV1-3 letters swap_inconsistent\nbad 4 PV1-3 letters swap_inconsistent\n");
}

static void a20_reads_table_0116(void **state)
{
	static const char *const codes[] = {"U", "O", "C", "H", "K", "i"};
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		a20(*state, "W^1^B", codes[i]);
	gives(*state,
	      "1.0 bed_w_1_b available opened\n2.0 bed_w_1_b occupied status_update\n"
	      "3.0 bed_w_1_b maintenance closed\n4.0 bed_w_1_b maintenance housekeeping\n"
	      "5.0 bed_w_1_b maintenance contaminated\n6.0 bed_w_1_b maintenance isolation\n");
}

static void a20_isolation_of_an_occupied_bed_leaves_it_occupied(void **state)
{
	adt(*state, "A01", .bed = "W^1^B");
	a20(*state, "W^1^B", "I");
	gives(*state, "1.0 bed_w_1_b occupied admit\n2.0 bed_w_1_b occupied isolation\n");
}

static void a20_with_another_code_is_bad_and_the_code_is_not_told(void **state)
{
	a20(*state, "W^1^B", "7");
	a20(*state, "W^1^B", "");
	a20(*state, "", "U");
	head(*state, "A20");
	gives(
	    *state,
	    "bad 1 NPU-2 digits unmapped\nbad 2 NPU-2 empty required\nbad 3 NPU-1 empty required\n"
	    "bad 4 NPU-1 empty required\n");
}

static void a20_takes_the_location_s_own_status_where_npu_2_is_empty(void **state)
{
	a20(*state, "W^1^B^^K", "");
	gives(*state, "1.0 bed_w_1_b maintenance contaminated\n");
}

static void a20_with_several_npu_changes_all_their_beds(void **state)
{
	struct fixture *f = *state;
	a20(f, "W^1^A", "U");
	buf_adds(&f->file, "NPU|W^1^B|K\rNPU|W^1^C|O\r");
	gives(f, "1.0 bed_w_1_a available opened\n1.1 bed_w_1_b maintenance contaminated\n"
		 "1.2 bed_w_1_c occupied status_update\n");
}

static void a21_and_a53_keep_the_bed_for_the_patient(void **state)
{
	adt(*state, "A21", .bed = "W^1^B");
	adt(*state, "A53", .bed = "W^1^B");
	gives(*state,
	      "1.0 bed_w_1_b reserved leave_of_absence\n2.0 bed_w_1_b reserved return_cancelled\n");
}

static void a22_and_a52_bring_the_patient_back(void **state)
{
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A21", .visit = "77");
	adt(*state, "A22", .visit = "77");
	adt(*state, "A52", .bed = "W^1^B");
	gives(*state, "1.0 bed_w_1_b occupied admit\n2.0 bed_w_1_b reserved leave_of_absence\n"
		      "3.0 bed_w_1_b occupied return\n4.0 bed_w_1_b occupied leave_cancelled\n");
}

static void a26_a27_and_a38_give_up_the_reservation(void **state)
{
	adt(*state, "A15", .pending = "W^1^B");
	adt(*state, "A26", .pending = "W^1^B");
	adt(*state, "A14", .bed = "W^2^B", .visit = "77");
	adt(*state, "A27", .visit = "77");
	adt(*state, "A38", .bed = "W^3^B");
	gives(
	    *state,
	    "1.0 bed_w_1_b reserved pending_transfer\n2.0 bed_w_1_b available "
	    "reservation_cancelled\n"
	    "3.0 bed_w_2_b reserved pending_admit\n4.0 bed_w_2_b available reservation_cancelled\n"
	    "5.0 bed_w_3_b available reservation_cancelled\n");
}

static void a_cancelled_reservation_leaves_a_bed_that_somebody_lies_in(void **state)
{
	adt(*state, "A14", .bed = "W^2^B", .visit = "77");
	adt(*state, "A01", .bed = "W^2^B", .visit = "78");
	adt(*state, "A27", .bed = "W^2^B", .visit = "77");
	gives_and(*state, "1.0 bed_w_2_b reserved pending_admit\n2.0 bed_w_2_b occupied admit\n",
		  "the bed is not reserved");
}

static void a_cancelled_reservation_does_not_forget_where_the_patient_lies(void **state)
{
	adt(*state, "A01", .bed = "W^1^A", .visit = "77");
	adt(*state, "A14", .bed = "W^1^B", .visit = "77");
	adt(*state, "A27", .bed = "W^1^B", .visit = "77");
	adt(*state, "A27", .visit = "77");
	adt(*state, "A03", .visit = "77");
	gives(*state, "1.0 bed_w_1_a occupied admit\n2.0 bed_w_1_b reserved pending_admit\n"
		      "3.0 bed_w_1_b available reservation_cancelled\n"
		      "5.0 bed_w_1_a available discharge\n");
}

static void a32_undoes_an_arrival_and_a33_a_departure(void **state)
{
	adt(*state, "A01", .bed = "V^2^C", .visit = "77");
	adt(*state, "A09", .pending = "W^1^B", .visit = "77");
	adt(*state, "A10", .bed = "W^1^B", .visit = "77");
	adt(*state, "A32", .bed = "V^2^C", .visit = "77");
	adt(*state, "A33", .pending = "W^1^B", .visit = "77");
	gives(
	    *state,
	    "1.0 bed_v_2_c occupied admit\n2.0 bed_w_1_b reserved in_transit\n"
	    "3.0 bed_w_1_b occupied transfer\n3.1 bed_v_2_c available transfer\n"
	    "4.0 bed_v_2_c occupied tracking_cancelled\n4.1 bed_w_1_b reserved tracking_cancelled\n"
	    "5.0 bed_w_1_b available tracking_cancelled\n");
}

static void triggers_that_are_not_about_beds_are_counted(void **state)
{
	static const char *const triggers[] = {"A54", "A55", "A28", "A31", "A40", "A62"};
	for (size_t i = 0; i < ARRAY_LEN(triggers); i++)
		adt(*state, triggers[i], .bed = "W^1^B");
	says(*state, "note 1 trigger A55: no bed changes status");
}

static void a_trigger_that_nobody_knows_is_counted(void **state)
{
	adt(*state, "Z01", .bed = "W^1^B");
	says(*state, "note 1 trigger Z01: not known, no bed changes status");
}

static void the_table_holds_every_trigger_from_a01_to_a62(void **state)
{
	size_t n = 0;
	(void)state;
	for (int i = 1; i <= 62; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "A%02d", i);
		assert_int_equal(hl7_trigger_is_known(span_str(name)), i < 56 || i > 59);
	}
	while (hl7_trigger_name(n)) {
		assert_true(strlen(hl7_trigger_what(n)) > 3);
		n++;
	}
	assert_int_equal(n, 58);
}

static void a_visit_that_leaves_a_bed_unnamed_is_flagged(void **state)
{
	adt(*state, "A05", .class = "P", .bed = "W^1^A", .visit = "77");
	adt(*state, "A01", .bed = "W^1^B", .visit = "77");
	adt(*state, "A02", .bed = "W^1^D", .prior = "W^1^C", .visit = "77");
	adt(*state, "A03", .bed = "W^1^D", .visit = "77");
	gives(*state,
	      "1.0 bed_w_1_a reserved preadmit\n"
	      "2.0 bed_w_1_b occupied admit\nwarning 2 PV1-3 mixed location_differs\n"
	      "3.0 bed_w_1_d occupied transfer\n3.1 bed_w_1_c available transfer\n"
	      "warning 3 PV1-3 mixed location_differs\n4.0 bed_w_1_d available discharge\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a01_occupies_the_bed),
	    T(a02_occupies_one_bed_and_frees_the_other_in_one_record),
	    T(a02_without_pv1_6_frees_the_remembered_bed),
	    T(a02_that_leaves_no_known_bed_is_counted),
	    T(a02_to_the_same_bed_frees_nothing),
	    T(a02_to_a_place_that_is_no_bed_still_frees_the_old_one),
	    T(a03_frees_the_bed),
	    T(a03_without_a_bed_frees_the_remembered_one),
	    T(a_visit_is_another_with_another_assigning_authority),
	    T(a04_changes_no_bed),
	    T(a04_of_an_inpatient_with_a_bed_occupies_it),
	    T(a05_and_a14_reserve_a_bed_if_they_name_one),
	    T(a06_occupies_a_bed_and_frees_the_prior_one),
	    T(a07_frees_the_bed_that_the_inpatient_had),
	    T(a08_changes_nothing),
	    T(a08_with_another_bed_than_is_known_is_flagged),
	    T(a09_promises_the_pending_bed_and_keeps_the_old_one),
	    T(a10_arrives_in_the_bed_and_frees_the_old_one),
	    T(a11_frees_the_bed_named_or_remembered),
	    T(a11_of_a_registered_outpatient_changes_no_bed),
	    T(a12_gives_both_beds_back_what_they_were),
	    T(a12_without_beds_finds_both),
	    T(a12_that_repeats_the_transfer_undoes_it_all_the_same),
	    T(a12_leaves_a_bed_that_has_moved_on),
	    T(a13_occupies_the_bed_again),
	    T(a15_reserves_the_pending_bed),
	    T(a16_and_a25_are_hints),
	    T(a17_keeps_both_beds_occupied),
	    T(a17_that_does_not_hold_together_is_bad),
	    T(a20_reads_table_0116),
	    T(a20_isolation_of_an_occupied_bed_leaves_it_occupied),
	    T(a20_with_another_code_is_bad_and_the_code_is_not_told),
	    T(a20_takes_the_location_s_own_status_where_npu_2_is_empty),
	    T(a20_with_several_npu_changes_all_their_beds),
	    T(a21_and_a53_keep_the_bed_for_the_patient),
	    T(a22_and_a52_bring_the_patient_back),
	    T(a26_a27_and_a38_give_up_the_reservation),
	    T(a_cancelled_reservation_leaves_a_bed_that_somebody_lies_in),
	    T(a_cancelled_reservation_does_not_forget_where_the_patient_lies),
	    T(a32_undoes_an_arrival_and_a33_a_departure),
	    T(triggers_that_are_not_about_beds_are_counted),
	    T(a_trigger_that_nobody_knows_is_counted),
	    T(the_table_holds_every_trigger_from_a01_to_a62),
	    T(a_visit_that_leaves_a_bed_unnamed_is_flagged),
	};
	return cmocka_run_group_tests_name("hl7_adt", tests, NULL, NULL);
}
