/* A chain is made, somebody with the owner's rights changes it,
 * and the walk names what was done. */
#include "store/audit_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/cleanup.h"

#define FACILITY SPAN("fac_a")
#define ROWS_MAX 64

struct made_row {
	int64_t n;
	char event_id[32], bed[32];
	struct digest prev, hash;
};

struct chain {
	struct made_row rows[ROWS_MAX];
	size_t n;
	int64_t head_n;
	struct digest head;
	struct audit_signed heads[4];
	size_t n_heads;
	struct audit_finding found[ROWS_MAX];
	size_t n_found;
	int64_t wrong;
};

static struct audit_stored stored(const struct made_row *r)
{
	return (struct audit_stored){.facility_id = FACILITY,
				     .n = r->n,
				     .epoch = SPAN("e"),
				     .seq = 7,
				     .event_id = span_str(r->event_id),
				     .bed_id = span_str(r->bed),
				     .new_status = SPAN("occupied"),
				     .changed_at = 5,
				     .received_at = 1000,
				     .outcome = SPAN("applied"),
				     .bed_version = 1};
}

static struct digest hash_of(const struct made_row *r)
{
	struct audit_stored s = stored(r);
	struct buf tail = BUF_INIT;

	audit_tail(&s, &tail);
	struct digest d = audit_hash_tail(&r->prev, FACILITY, r->n, buf_span(&tail));
	buf_done(&tail);
	return d;
}

static struct chain chain_of(size_t n)
{
	struct chain c = {.n = n, .head_n = (int64_t)n};

	c.head = audit_genesis(FACILITY);
	for (size_t i = 0; i < n; i++) {
		struct made_row *r = &c.rows[i];
		r->n = (int64_t)i + 1;
		(void)snprintf(r->event_id, sizeof(r->event_id), "evt_%zu", i + 1);
		(void)snprintf(r->bed, sizeof(r->bed), "bed_%zu", i + 1);
		r->prev = c.head;
		c.head = r->hash = hash_of(r);
	}
	return c;
}

/* Everything from row n on is hashed anew, as who knows the format would. */
static void hash_anew(struct chain *c, size_t from)
{
	for (size_t i = from - 1; i < c->n; i++) {
		c->rows[i].prev = i ? c->rows[i - 1].hash : audit_genesis(FACILITY);
		c->rows[i].hash = hash_of(&c->rows[i]);
	}
	c->head_n = (int64_t)c->n;
	c->head = c->rows[c->n - 1].hash;
}

static void drop(struct chain *c, size_t n)
{
	assert_in_range(n, 1, c->n);
	for (size_t i = n - 1; i + 1 < c->n; i++)
		c->rows[i] = c->rows[i + 1];
	c->n--;
}

static void sign(struct chain *c, size_t n, const char *day)
{
	struct audit_signed *s = &c->heads[c->n_heads++];

	s->n = (int64_t)n;
	s->hash = c->rows[n - 1].hash;
	(void)snprintf(s->day, sizeof(s->day), "%s", day);
}

static void keep(void *user, struct span facility_id _unused_, const struct audit_finding *f)
{
	struct chain *c = user;

	if (c->n_found < ROWS_MAX)
		c->found[c->n_found++] = *f;
}

static int by_place(const void *a, const void *b)
{
	const struct made_row *x = a, *y = b;
	return (x->n > y->n) - (x->n < y->n);
}

static void walk_from(struct chain *c, int64_t first, bool to_head)
{
	struct audit_walk *w =
	    audit_walk_begin(&(struct audit_walk_options){.facility_id = FACILITY,
							  .first = first,
							  .to_head = to_head,
							  .head_n = c->head_n,
							  .head = c->head,
							  .heads = c->heads,
							  .n_heads = c->n_heads,
							  .found = keep,
							  .user = c});
	c->n_found = 0;
	qsort(c->rows, c->n, sizeof(c->rows[0]), by_place);
	for (size_t i = 0; i < c->n; i++) {
		struct audit_stored s = stored(&c->rows[i]);
		const struct made_row *r = &c->rows[i];
		if (r->n >= first)
			audit_walk_row(w, &s, span_of((const char *)r->prev.b, DIGEST_BYTES),
				       span_of((const char *)r->hash.b, DIGEST_BYTES), false);
	}
	c->wrong = audit_walk_end(w);
}

