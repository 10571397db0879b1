/* One batch and its answer over a real outbox: what is encoded, and what an answer changes. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "outbox/intake.h"
#include "syncd/exchange.h"
#include "tests/unit/temp_folder.h"

#define FACILITY "fac_test"

static const usec_t now = (usec_t)1776676462 * USEC_PER_SEC;

struct fixture {
	char dir[64];
	struct outbox *outbox;
	struct exchange x;
	unsigned files;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	temp_folder_make(f->dir);
	assert_int_equal(outbox_open(f->dir, FACILITY, OUTBOX_WRITE, &f->outbox, &err), 0);
	outbox_set_min_free(f->outbox, 0);
	exchange_init(&f->x, "test 1");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	exchange_done(&f->x);
	outbox_close(f->outbox);
	temp_folder_remove(f->dir);
	free(f);
	return 0;
}

/* n events, as one file brings them. */
static void put(struct fixture *f, unsigned n)
{
	char name[32], hex[DIGEST_HEX + 1];
	struct intake *i;
	struct err err;

	(void)snprintf(name, sizeof(name), "file-%u", ++f->files);
	const struct intake_file file = {.dir = "/drop",
					 .name = name,
					 .digest = digest_of(span_str(name)),
					 .size = 1,
					 .mtime = now,
					 .adapter = "test"};
	assert_int_equal(intake_begin(f->outbox, &file, now, &i, &err), 0);
	(void)digest_hex(&file.digest, hex);
	for (unsigned k = 0; k < n; k++) {
		char bed[16];
		(void)snprintf(bed, sizeof(bed), "bed_%u", k);
		struct event e = {
		    .facility_id = SPAN(FACILITY),
		    .bed_id = span_str(bed),
		    .new_status = f->files % 2 ? BED_OCCUPIED : BED_AVAILABLE,
		    .changed_at = now + f->files,
		    .source = {.adapter = SPAN("test"), .file = span_of(hex, 32), .record = k + 1}};
		e.id = event_id_from_source(&e);
		assert_int_equal(intake_event(i, &e, &err), 0);
	}
	assert_int_equal(intake_commit(i, NULL, &err), 0);
}

static void look(struct fixture *f, uint32_t limit)
{
	struct err err;

	assert_int_equal(exchange_look(&f->x, f->outbox, limit, &err), 0);
}

static enum exchange_verdict take(struct fixture *f, const char *answer, bool snapshot,
				  struct exchange_result *ret, struct err *err)
{
	return exchange_take(&f->x, f->outbox, span_str(answer), now, snapshot, ret, err);
}

/* The region's answer to what was last looked at. */
static const char *answer_of(const struct fixture *f, uint64_t through, const char *outcomes,
			     bool snapshot)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
		       "{\"epoch\":\"%s\",\"applied_through\":%" PRIu64
		       ",\"outcomes\":[%s],\"facility_rev\":1,\"beds\":[],\"snapshot_wanted\":%s}",
		       f->x.batch.epoch, through, outcomes, snapshot ? "true" : "false");
	return text;
}

static struct outbox_status status_of(struct fixture *f)
{
	struct outbox_status s;
	struct err err;

	assert_int_equal(outbox_status(f->outbox, &s, &err), 0);
	return s;
}

static void what_waits_is_encoded_as_the_region_reads_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct wire_batch batch;
	struct err err;

	put(f, 5);
	look(f, 3);
	assert_int_equal(exchange_queued(&f->x), 5);
	assert_int_equal(exchange_encode(&f->x, f->outbox, now, &err), 0);
	assert_int_equal(wire_decode(buf_span(&f->x.body), &a, &batch, &err), 0);
	assert_true(span_eq_str(batch.header.facility, FACILITY));
	assert_true(span_eq_str(batch.header.epoch, f->x.batch.epoch));
	assert_int_equal(batch.header.first, 1);
	assert_int_equal(batch.header.last, 3);
	assert_int_equal(batch.header.queued, 2);
	assert_int_equal(batch.header.clock, now);
	for (int i = 0; i < 3; i++)
		assert_true(batch.items[i].valid);
}

static void a_heartbeat_is_a_batch_without_events(void **state)
{
	struct fixture *f = *state;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct exchange_result result;
	struct wire_batch batch;
	struct err err;

	look(f, 0);
	assert_int_equal(exchange_encode(&f->x, f->outbox, now, &err), 0);
	assert_int_equal(wire_decode(buf_span(&f->x.body), &a, &batch, &err), 0);
	assert_int_equal(batch.header.count, 0);
	assert_int_equal(take(f, answer_of(f, 0, "", false), true, &result, &err), EXCHANGE_TAKEN);
}

