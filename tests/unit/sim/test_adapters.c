/* The simulator and the samples' adapters, against each other: what one writes, the other reads
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "adapters/adapter.h"
#include "adapters/memory_table.h"
#include "sim/format.h"

#define AT    (1745301600 * USEC_PER_SEC) /* 2025-04-22T06:00:00Z */
#define FILES 60
#define STEPS 8

struct reader {
	struct adapter *adapter;
	struct memory_table *memory;
	const struct sim_home *home;
	enum bed_status *status;
	uint64_t bad;
};

static int take_events(void *ctx, const struct event *events, size_t n, struct err *err _unused_)
{
	struct reader *r = ctx;

	for (size_t i = 0; i < n; i++) {
		size_t bed = 0;
		while (bed < r->home->n_beds && !span_eq(r->home->beds[bed].id, events[i].bed_id))
			bed++;
		assert_true(bed < r->home->n_beds);
		assert_true(span_eq_str(events[i].ward, r->home->beds[bed].ward->ward));
		assert_int_equal(events[i].care_level, r->home->beds[bed].care_level);
		assert_in_range(events[i].changed_at, AT - 59 * USEC_PER_SEC,
				AT + FILES * STEPS * USEC_PER_MIN);
		r->status[bed] = events[i].new_status;
		memory_table_take(r->memory, &events[i]);
	}
	return 0;
}

static int count_bad(void *ctx, const struct bad_record *bad, struct err *err _unused_)
{
	struct reader *r = ctx;

	r->bad += !bad->warning;
	assert_null(strstr(bad->message, SIM_CANARY));
	return 0;
}

static void read_file(struct reader *r, const struct buf *bytes)
{
	const struct adapter_sink sink = {r, take_events, count_bad, NULL};
	const struct adapter_input input = {r->home->id, digest_of(buf_span(bytes)), USEC_NONE};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	struct err err;

	if (adapter_run_new(r->adapter, &input, &sink, memory_table_memory(r->memory), &run, &err) <
		0 ||
	    adapter_run_feed(run, buf_span(bytes), true, &err) < 0)
		fail_msg("%s", err.message);
}

static void load(struct reader *r, const char *path)
{
	const char *top = getenv("srcdir");
	char full[4096];
	struct err err;

	(void)snprintf(full, sizeof(full), "%s/samples/%s", top ? top : ".", path);
	if (adapter_load(full, &r->adapter, NULL, &err) < 0)
		fail_msg("%s", err.message);
}

/* One file of the home's life: the opening, or a few things that happen and one record that nobody
 * can read. */
static size_t write_steps(struct sim_home *h, struct sim_step *steps, usec_t *clock)
{
	size_t n = 0;

	if (h->file++ == 0) {
		for (; n < h->n_beds; n++)
			steps[n] = home_opening(h, n, *clock);
		return n;
	}
	for (; n < STEPS; n++) {
		*clock += USEC_PER_MIN;
		assert_true(home_next(h, *clock, &steps[n]));
	}
	steps[n++] = home_bad(h, *clock);
	return n;
}

static void reads_back(const struct sim_format *f, const char *adapter)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;
	enum bed_status status[24] = {0};
	struct sim_step steps[24];
	struct sim_home h;
	struct reader r = {.memory = memory_table_new(NULL), .home = &h, .status = status};
	usec_t clock = AT;

	assert_int_equal(zone_load(f->zone, &zone, NULL), 0);
	load(&r, adapter);
	home_init(&h, "fac_a", f->wards, f->n_wards, f->namer, 24, 11);
	for (size_t k = 0; k < FILES; k++) {
		_cleanup_(buf_done) struct buf bytes = BUF_INIT;
		size_t n = write_steps(&h, steps, &clock);
		f->write(&h, steps, n, AT, zone, &bytes);
		read_file(&r, &bytes);
		for (size_t i = 0; i < h.n_beds; i++)
			if (status[i] != h.beds[i].status)
				fail_msg("file %zu: %s is %s, not %s", k + 1, h.beds[i].id.p,
					 bed_status_name(status[i]),
					 bed_status_name(h.beds[i].status));
	}
	assert_int_equal(r.bad, FILES - 1);
	home_done(&h);
	memory_table_free(r.memory);
	adapter_free(r.adapter);
}

static void csv_reads_back_to_the_same_beds(void **state _unused_)
{
	reads_back(&sim_format_csv, "csv-visma/visma-beds.yaml");
}

static void hl7_reads_back_to_the_same_beds(void **state _unused_)
{
	reads_back(&sim_format_hl7, "hl7-simhospital/simhospital.yaml");
}

static void xml_reads_back_to_the_same_beds(void **state _unused_)
{
	reads_back(&sim_format_xml, "xml-gerica/gerica-beds.yaml");
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_reads_back_to_the_same_beds),
	    cmocka_unit_test(hl7_reads_back_to_the_same_beds),
	    cmocka_unit_test(xml_reads_back_to_the_same_beds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