static void walk(struct chain *c)
{
	walk_from(c, 1, true);
}

static void expect(const struct chain *c, size_t i, enum audit_fault fault, int64_t n,
		   int64_t through, int64_t was)
{
	if (i >= c->n_found)
		fail_msg("only %zu findings", c->n_found);
	const struct audit_finding *f = &c->found[i];
	if (f->fault != fault || f->n != n || f->through != through || f->was != was)
		fail_msg("finding %zu: %s %d-%d was %d, expected %s %d-%d was %d", i,
			 audit_fault_name(f->fault), (int)f->n, (int)f->through, (int)f->was,
			 audit_fault_name(fault), (int)n, (int)through, (int)was);
}

static void only(struct chain *c, enum audit_fault fault, int64_t n, int64_t through, int64_t was)
{
	walk(c);
	expect(c, 0, fault, n, through, was);
	assert_int_equal(c->n_found, 1);
}

static void a_sound_chain_has_no_fault(void **state _unused_)
{
	struct chain none = {.head = audit_genesis(FACILITY)}, one = chain_of(1), c = chain_of(60);

	walk(&none);
	assert_int_equal(none.wrong, 0);
	walk(&one);
	assert_int_equal(one.wrong, 0);
	sign(&c, 20, "2026-04-01");
	sign(&c, 60, "2026-04-02");
	walk(&c);
	assert_int_equal(c.wrong, 0);
	walk_from(&c, 30, true);
	assert_int_equal(c.wrong, 0);
	c.n = 40;
	walk_from(&c, 30, false);
	assert_int_equal(c.wrong, 0);
}

static void a_changed_row_is_named_wherever_it_stands(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++) {
		struct chain c = chain_of(9);
		c.rows[at - 1].bed[0] = 'B';
		only(&c, AUDIT_CHANGED, (int64_t)at, (int64_t)at, 0);
		assert_string_equal(c.found[0].event_id, c.rows[at - 1].event_id);
		assert_int_equal(c.found[0].received_at, 1000);
	}
}

static void a_changed_hash_is_named_at_its_own_row(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++) {
		struct chain c = chain_of(9), d = c;
		c.rows[at - 1].hash.b[0] ^= 1;
		only(&c, AUDIT_CHANGED, (int64_t)at, (int64_t)at, 0);
		d.rows[at - 1].prev.b[0] ^= 1;
		only(&d, AUDIT_CHANGED, (int64_t)at, (int64_t)at, 0);
	}
}

static void a_changed_row_that_was_hashed_anew_is_known_by_its_successor(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++) {
		struct chain c = chain_of(9);
		c.rows[at - 1].bed[0] = 'B';
		c.rows[at - 1].hash = hash_of(&c.rows[at - 1]);
		only(&c, AUDIT_CHANGED, (int64_t)at, (int64_t)at, 0);
	}
}

static void removed_rows_are_named_by_their_places(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++) {
		struct chain c = chain_of(9);
		drop(&c, at);
		only(&c, AUDIT_REMOVED, (int64_t)at, (int64_t)at, 0);
	}
	struct chain c = chain_of(9);
	drop(&c, 9), drop(&c, 8), drop(&c, 4), drop(&c, 3);
	walk(&c);
	expect(&c, 0, AUDIT_REMOVED, 3, 4, 0);
	expect(&c, 1, AUDIT_REMOVED, 8, 9, 0);
	assert_int_equal(c.wrong, 4);
	c.n = 0;
	only(&c, AUDIT_REMOVED, 1, 9, 0);
}