static void an_answer_moves_the_cursor_and_makes_dead_letters(void **state)
{
	struct fixture *f = *state;
	struct exchange_result result;
	struct err err;

	put(f, 3);
	look(f, 0);
	const char *answer = answer_of(f, 3,
				       "{\"seq\":1,\"outcome\":\"applied\"},"
				       "{\"seq\":2,\"outcome\":\"rejected\",\"reason\":\"schema\"},"
				       "{\"seq\":3,\"outcome\":\"conflict\"}",
				       false);
	assert_int_equal(take(f, answer, true, &result, &err), EXCHANGE_TAKEN);
	assert_int_equal(result.through, 3);
	assert_int_equal(result.rejected, 1);
	assert_int_equal(result.conflicts, 1);
	assert_int_equal(exchange_queued(&f->x), 0);
	assert_int_equal(status_of(f).acked, 3);
	assert_int_equal(status_of(f).dead_letters, 1);
	/* the same answer again, as after a crash behind the commit */
	assert_int_equal(take(f, answer, true, &result, &err), EXCHANGE_TAKEN);
	assert_int_equal(status_of(f).dead_letters, 1);
}

static void nonsense_changes_nothing(void **state)
{
	struct fixture *f = *state;
	static const char *const nonsense[] = {"", "<html>", "{}", "{\"epoch\":1}", "[]", "null"};
	struct exchange_result result;
	struct err err;

	put(f, 2);
	look(f, 0);
	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++)
		assert_int_equal(take(f, nonsense[i], true, &result, &err), EXCHANGE_FAILED);
	char half[256];
	(void)snprintf(half, sizeof(half), "%.60s", answer_of(f, 2, "", false));
	assert_int_equal(take(f, half, true, &result, &err), EXCHANGE_FAILED);
	assert_int_equal(take(f, answer_of(f, 2, "{\"seq\":9,\"outcome\":\"rejected\"}", false),
			      true, &result, &err),
			 EXCHANGE_FAILED);
	assert_int_equal(status_of(f).acked, 0);
	assert_int_equal(status_of(f).dead_letters, 0);
}

static void a_region_that_is_ahead_of_us_calls_for_a_new_epoch(void **state)
{
	struct fixture *f = *state;
	struct exchange_result result;
	struct err err;

	put(f, 2);
	look(f, 0);
	assert_int_equal(take(f, answer_of(f, 7, "", false), true, &result, &err),
			 EXCHANGE_FOREIGN);
	assert_int_equal(status_of(f).acked, 0);
}

static void what_the_region_lost_is_shipped_again(void **state)
{
	struct fixture *f = *state;
	struct exchange_result result;
	struct err err;

	put(f, 4);
	look(f, 0);
	assert_int_equal(take(f, answer_of(f, 4, "", false), true, &result, &err), EXCHANGE_TAKEN);
	put(f, 1);
	look(f, 0);
	assert_int_equal(f->x.batch.first, 5);
	assert_int_equal(take(f, answer_of(f, 2, "", false), true, &result, &err), EXCHANGE_LOST);
	look(f, 0);
	assert_int_equal(f->x.batch.first, 3);
	assert_int_equal(f->x.batch.last, 5);
}

static void a_snapshot_is_made_only_where_it_can_be_compared(void **state)
{
	struct fixture *f = *state;
	struct exchange_result result;
	struct err err;

	put(f, 3);
	look(f, 2); /* one is still queued: the region's digest speaks of another state */
	assert_int_equal(take(f, answer_of(f, 2, "", true), true, &result, &err), EXCHANGE_TAKEN);
	assert_int_equal(result.snapshot, 0);
	look(f, 0);
	assert_int_equal(take(f, answer_of(f, 3, "", true), false, &result, &err), EXCHANGE_TAKEN);
	assert_int_equal(result.snapshot, 0); /* not allowed: one was made a moment ago */
	look(f, 0);
	assert_int_equal(take(f, answer_of(f, 3, "", true), true, &result, &err), EXCHANGE_TAKEN);
	assert_int_equal(result.snapshot, 3);
	look(f, 0);
	assert_int_equal(f->x.batch.count, 3);
}

#define with_outbox(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    with_outbox(what_waits_is_encoded_as_the_region_reads_it),
	    with_outbox(a_heartbeat_is_a_batch_without_events),
	    with_outbox(an_answer_moves_the_cursor_and_makes_dead_letters),
	    with_outbox(nonsense_changes_nothing),
	    with_outbox(a_region_that_is_ahead_of_us_calls_for_a_new_epoch),
	    with_outbox(what_the_region_lost_is_shipped_again),
	    with_outbox(a_snapshot_is_made_only_where_it_can_be_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
