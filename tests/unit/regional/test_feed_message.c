#include "regional/feed/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_change_is_one_line_with_all_its_keys(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct cursor_change c = {.facility_id = SPAN("fac_a"),
					.n = 7,
					.event_id = SPAN("evt_x"),
					.epoch = SPAN("e-1"),
					.seq = 3,
					.bed_id = SPAN("bed_1"),
					.ward = SPAN("a \"b\""),
					.care_level = CARE_LIGHT,
					.previous_status = BED_AVAILABLE,
					.held_status = BED_AVAILABLE,
					.new_status = BED_OCCUPIED,
					.changed_by = SPAN("user_x"),
					.changed_at = INT64_C(1776672000000000),
					.reason = REASON_ADMIT,
					.outcome = OUTCOME_CONFLICT,
					.outcome_reason = SPAN("r"),
					.in_history = true,
					.bed_version = 4,
					.conflict_id = SPAN("con_1"),
					.received_at = INT64_C(1776672000000001)};

	message_write(&c, &b);
	assert_string_equal(
	    b.p, "{\"schema\":1,\"facility_id\":\"fac_a\",\"n\":7,\"event_id\":\"evt_x\","
		 "\"epoch\":\"e-1\",\"seq\":3,\"bed_id\":\"bed_1\",\"ward\":\"a \\\"b\\\"\","
		 "\"care_level\":\"light\",\"previous_status\":\"available\","
		 "\"held_status\":\"available\",\"new_status\":\"occupied\","
		 "\"changed_by\":\"user_x\",\"changed_at\":\"2026-04-20T08:00:00Z\","
		 "\"reason\":\"admit\",\"patient_ref\":null,\"outcome\":\"conflict\","
		 "\"outcome_reason\":\"r\",\"in_history\":true,\"bed_version\":4,"
		 "\"conflict_id\":\"con_1\",\"received_at\":\"2026-04-20T08:00:00.000001Z\"}");
}

static void what_is_not_known_is_null(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct cursor_change c = {.facility_id = SPAN("f"),
					.event_id = SPAN("e"),
					.epoch = SPAN("e"),
					.bed_id = SPAN("b"),
					.new_status = BED_RESERVED};

	message_write(&c, &b);
	assert_non_null(strstr(b.p, "\"ward\":null,\"care_level\":null,\"previous_status\":null,"
				    "\"held_status\":null,\"new_status\":\"reserved\","
				    "\"changed_by\":null"));
	assert_non_null(strstr(b.p, "\"reason\":null"));
	assert_non_null(strstr(b.p, "\"outcome_reason\":null,\"in_history\":false"));
	assert_non_null(strstr(b.p, "\"conflict_id\":null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_is_one_line_with_all_its_keys),
	    cmocka_unit_test(what_is_not_known_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
