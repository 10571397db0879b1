/* First byte: what the rest is. b: a batch as received; l: event lines, put under a header that
 * fits them; e: an event; a: a region's answer; i: a text to make an identifier of. What is
 * accepted goes round. */
#include <assert.h>

#include "bed/ident.h"
#include "bed/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void event_goes_round(struct span json, struct arena *a)
{
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	struct event e;

	if (event_from_json(json, a, &e, NULL) < 0)
		return;
	event_to_json(&e, &once);
	assert(event_from_json(buf_span(&once), a, &e, NULL) == 0);
	event_to_json(&e, &twice);
	assert(span_eq(buf_span(&once), buf_span(&twice)));
}

static void batch_holds_what_its_header_says(struct span body, struct arena *a)
{
	struct wire_batch b;

	if (wire_decode(body, a, &b, NULL) < 0)
		return;
	assert(b.header.count <= WIRE_EVENTS_MAX);
	for (uint32_t i = 0; i < b.header.count; i++) {
		assert(b.items[i].seq == b.header.first + i);
		assert(b.items[i].valid ? event_check(&b.items[i].event, NULL) == 0
					: !!b.items[i].reason);
	}
}

static void lines_under_a_header(struct span lines, struct arena *a)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT;
	struct wire_header h = {.facility = SPAN("fac_a"),
				.epoch = SPAN("0f8fad5b-d9cb-469f-a165-70867728950e"),
				.first = 1,
				.agent = SPAN("fuzz")};

	for (size_t i = 0; i < lines.n; i++)
		h.count += lines.p[i] == '\n';
	h.last = h.count;
	if (wire_encode(&h, lines, &body, NULL) == 0)
		batch_holds_what_its_header_says(buf_span(&body), a);
}

static void answer_goes_round(struct span json, struct arena *a)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct wire_answer w;

	if (wire_answer_from_json(json, a, &w, NULL) < 0)
		return;
	wire_answer_to_json(&w, &out);
	assert(wire_answer_from_json(buf_span(&out), a, &w, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct span rest = span_of((const char *)data + 1, n ? n - 1 : 0);

	if (!n)
		return 0;
	digest_setup();
	switch (data[0]) {
	case 'b': batch_holds_what_its_header_says(rest, &a); break;
	case 'l': lines_under_a_header(rest, &a); break;
	case 'e': event_goes_round(rest, &a); break;
	case 'a': answer_goes_round(rest, &a); break;
	case 'i': {
		struct span id = ident_make(&a, rest);
		assert(!id.p || (ident_is_valid(id) && span_eq(ident_make(&a, id), id)));
		break;
	}
	}
	return 0;
}
