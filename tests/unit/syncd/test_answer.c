/* Which answers may move the cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "syncd/answer.h"

#define EPOCH "7f9c2ba4-e88f-4a2b-8f3a-000000000001"

static const struct answer_batch batch = {{EPOCH, sizeof(EPOCH) - 1}, 7, 9};

static struct wire_answer answer_of(uint64_t through, struct wire_outcome *outcomes, size_t n)
{
	return (struct wire_answer){.epoch = SPAN(EPOCH),
				    .applied_through = through,
				    .outcomes = outcomes,
				    .n_outcomes = n};
}

static void an_answer_to_the_whole_batch_is_good(void **state)
{
	(void)state;
	struct wire_outcome all[] = {
	    {7, OUTCOME_APPLIED}, {8, OUTCOME_REJECTED, "schema"}, {9, OUTCOME_LATE}};
	struct wire_answer w = answer_of(9, all, 3);
	enum answer_verdict verdict;
	struct err err;

	assert_int_equal(answer_check(&batch, &w, &verdict, &err), 0);
	assert_int_equal(verdict, ANSWER_GOOD);
	assert_int_equal(answer_count(&w, OUTCOME_REJECTED), 1);
}

static void an_answer_to_part_of_the_batch_is_good(void **state)
{
	(void)state;
	struct wire_outcome first[] = {{7, OUTCOME_APPLIED}};
	struct wire_answer w = answer_of(7, first, 1);
	enum answer_verdict verdict;

	assert_int_equal(answer_check(&batch, &w, &verdict, NULL), 0);
	assert_int_equal(verdict, ANSWER_GOOD);
}

static void a_region_that_is_further_than_the_batch_is_no_protocol_error(void **state)
{
	(void)state; /* it applied a longer batch whose answer never reached us */
	struct wire_outcome all[] = {
	    {7, OUTCOME_DUPLICATE}, {8, OUTCOME_DUPLICATE}, {9, OUTCOME_DUPLICATE}};
	struct wire_answer w = answer_of(20, all, 3);
	enum answer_verdict verdict;

	assert_int_equal(answer_check(&batch, &w, &verdict, NULL), 0);
	assert_int_equal(verdict, ANSWER_GOOD);
}

static void a_region_that_lacks_what_it_acknowledged_is_told_apart(void **state)
{
	(void)state;
	struct wire_answer w = answer_of(3, NULL, 0);
	enum answer_verdict verdict;

	assert_int_equal(answer_check(&batch, &w, &verdict, NULL), 0);
	assert_int_equal(verdict, ANSWER_LOST);
	w.applied_through = 6;
	assert_int_equal(answer_check(&batch, &w, &verdict, NULL), 0);
	assert_int_equal(verdict, ANSWER_GOOD);
}

static void an_answer_that_does_not_belong_to_the_batch_is_refused_whole(void **state)
{
	(void)state;
	struct wire_outcome before[] = {{6, OUTCOME_APPLIED}}, behind[] = {{10, OUTCOME_APPLIED}};
	struct wire_outcome twice[] = {{7, OUTCOME_APPLIED}, {7, OUTCOME_REJECTED}};
	struct wire_outcome back[] = {{8, OUTCOME_APPLIED}, {7, OUTCOME_APPLIED}};
	struct wire_outcome early[] = {{8, OUTCOME_REJECTED}};
	const struct wire_answer bad[] = {answer_of(9, before, 1), answer_of(9, behind, 1),
					  answer_of(9, twice, 2), answer_of(9, back, 2),
					  answer_of(7, early, 1)};
	enum answer_verdict verdict;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(answer_check(&batch, &bad[i], &verdict, &err), -ERR_PROTOCOL);
		assert_false(err.message[0] == '\0');
	}
	struct wire_answer foreign = answer_of(9, NULL, 0);
	foreign.epoch = SPAN("7f9c2ba4-e88f-4a2b-8f3a-000000000002");
	assert_int_equal(answer_check(&batch, &foreign, &verdict, &err), -ERR_PROTOCOL);
}

static void a_heartbeat_has_no_outcomes(void **state)
{
	(void)state;
	const struct answer_batch heartbeat = {SPAN(EPOCH), 10, 9};
	struct wire_outcome one[] = {{9, OUTCOME_APPLIED}};
	struct wire_answer w = answer_of(9, NULL, 0);
	enum answer_verdict verdict;

	assert_int_equal(answer_check(&heartbeat, &w, &verdict, NULL), 0);
	assert_int_equal(verdict, ANSWER_GOOD);
	w = answer_of(9, one, 1);
	assert_int_equal(answer_check(&heartbeat, &w, &verdict, NULL), -ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_to_the_whole_batch_is_good),
	    cmocka_unit_test(an_answer_to_part_of_the_batch_is_good),
	    cmocka_unit_test(a_region_that_is_further_than_the_batch_is_no_protocol_error),
	    cmocka_unit_test(a_region_that_lacks_what_it_acknowledged_is_told_apart),
	    cmocka_unit_test(an_answer_that_does_not_belong_to_the_batch_is_refused_whole),
	    cmocka_unit_test(a_heartbeat_has_no_outcomes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
