#include "bed/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define ID "evt_01HX9ZZZZZZZZZZZZZZZZZZZZZ"
#define REQUIRED                                                                                   \
	"\"event_id\":\"" ID "\",\"facility_id\":\"fac_oslo_nordre\",\"bed_id\":\"bed_2b\","       \
	"\"new_status\":\"occupied\",\"changed_at\":\"2026-04-20T09:14:22Z\""
#define FULL                                                                                       \
	"{\"event_id\":\"" ID                                                                      \
	"\",\"facility_id\":\"fac_oslo_nordre\",\"bed_id\":\"bed_2b_room_14\","                    \
	"\"ward\":\"dementia\",\"care_level\":\"intensive\",\"previous_status\":\"available\","    \
	"\"new_status\":\"occupied\",\"changed_by\":\"user_nurse_hansen\","                        \
	"\"changed_at\":\"2026-04-20T09:14:22Z\",\"reason\":\"admit\",\"patient_ref\":null,"       \
	"\"source\":{\"adapter\":\"visma-beds\",\"file\":\"00112233445566778899aabbccddeeff\","    \
	"\"record\":12,\"ordinal\":0,\"time_source\":\"TID\"}}"

static int parse(const char *json, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct event e;

	return event_from_json(span_str(json), &a, &e, err);
}

static void refused(const char *json, enum err_code code, const char *message)
{
	struct err err = {0};

	assert_int_equal(parse(json, &err), -(int)code);
	assert_int_equal(err.code, code);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
}

static void taken(const char *json)
{
	struct err err = {0};

	if (parse(json, &err) < 0)
		fail_msg("%s: %s", json, err.message);
}

static void an_event_reads_and_writes_back_to_the_same_bytes(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct event e;

	assert_int_equal(event_from_json(SPAN(FULL), &a, &e, NULL), 0);
	assert_int_equal(e.new_status, BED_OCCUPIED);
	assert_int_equal(e.previous_status, BED_AVAILABLE);
	assert_int_equal(e.care_level, CARE_INTENSIVE);
	assert_int_equal(e.reason, REASON_ADMIT);
	assert_int_equal(e.changed_at, 1776676462 * USEC_PER_SEC);
	assert_int_equal(e.source.record, 12);
	event_to_json(&e, &out);
	assert_string_equal(out.p, FULL);
}

static void assert_before(enum bed_status new_status, enum reason reason, enum bed_status expected)
{
	struct event e = {.new_status = new_status, .reason = reason};
	assert_int_equal(event_status_before(&e, BED_OCCUPIED, BED_RESERVED), expected);
}

static void what_a_bed_was_before_is_told_by_the_last_change(void **state _unused_)
{
	assert_before(BED_AVAILABLE, REASON_DISCHARGE, BED_OCCUPIED);
	assert_before(BED_OCCUPIED, REASON_STATUS_UPDATE, BED_RESERVED);
	/* Somebody else lies there already. */
	assert_before(BED_OCCUPIED, REASON_TRANSFER, BED_OCCUPIED);
	/* Nobody lay there, it was a mistake. */
	assert_before(BED_RESERVED, REASON_TRANSFER_CANCELLED, BED_UNKNOWN);
}

static void what_is_not_required_may_be_null_or_absent(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct event e;

	taken("{" REQUIRED "}");
	assert_int_equal(
	    event_from_json(SPAN("{" REQUIRED ",\"ward\":null,\"care_level\":null,"
				 "\"previous_status\":null,\"changed_by\":null,"
				 "\"reason\":null,\"patient_ref\":null,\"source\":null}"),
			    &a, &e, NULL),
	    0);
	assert_null(e.ward.p);
	assert_null(e.changed_by.p);
	assert_null(e.source.adapter.p);
	assert_int_equal(e.care_level, CARE_UNKNOWN);
	assert_int_equal(e.previous_status, BED_UNKNOWN);
	assert_int_equal(e.reason, REASON_NONE);
}

static void an_event_without_a_required_field_is_refused_by_its_name(void **state _unused_)
{
	refused("{}", ERR_INVALID, "event_id: missing");
	refused("{\"event_id\":\"" ID "\",\"facility_id\":\"fac_a\",\"bed_id\":\"b\","
		"\"new_status\":null,\"changed_at\":\"2026-04-20T09:14:22Z\"}",
		ERR_INVALID, "new_status: missing");
}

