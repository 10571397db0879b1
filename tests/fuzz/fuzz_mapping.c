/* Up to a line "---": an adapter. Behind it: a file. Any text as an adapter is refused with a place
 * or compiled; any file is then read to its end or refused with a sentence. */
#include <assert.h>
#include <stdint.h>

#include "adapters/adapter.h"
#include "adapters/memory_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int take_events(void *ctx, const struct event *e, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		assert(event_check(&e[i], err) == 0);
		memory_table_take(ctx, &e[i]);
	}
	return 0;
}

static int take_bad(void *ctx, const struct bad_record *b, struct err *err)
{
	(void)ctx;
	(void)err;
	assert(b->field && b->value_class && b->reason && b->message);
	assert(b->record > 0 || b->warning); /* 0: of the file */
	return 0;
}

static void read_file(const struct adapter *a, struct span text)
{
	const struct adapter_input input = {.facility = "fac_fuzz", .file_time = USEC_PER_SEC};
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	const struct adapter_sink sink = {memory, take_events, take_bad, NULL};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	struct err err = {0};

	if (adapter_run_new(a, &input, &sink, memory_table_memory(memory), &run, &err) < 0 ||
	    adapter_run_feed(run, text, true, &err) < 0) {
		assert(err.message[0]);
		return;
	}
	const struct adapter_summary *s = adapter_run_summary(run);
	assert(s->bad + s->duplicates <= s->records);
	(void)adapter_rejects(a, s->bad, s->records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char between[] = "\n---\n";
	struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err = {0};
	const char *text = (const char *)data;
	const char *at = n ? memmem(text, n, between, sizeof(between) - 1) : NULL;
	size_t yaml = at ? (size_t)(at - text) + 1 : n;

	digest_setup();
	if (adapter_parse("fuzz.yaml", span_of(text, yaml), &a, &conf, &err) < 0) {
		assert(err.message[0] && !a);
		if (conf)
			assert(conf_problem_count(conf) > 0);
		conf_free(conf);
		return 0;
	}
	assert(!conf && adapter_name(a));
	(void)adapter_matches(a, "BEDS_1.csv");
	if (at)
		read_file(a, span_of(at + sizeof(between) - 1, n - yaml - sizeof(between) + 2));
	adapter_free(a);
	return 0;
}
