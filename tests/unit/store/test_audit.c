#include "store/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"

static const struct event event = {
    .bed_id = {"bed_1", 5},
    .changed_by = {"user_nurse", 10},
    .previous_status = BED_AVAILABLE,
    .new_status = BED_OCCUPIED,
    .reason = REASON_ADMIT,
    .changed_at = 1776676462000000,
    .source = {.adapter = {"visma", 5}, .record = 12, .ordinal = 1, .time_source = {"TID", 3}},
};

static const struct audit_row row = {
    .facility_id = {"fac_a", 5},
    .n = 1,
    .epoch = {"e", 1},
    .seq = 7,
    .event = &event,
    .held_status = BED_AVAILABLE,
    .ward = {"dementia", 8},
    .care_level = CARE_MEDIUM,
    .received_at = 1776676463000001,
    .source_ip = {"192.0.2.1", 9},
    .outcome = OUTCOME_APPLIED,
    .in_history = true,
    .bed_version = 3,
};

static void the_hash_is_that_of_the_documented_bytes(void **state _unused_)
{
	struct digest prev = audit_genesis(SPAN("fac_a"));
	struct digest genesis = digest_of(SPAN("bedpost-audit:fac_a"));
	struct digest_stream d;

	assert_true(digest_eq(&prev, &genesis));
	digest_begin(&d);
	digest_add(&d, span_of((const char *)prev.b, DIGEST_BYTES));
	digest_add(&d, SPAN("fac_a\x1f"
			    "1\x1f"
			    "e\x1f"
			    "7\x1f"
			    "evt_00000000000000000000000000\x1f"
			    "bed_1\x1f"
			    "available\x1f"
			    "available\x1f"
			    "occupied\x1f"
			    "dementia\x1f"
			    "medium\x1f"
			    "user_nurse\x1f"
			    "1776676462000000\x1f"
			    "1776676463000001\x1f"
			    "admit\x1f"
			    "visma\x1f"
			    "\x1f"
			    "12\x1f"
			    "1\x1f"
			    "TID\x1f"
			    "192.0.2.1\x1f"
			    "applied\x1f"
			    "\x1f"
			    "t\x1f"
			    "3\x1f"
			    "\x1f"
			    "\n"));
	struct digest want = digest_end(&d), got = audit_hash(&row, &prev);
	assert_true(digest_eq(&got, &want));
}

static void every_change_of_a_row_or_its_predecessor_changes_the_hash(void **state _unused_)
{
	struct digest prev = audit_genesis(SPAN("fac_a")), other = audit_genesis(SPAN("fac_b"));
	struct digest plain = audit_hash(&row, &prev), changed;
	struct audit_row r = row;

	changed = audit_hash(&row, &other);
	assert_false(digest_eq(&plain, &changed));
	r.n = 2;
	changed = audit_hash(&r, &prev);
	assert_false(digest_eq(&plain, &changed));
	r = row;
	r.in_history = false;
	changed = audit_hash(&r, &prev);
	assert_false(digest_eq(&plain, &changed));
	r = row;
	r.outcome_reason = "x";
	changed = audit_hash(&r, &prev);
	assert_false(digest_eq(&plain, &changed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_hash_is_that_of_the_documented_bytes),
	    cmocka_unit_test(every_change_of_a_row_or_its_predecessor_changes_the_hash),
	};
	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