static void a_patient_is_refused_whatever_its_shape(void **state _unused_)
{
	refused("{" REQUIRED ",\"patient_ref\":\"12345678901\"}", ERR_DENIED, "patient_ref");
	refused("{" REQUIRED ",\"patient_ref\":\"\"}", ERR_DENIED, "patient_ref");
	refused("{" REQUIRED ",\"patient_ref\":0}", ERR_DENIED, "patient_ref");
	refused("{" REQUIRED ",\"patient_ref\":false}", ERR_DENIED, "patient_ref");
	refused("{" REQUIRED ",\"patient_ref\":{}}", ERR_DENIED, "patient_ref");
	refused("{" REQUIRED ",\"patient_ref\":[null]}", ERR_DENIED, "patient_ref");
	taken("{" REQUIRED ",\"patient_ref\":null}");
}

static void an_unknown_key_is_refused_and_not_repeated(void **state _unused_)
{
	struct err err = {0};

	assert_int_equal(parse("{" REQUIRED ",\"kari nordmann\":null}", &err), -ERR_INVALID);
	assert_null(strstr(err.message, "kari"));
	refused("{" REQUIRED ",\"name\":\"x\",\"pid\":1}", ERR_INVALID, "2 unknown");
	refused("{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"patient\":\"x\"}}", ERR_INVALID,
		"source");
	refused("{" REQUIRED ",\"seq\":1}", ERR_INVALID, "unknown");
	refused("{" REQUIRED ",\"Ward\":\"x\"}", ERR_INVALID, "unknown");
}

static void no_message_repeats_a_value(void **state _unused_)
{
	static const char *const bad[] = {
	    "{" REQUIRED ",\"ward\":\"CANARY X\"}",
	    "{" REQUIRED ",\"care_level\":\"CANARY\"}",
	    "{" REQUIRED ",\"reason\":\"CANARY\"}",
	    "{" REQUIRED ",\"patient_ref\":\"CANARY\"}",
	    "{" REQUIRED ",\"changed_by\":\"CANARY\"}",
	    "{" REQUIRED ",\"source\":\"CANARY\"}",
	    "{" REQUIRED ",\"ward\":CANARY}",
	    "{" REQUIRED ",\"CANARY\"",
	    "{" REQUIRED "} CANARY",
	    "\"CANARY\"",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = {0};
		assert_true(parse(bad[i], &err) < 0);
		assert_null(strstr(err.message, "CANARY"));
	}
}

static void a_key_that_comes_twice_is_refused(void **state _unused_)
{
	refused("{" REQUIRED ",\"ward\":\"a\",\"ward\":\"b\"}", ERR_INVALID, "not JSON");
	refused("{" REQUIRED ",\"patient_ref\":\"x\",\"patient_ref\":null}", ERR_INVALID,
		"not JSON");
	refused("{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"adapter\":\"b\"}}", ERR_INVALID,
		"not JSON");
}

static void text_that_is_not_one_json_object_is_refused(void **state _unused_)
{
	refused("", ERR_INVALID, "");
	refused("null", ERR_INVALID, "");
	refused("[]", ERR_INVALID, "not a JSON object");
	refused("{" REQUIRED, ERR_INVALID, "");
	refused("{" REQUIRED "}{}", ERR_INVALID, "");
	refused("{" REQUIRED ",}", ERR_INVALID, "");
	refused("{" REQUIRED ",\"ward\":\"\\ud800\"}", ERR_INVALID, "");
	refused("{" REQUIRED ",\"ward\":\"\\udc00\\ud800\"}", ERR_INVALID, "");
	refused("{" REQUIRED ",\"ward\":\"\\u0000\"}", ERR_INVALID, "");
	refused("{" REQUIRED ",\"ward\":\"\xED\xA0\x80\"}", ERR_INVALID, "");
	refused("{" REQUIRED ",\"ward\":\"\xFF\"}", ERR_INVALID, "");
	assert_int_equal(event_from_json(SPAN_NONE, &ARENA_INIT, &(struct event){0}, NULL),
			 -ERR_INVALID);
}

static void a_zero_byte_is_refused_wherever_it_stands(void **state _unused_)
{
	static const char text[] = "{" REQUIRED ",\"ward\":\"a\"}";

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		char copy[sizeof(text)];
		struct event e;
		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		assert_true(event_from_json(span_of(copy, sizeof(text) - 1), &a, &e, NULL) < 0);
	}
}

