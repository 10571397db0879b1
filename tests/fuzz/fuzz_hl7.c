/* An HL7 file through the built-in adapter: whole and in pieces it says the same, and what it says
 * of events passes the door. Then each of its lines as a reference, and as text with escapes. */
#include <assert.h>

#include "adapters/adapter.h"
#include "adapters/hl7_text.h"
#include "adapters/memory_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct heard {
	struct buf text;
	struct memory_table *memory;
};

static int hear_events(void *ctx, const struct event *events, size_t n, _unused_ struct err *err)
{
	struct heard *h = ctx;

	for (size_t i = 0; i < n; i++) {
		assert(event_check(&events[i], NULL) == 0);
		event_to_json(&events[i], &h->text);
		buf_addc(&h->text, '\n');
		memory_table_take(h->memory, &events[i]);
	}
	return 0;
}

static int hear_bad(void *ctx, const struct bad_record *b, _unused_ struct err *err)
{
	struct heard *h = ctx;

	buf_addf(&h->text, "%d %lu %lu %lu %s %s %s %s\n", b->warning, b->record, b->line,
		 b->offset, b->field, b->value_class, b->reason, b->message);
	return 0;
}

static const struct adapter *the_adapter(void)
{
	static struct adapter *a;

	digest_setup();
	if (!a && adapter_builtin(FORMAT_HL7, "Europe/Oslo", &a, NULL) < 0)
		abort();
	return a;
}

static void run(struct span bytes, size_t piece, struct heard *h)
{
	struct adapter_input input = {.facility = "fac_fuzz", .file_time = USEC_NONE};
	struct adapter_sink sink = {h, hear_events, hear_bad, NULL};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	int r = adapter_run_new(the_adapter(), &input, &sink, memory_table_memory(h->memory), &run,
				NULL);

	for (bool last = false; r >= 0 && !last;) {
		size_t n = bytes.n < piece ? bytes.n : piece;
		last = n == bytes.n;
		r = adapter_run_feed(run, span_of(bytes.p, n), last, NULL);
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	const struct adapter_summary *s = run ? adapter_run_summary(run) : NULL;
	if (s)
		buf_addf(&h->text, "%d %lu %lu %lu %lu %lu\n", r, s->records, s->events, s->bad,
			 s->warnings, s->duplicates);
}

static void whole_and_pieces_are_the_same(struct span bytes)
{
	struct heard whole = {BUF_INIT, memory_table_new(NULL)};
	struct heard pieces = {BUF_INIT, memory_table_new(NULL)};

	run(bytes, SIZE_MAX, &whole);
	run(bytes, bytes.n % 11 + 1, &pieces);
	assert(span_eq(buf_span(&whole.text), buf_span(&pieces.text)));
	buf_done(&whole.text);
	buf_done(&pieces.text);
	memory_table_free(whole.memory);
	memory_table_free(pieces.memory);
}

static void references_and_escapes(struct span bytes)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(hl7_message_done) struct hl7_message m = HL7_MESSAGE_INIT;
	struct span line;
	struct field_ref ref = {0};

	if (hl7_parse(&m, bytes, NULL) < 0)
		return;
	for (int i = 0; i < 100 && span_cut(&bytes, '\n', &line); i++) {
		struct span text = hl7_decode(&m, line, &a);
		assert(text.n <= line.n);
		if (hl7_ref_parse(line, &ref, NULL) == 0)
			(void)hl7_get(&m, &ref, 0, &a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span bytes = span_of((const char *)data, n);

	whole_and_pieces_are_the_same(bytes);
	references_and_escapes(bytes);
	return 0;
}
