/* How many records a second become events, from bytes to the sink, on one core; and the same bytes
 * through libraries that only parse them, beside it: make tests/bench/bench_adapters &&
 * tests/bench/bench_adapters [thousand records [hl7|csv|xml [FILE]]]. Best of five rounds, by the
 * clock and by what the processor spent; ratios are of the second. With
 * FILE what would be read is written there instead, for peers in other languages. */
#include <stdio.h>
#include <stdlib.h>

#include "adapters/adapter.h"
#include "adapters/memory_table.h"
#include "base/files.h"
#include "tests/bench/bench_load.h"
#include "tests/bench/bench_peers.h"
#include "tests/bench/bench_time.h"

#define ROUNDS 5

static int take(void *ctx, const struct event *events, size_t n, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += n + (uint64_t)events[0].changed_at % 2;
	return 0;
}

/* with_memory: HL7 then knows visits and messages again, as the watcher does. */
static int read_once(const struct adapter *a, struct span file, bool with_memory, struct err *err)
{
	const struct adapter_input input = {.facility = "fac_bench"};
	uint64_t sum = 0;
	const struct adapter_sink sink = {.ctx = &sum, .events = take};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	_cleanup_(memory_table_freep) struct memory_table *table =
	    with_memory ? memory_table_new(NULL) : NULL;
	int r =
	    adapter_run_new(a, &input, &sink, table ? memory_table_memory(table) : NULL, &run, err);

	return r < 0 ? r : adapter_run_feed(run, file, true, err);
}

/* Of the best round; 0 on failure. */
static struct bench_time time_ours(const struct adapter *a, struct span file, bool with_memory)
{
	struct bench_time best = {0};
	struct err err = {0};

	for (int round = 0; round < ROUNDS; round++) {
		struct bench_time start = bench_now();
		if (read_once(a, file, with_memory, &err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			return (struct bench_time){0};
		}
		best = bench_best(best, bench_since(start));
	}
	return best;
}

static struct bench_time time_peer(const struct bench_peer *peer, struct span file,
				   uint64_t records)
{
	struct bench_time best = {0};

	for (int round = 0; round < ROUNDS; round++) {
		struct bench_time start = bench_now();
		if (peer->read(file) != records)
			return (struct bench_time){0};
		best = bench_best(best, bench_since(start));
	}
	return best;
}

static void print(const struct bench_load *load, const char *who, long records, size_t bytes,
		  struct bench_time t, struct bench_time ours)
{
	printf("%-4s %-44s cpu %9.0f %s/s %5.0f MB/s   wall %9.0f /s %5.0f MB/s", load->name, who,
	       (double)records / t.cpu, load->what, (double)bytes / t.cpu / 1e6,
	       (double)records / t.wall, (double)bytes / t.wall / 1e6);
	if (ours.cpu > 0)
		printf("   bedpost is %.2f × as fast", t.cpu / ours.cpu);
	printf("\n");
	fflush(stdout);
}

static int bench(const struct bench_load *load, long records)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	_cleanup_(buf_done) struct buf file = BUF_INIT;
	struct err err = {0};

	load->write(&file, 0, records);
	if (adapter_parse("bench", span_str(load->yaml), &a, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return -1;
	}
	struct bench_time ours = time_ours(a, buf_span(&file), false);
	if (ours.cpu == 0)
		return -1;
	print(load, "bedpost, to events", records, file.n, ours, (struct bench_time){0});
	if (adapter_format(a) == FORMAT_HL7) {
		struct bench_time remembering = time_ours(a, buf_span(&file), true);
		print(load, "bedpost, visits and messages remembered", records, file.n, remembering,
		      ours);
	}
	for (const struct bench_peer *peer = bench_peers; peer->name; peer++) {
		if (strcmp(peer->load, load->name) != 0)
			continue;
		struct bench_time theirs = time_peer(peer, buf_span(&file), (uint64_t)records);
		if (theirs.cpu > 0)
			print(load, peer->name, records, file.n, theirs, ours);
		else
			printf("%-4s %s\n", load->name, peer->name);
	}
	return 0;
}

static int write_load(const struct bench_load *load, long records, const char *path)
{
	_cleanup_(buf_done) struct buf file = BUF_INIT;
	struct err err = {0};

	load->write(&file, 0, records);
	if (files_replace(path, 0644, buf_span(&file), &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.message);
	return -1;
}

int main(int argc, char **argv)
{
	long records = (argc > 1 ? atol(argv[1]) : 200) * 1000;
	const char *only = argc > 2 ? argv[2] : NULL, *path = argc > 3 ? argv[3] : NULL;
	int failed = 0;

	digest_setup();
	for (const struct bench_load *load = bench_loads; load->name; load++)
		if (!only || strcmp(only, load->name) == 0)
			failed |= path ? write_load(load, records, path) : bench(load, records);
	return failed ? 1 : 0;
}