static void a_removed_row_is_named_though_the_others_were_renumbered(void **state _unused_)
{
	for (size_t at = 1; at <= 8; at++) {
		struct chain c = chain_of(9);
		drop(&c, at);
		for (size_t i = at - 1; i < c.n; i++)
			c.rows[i].n--;
		walk(&c);
		expect(&c, 0, AUDIT_REMOVED, (int64_t)at, (int64_t)at, 0);
		expect(&c, 1, AUDIT_MOVED, (int64_t)at, 8, (int64_t)at + 1);
		assert_int_equal(c.n_found, 2);
	}
}

static void add(struct chain *c, size_t at, bool hashed)
{
	for (size_t i = c->n; i >= at; i--)
		c->rows[i] = c->rows[i - 1];
	struct made_row *r = &c->rows[at - 1];
	r->n = (int64_t)at;
	(void)snprintf(r->event_id, sizeof(r->event_id), "evt_false");
	if (hashed)
		r->hash = hash_of(r);
	c->n++;
}

static void an_added_row_is_named_and_not_the_one_whose_place_it_takes(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++)
		for (int hashed = 0; hashed < 2; hashed++) {
			struct chain c = chain_of(9);
			add(&c, at, hashed);
			only(&c, AUDIT_ADDED, (int64_t)at, (int64_t)at, 0);
			assert_string_equal(c.found[0].event_id, "evt_false");
		}
}

static void an_added_row_is_named_though_the_others_were_renumbered(void **state _unused_)
{
	for (size_t at = 1; at <= 9; at++)
		for (int hashed = 0; hashed < 2; hashed++) {
			struct chain c = chain_of(9);
			add(&c, at, hashed);
			for (size_t i = at; i < c.n; i++)
				c.rows[i].n++;
			walk(&c);
			expect(&c, 0, AUDIT_ADDED, (int64_t)at, (int64_t)at, 0);
			expect(&c, 1, AUDIT_MOVED, (int64_t)at + 1, 10, (int64_t)at);
			assert_int_equal(c.n_found, 2);
		}
}

static void a_row_beyond_the_head_is_added(void **state _unused_)
{
	struct chain c = chain_of(9), longer = chain_of(12);

	longer.head = c.head;
	longer.head_n = 9;
	walk(&longer);
	assert_int_equal(longer.n_found, 3);
	for (int i = 0; i < 3; i++)
		expect(&longer, (size_t)i, AUDIT_ADDED, 10 + i, 10 + i, 0);
}

static void exchanged_rows_are_named_with_the_places_they_come_from(void **state _unused_)
{
	for (size_t a = 1; a <= 9; a++)
		for (size_t b = a + 1; b <= 9; b++) {
			struct chain c = chain_of(9), d = c;
			c.rows[a - 1].n = (int64_t)b;
			c.rows[b - 1].n = (int64_t)a;
			walk(&c);
			expect(&c, 0, AUDIT_MOVED, (int64_t)a, (int64_t)a, (int64_t)b);
			expect(&c, 1, AUDIT_MOVED, (int64_t)b, (int64_t)b, (int64_t)a);
			assert_int_equal(c.n_found, 2);
			/* or what they say, under the hashes that stay */
			struct made_row was = d.rows[a - 1];
			memcpy(d.rows[a - 1].bed, d.rows[b - 1].bed, sizeof(was.bed));
			memcpy(d.rows[a - 1].event_id, d.rows[b - 1].event_id,
			       sizeof(was.event_id));
			memcpy(d.rows[b - 1].bed, was.bed, sizeof(was.bed));
			memcpy(d.rows[b - 1].event_id, was.event_id, sizeof(was.event_id));
			walk(&d);
			expect(&d, 0, AUDIT_MOVED, (int64_t)a, (int64_t)a, (int64_t)b);
			expect(&d, 1, AUDIT_MOVED, (int64_t)b, (int64_t)b, (int64_t)a);
			assert_int_equal(d.n_found, 2);
		}
}

