/* How many records a second become events, from bytes to the sink: make tests/bench/bench_adapters
 * && tests/bench/bench_adapters [thousand records]. */
#include <stdio.h>
#include <stdlib.h>

#include "adapters/adapter.h"

static const char csv_yaml[] =
    "adapter: bench-csv\nformat: csv\nencoding: utf-8\nzone: Europe/Oslo\ncsv: {delimiter: "
    "';'}\nevent:\n"
    "  bed_id: 'bed_{WARD}_{ROOM}_{BED}'\n"
    "  ward: {from: '{WARD}', map: {D: dementia, R: rehabilitation}}\n"
    "  care_level: {from: '{LEVEL}', map: {1: light, 2: medium, 3: intensive}}\n"
    "  new_status: {from: '{STATUS}', map: {L: available, O: occupied}}\n"
    "  changed_at: {from: '{TIME}', format: '%d.%m.%Y %H:%M'}\n"
    "  changed_by: {from: '{USER}', prefix: user_}\n";
static const char xml_yaml[] =
    "adapter: bench-xml\nformat: xml\nxml: {record: '/e/w/bed'}\nevent:\n"
    "  bed_id: 'bed_{../@code}_{room}_{@id}'\n  ward: {from: '{../@code}', map: {D: dementia}}\n"
    "  new_status: {from: '{status/@code}', map: {L: available, O: occupied}}\n"
    "  changed_at: '{status/@since}'\n  changed_by: {from: '{status/by}', prefix: user_}\n";

static void write_csv(struct buf *out, long records)
{
	buf_adds(out, "WARD;ROOM;BED;LEVEL;STATUS;TIME;USER;NAME\r\n");
	for (long i = 0; i < records; i++)
		buf_addf(out,
			 "%c;%ld;%c;%ld;%c;%02ld.04.2026 %02ld:%02ld;Hansen.%ld;Somebody %ld\r\n",
			 "DR"[i % 2], 100 + i % 40, "ABC"[i % 3], 1 + i % 3, "LO"[i % 2],
			 1 + i % 28, i % 24, i % 60, i % 50, i);
}

static void write_xml(struct buf *out, long records)
{
	buf_adds(out, "<e><w code=\"D\">");
	for (long i = 0; i < records; i++)
		buf_addf(out,
			 "<bed id=\"%ld\"><room>%ld</room><status code=\"%c\" "
			 "since=\"2026-04-%02ldT%02ld:14:22Z\">"
			 "<by>Hansen.%ld</by></status><who>Somebody %ld</who></bed>\n",
			 i % 4, 100 + i % 40, "LO"[i % 2], 1 + i % 28, i % 24, i % 50, i);
	buf_adds(out, "</w></e>");
}

static int take(void *ctx, const struct event *events, size_t n, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += n + (uint64_t)events[0].changed_at % 2;
	return 0;
}

static int read_once(const struct adapter *a, struct span file, uint64_t *ret_sum, struct err *err)
{
	const struct adapter_input input = {.facility = "fac_bench"};
	const struct adapter_sink sink = {.ctx = ret_sum, .events = take};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	int r = adapter_run_new(a, &input, &sink, NULL, &run, err);

	return r < 0 ? r : adapter_run_feed(run, file, true, err);
}

static int bench(const char *yaml, void (*write)(struct buf *out, long records), long records)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	_cleanup_(buf_done) struct buf file = BUF_INIT;
	struct err err = {0};
	uint64_t sum = 0;

	write(&file, records);
	if (adapter_parse("bench", span_str(yaml), &a, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return -1;
	}
	for (int round = 0; round < 3; round++) {
		usec_t start = clock_monotonic();
		if (read_once(a, buf_span(&file), &sum, &err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			return -1;
		}
		double seconds = (double)(clock_monotonic() - start) / 1e6;
		printf("%-10s %6.2f million records/s %6.0f MB/s\n", adapter_name(a),
		       (double)records / seconds / 1e6, (double)file.n / seconds / 1e6);
	}
	return sum > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	long records = (argc > 1 ? atol(argv[1]) : 500) * 1000;

	digest_setup();
	return bench(csv_yaml, write_csv, records) < 0 || bench(xml_yaml, write_xml, records) < 0;
}