static void a_cut_event_is_refused_at_every_length(void **state _unused_)
{
	for (size_t n = 0; n < sizeof(FULL) - 1; n++) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct event e;
		assert_true(event_from_json(span_of(FULL, n), &a, &e, NULL) < 0);
	}
}

static void numbers_out_of_range_are_refused(void **state _unused_)
{
#define RECORD(n) "{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"record\":" n "}}"
	taken(RECORD("4294967295"));
	refused(RECORD("4294967296"), ERR_INVALID, "source: record");
	refused(RECORD("-1"), ERR_INVALID, "source: record");
	refused(RECORD("1.0"), ERR_INVALID, "source: record");
	refused(RECORD("\"1\""), ERR_INVALID, "source: record");
	refused(RECORD("99999999999999999999999999"), ERR_INVALID, "");
	refused(RECORD("1e999"), ERR_INVALID, "");
}

static void names_outside_the_lists_are_refused(void **state _unused_)
{
	refused("{" REQUIRED ",\"care_level\":\"heavy\"}", ERR_INVALID, "care_level");
	refused("{" REQUIRED ",\"previous_status\":\"Occupied\"}", ERR_INVALID, "previous_status");
	refused("{" REQUIRED ",\"reason\":\"moved in with her son\"}", ERR_INVALID, "reason");
	refused("{" REQUIRED ",\"reason\":7}", ERR_INVALID, "reason");
}

static void shapes_are_checked(void **state _unused_)
{
	refused("{" REQUIRED ",\"ward\":\"Dementia\"}", ERR_INVALID, "ward");
	refused("{" REQUIRED ",\"ward\":\"\"}", ERR_INVALID, "ward");
	refused("{" REQUIRED ",\"ward\":1}", ERR_INVALID, "ward");
	refused("{" REQUIRED ",\"changed_by\":\"Nurse Hansen\"}", ERR_INVALID, "changed_by");
	refused("{" REQUIRED ",\"source\":{\"adapter\":\"a b\"}}", ERR_INVALID, "source.adapter");
	refused("{" REQUIRED ",\"source\":{}}", ERR_INVALID, "adapter: missing");
	refused("{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"file\":\"ABC\"}}", ERR_INVALID,
		"source.file");
	refused("{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"time_source\":\"a\\nb\"}}",
		ERR_INVALID, "source.time_source");
	taken("{" REQUIRED ",\"source\":{\"adapter\":\"a\",\"time_source\":\"Endret når\"}}");
	refused("{\"event_id\":\"evt_1\",\"facility_id\":\"fac_a\",\"bed_id\":\"b\","
		"\"new_status\":\"occupied\",\"changed_at\":\"2026-04-20T09:14:22Z\"}",
		ERR_INVALID, "event_id");
	refused("{\"event_id\":\"" ID "\",\"facility_id\":\"oslo\",\"bed_id\":\"b\","
		"\"new_status\":\"occupied\",\"changed_at\":\"2026-04-20T09:14:22Z\"}",
		ERR_INVALID, "facility_id");
	refused("{\"event_id\":\"" ID "\",\"facility_id\":\"fac_a\",\"bed_id\":\"b\","
		"\"new_status\":\"occupied\",\"changed_at\":\"20.04.2026 09:14\"}",
		ERR_INVALID, "changed_at");
}

static void an_event_beyond_the_limit_is_refused(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct err err = {0};

	buf_adds(&b, "{" REQUIRED);
	while (b.n < EVENT_JSON_MAX)
		buf_addc(&b, ' ');
	buf_addc(&b, '}');
	assert_int_equal(parse(b.p, &err), -ERR_LIMIT);
	b.n = 0;
	while (b.n < EVENT_JSON_MAX)
		buf_addc(&b, '[');
	assert_int_equal(parse(b.p, &err), -ERR_INVALID);
}

static struct event sample(void)
{
	return (struct event){
	    .facility_id = SPAN("fac_a"),
	    .bed_id = SPAN("b"),
	    .new_status = BED_OCCUPIED,
	    .changed_at = 1776676462 * USEC_PER_SEC,
	    .source = {SPAN("x"), SPAN("00112233445566778899aabbccddeeff"), 3, 1, SPAN("EVN-6")},
	};
}