static void a_chain_hashed_anew_is_told_by_the_signed_heads(void **state _unused_)
{
	struct chain c = chain_of(20);

	sign(&c, 5, "2026-04-01");
	sign(&c, 10, "2026-04-02");
	sign(&c, 15, "2026-04-03");
	c.rows[11].bed[0] = 'B';
	hash_anew(&c, 12);
	only(&c, AUDIT_REWRITTEN, 11, 15, 0);
	assert_string_equal(c.found[0].day, "2026-04-03");
	c.n_heads = 0;
	walk(&c);
	assert_int_equal(c.wrong, 0); /* nobody else can know */
}

static void a_chain_cut_off_at_its_end_is_told_by_the_signed_heads(void **state _unused_)
{
	struct chain c = chain_of(20);

	sign(&c, 10, "2026-04-01");
	sign(&c, 18, "2026-04-02");
	c.n = 14;
	hash_anew(&c, 15);
	only(&c, AUDIT_REMOVED, 15, 18, 0);
	assert_string_equal(c.found[0].day, "2026-04-02");
	c.n_heads = 1;
	walk(&c);
	assert_int_equal(c.wrong, 0);
}

static void several_faults_are_told_apart(void **state _unused_)
{
	struct chain c = chain_of(50);

	c.rows[4].bed[0] = 'B';
	c.rows[19].n = 31;
	c.rows[30].n = 20;
	drop(&c, 41);
	walk(&c);
	expect(&c, 0, AUDIT_CHANGED, 5, 5, 0);
	expect(&c, 1, AUDIT_MOVED, 20, 20, 31);
	expect(&c, 2, AUDIT_MOVED, 31, 31, 20);
	expect(&c, 3, AUDIT_REMOVED, 41, 41, 0);
	assert_int_equal(c.n_found, 4);
}

static void what_no_row_of_ours_can_hold_is_a_change(void **state _unused_)
{
	struct chain c = chain_of(3);
	struct audit_walk *w =
	    audit_walk_begin(&(struct audit_walk_options){.facility_id = FACILITY,
							  .first = 1,
							  .to_head = true,
							  .head_n = 3,
							  .head = c.head,
							  .found = keep,
							  .user = &c});

	for (size_t i = 0; i < 3; i++) {
		struct audit_stored s = stored(&c.rows[i]);
		audit_walk_row(w, &s, span_of((const char *)c.rows[i].prev.b, DIGEST_BYTES),
			       span_of((const char *)c.rows[i].hash.b, i == 2 ? 31 : 32), i == 0);
	}
	assert_int_equal(audit_walk_end(w), 2);
	expect(&c, 0, AUDIT_CHANGED, 1, 1, 0);
	expect(&c, 1, AUDIT_CHANGED, 3, 3, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sound_chain_has_no_fault),
	    cmocka_unit_test(a_changed_row_is_named_wherever_it_stands),
	    cmocka_unit_test(a_changed_hash_is_named_at_its_own_row),
	    cmocka_unit_test(a_changed_row_that_was_hashed_anew_is_known_by_its_successor),
	    cmocka_unit_test(removed_rows_are_named_by_their_places),
	    cmocka_unit_test(a_removed_row_is_named_though_the_others_were_renumbered),
	    cmocka_unit_test(an_added_row_is_named_and_not_the_one_whose_place_it_takes),
	    cmocka_unit_test(an_added_row_is_named_though_the_others_were_renumbered),
	    cmocka_unit_test(a_row_beyond_the_head_is_added),
	    cmocka_unit_test(exchanged_rows_are_named_with_the_places_they_come_from),
	    cmocka_unit_test(a_chain_hashed_anew_is_told_by_the_signed_heads),
	    cmocka_unit_test(a_chain_cut_off_at_its_end_is_told_by_the_signed_heads),
	    cmocka_unit_test(several_faults_are_told_apart),
	    cmocka_unit_test(what_no_row_of_ours_can_hold_is_a_change),
	};
	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
