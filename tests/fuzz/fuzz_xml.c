/* First byte: the adapter and the piece size. The rest: an XML file. In one piece and in many it
 * makes the same events, bad records and verdict; every event passes event_check (run_out_prepare
 * sees to it), no bad record lacks a word. */
#include <assert.h>
#include <stdint.h>

#include "adapters/adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const yaml[] = {
    NULL, /* built-in */
    "adapter: any\nformat: xml\nmode: census\nxml: {record: '//*[@v]', namespaces: {b: "
    "'urn:b'}}\nevent:\n"
    "  bed_id: '{@v}_{../@v}_{.//b:t}_{text()}'\n  ward: '{../*}'\n"
    "  new_status: {from: '{b:s/@c}', map: {1: occupied}, default: available}\n",
    "adapter: held\nformat: xml\nmode: census\nxml: {record: '/*//*[id]'}\nevent:\n"
    "  bed_id: '{id}{@id}{id/@v}'\n  ward: '{../id}_{.}'\n"
    "  new_status: {from: '{@s}', map: {1: occupied}, default: available}\n",
    "adapter: row\nformat: xml\nmode: census\nencoding: windows-1252\nxml: {record: "
    "'/a/b//c'}\nevent:\n"
    "  bed_id: '{f[@n=\"i\"]}{f[@n=\"i\"]/@v}'\n  ward: ['{*/*/@w}', '{*/name()}']\n  new_status: "
    "'{../../@s}'\n",
};

static struct adapter *adapters[ARRAY_LEN(yaml)];

static int tell_events(void *ctx, const struct event *e, size_t n, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < n; i++)
		event_to_json(&e[i], ctx);
	return 0;
}

static int tell_bad(void *ctx, const struct bad_record *b, struct err *err)
{
	(void)err;
	assert(b->field && b->value_class && b->reason && b->message);
	buf_addf(ctx, "%llu %llu %s %s %s\n", (unsigned long long)b->record,
		 (unsigned long long)b->line, b->field, b->value_class, b->reason);
	return 0;
}

static void read_file(const struct adapter *a, struct span text, size_t piece, struct buf *out)
{
	const struct adapter_input input = {.facility = "fac_fuzz", .file_time = USEC_PER_SEC};
	const struct adapter_sink sink = {out, tell_events, tell_bad, NULL};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	struct err err = {0};
	bool last;
	int r;

	assert(adapter_run_new(a, &input, &sink, NULL, &run, &err) == 0);
	do {
		size_t n = text.n < piece ? text.n : piece;
		last = n == text.n;
		r = adapter_run_feed(run, span_of(text.p, n), last, &err);
		text = span_of(text.p + n, text.n - n);
	} while (r == 0 && !last);
	assert(r == 0 || err.message[0]);
	buf_addf(out, "%d", r);
}

static void set_up(void)
{
	struct err err;

	digest_setup();
	for (size_t i = 0; i < ARRAY_LEN(yaml); i++) {
		int r = yaml[i] ? adapter_parse("fuzz", span_str(yaml[i]), &adapters[i], NULL, &err)
				: adapter_builtin(FORMAT_XML, NULL, &adapters[i], &err);
		assert(r == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;

	if (!adapters[0])
		set_up();
	if (n < 1)
		return 0;
	const struct adapter *a = adapters[data[0] % ARRAY_LEN(yaml)];
	struct span text = span_of((const char *)data + 1, n - 1);
	read_file(a, text, SIZE_MAX, &whole);
	read_file(a, text, data[0] / ARRAY_LEN(yaml) + 1, &pieces);
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