static void ids_made_for_a_whole_file_are_those_of_its_events(void **state _unused_)
{
	struct event e = sample();
	struct event_ids ids;

	for (int longer = 0; longer < 2; longer++) {
		if (longer) /* than one block of the hash together */
			e.facility_id = e.source.adapter = SPAN(
			    "fac_a_name_of_sixty_letters_is_rare_but_nobody_forbids_it_to_a_home");
		event_ids_begin(&ids, e.facility_id, e.source.adapter, e.source.file);
		for (uint32_t n = 1; n < 1000; n++) {
			e.source.record = n < 500 ? n / 3 : n * 37;
			e.source.ordinal = n % 4;
			assert_true(ulid_eq(event_ids_make(&ids, &e), event_id_from_source(&e)));
		}
	}
}

static void the_same_source_makes_the_same_id_and_any_other_another(void **state _unused_)
{
	struct event e = sample(), other[5];
	struct ulid id = event_id_from_source(&e);

	assert_true(ulid_eq(id, event_id_from_source(&e)));
	e.bed_id = SPAN("c"); /* not part of the source */
	assert_true(ulid_eq(id, event_id_from_source(&e)));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		other[i] = sample();
	other[0].facility_id = SPAN("fac_b");
	other[1].source.adapter = SPAN("y");
	other[2].source.file = SPAN("10112233445566778899aabbccddeeff");
	other[3].source.record = 4;
	other[4].source.ordinal = 2;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_false(ulid_eq(id, event_id_from_source(&other[i])));
}

static void ids_sort_by_the_clinical_time(void **state _unused_)
{
	struct event e = sample(), later = sample();
	char a[EVENT_ID_CHARS + 1], b[EVENT_ID_CHARS + 1];
	struct ulid back, id = event_id_from_source(&e);

	later.changed_at += USEC_PER_SEC;
	event_id_format(id, a);
	event_id_format(event_id_from_source(&later), b);
	assert_true(strcmp(a, b) < 0);
	assert_int_equal(strlen(a), EVENT_ID_CHARS);
	assert_true(event_id_parse(span_str(a), &back));
	assert_true(ulid_eq(back, id));
}

static void what_is_written_is_escaped(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct event e = sample(), back;

	e.source.time_source = SPAN("a\"b\\ \xC3\xA5");
	event_to_json(&e, &out);
	assert_int_equal(event_from_json(buf_span(&out), &a, &back, NULL), 0);
	assert_true(span_eq(back.source.time_source, e.source.time_source));
	assert_true(out.n < EVENT_JSON_MAX);
}

static void a_check_names_what_is_wrong(void **state _unused_)
{
	struct event e = sample();
	struct err err;

	assert_int_equal(event_check(&e, &err), 0);
	e.new_status = BED_UNKNOWN;
	assert_int_equal(event_check(&e, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "new_status"));
	e = sample();
	e.changed_at = USEC_NONE;
	assert_int_equal(event_check(&e, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "changed_at"));
	e = sample();
	e.source.adapter = SPAN_NONE;
	assert_int_equal(event_check(&e, &err), -ERR_INVALID);
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_reads_and_writes_back_to_the_same_bytes),
	    cmocka_unit_test(what_a_bed_was_before_is_told_by_the_last_change),
	    cmocka_unit_test(what_is_not_required_may_be_null_or_absent),
	    cmocka_unit_test(an_event_without_a_required_field_is_refused_by_its_name),
	    cmocka_unit_test(a_patient_is_refused_whatever_its_shape),
	    cmocka_unit_test(an_unknown_key_is_refused_and_not_repeated),
	    cmocka_unit_test(no_message_repeats_a_value),
	    cmocka_unit_test(a_key_that_comes_twice_is_refused),
	    cmocka_unit_test(text_that_is_not_one_json_object_is_refused),
	    cmocka_unit_test(a_zero_byte_is_refused_wherever_it_stands),
	    cmocka_unit_test(a_cut_event_is_refused_at_every_length),
	    cmocka_unit_test(numbers_out_of_range_are_refused),
	    cmocka_unit_test(names_outside_the_lists_are_refused),
	    cmocka_unit_test(shapes_are_checked),
	    cmocka_unit_test(an_event_beyond_the_limit_is_refused),
	    cmocka_unit_test(ids_made_for_a_whole_file_are_those_of_its_events),
	    cmocka_unit_test(the_same_source_makes_the_same_id_and_any_other_another),
	    cmocka_unit_test(ids_sort_by_the_clinical_time),
	    cmocka_unit_test(what_is_written_is_escaped),
	    cmocka_unit_test(a_check_names_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
