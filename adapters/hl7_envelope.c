#include "adapters/hl7_envelope.h"

static int unclosed(const struct hl7_item_sink *sink, const char *segment, uint64_t line,
		    uint64_t offset, struct err *err)
{
	const struct hl7_item item = {
	    .kind = HL7_ITEM_UNCLOSED, .segment = segment, .line = line, .offset = offset};
	return sink->item(sink->ctx, &item, err);
}

static int unclosed_batch(struct hl7_envelope *e, const struct hl7_item_sink *sink, struct err *err)
{
	return e->batch ? unclosed(sink, "BHS", e->batch_line, e->batch_offset, err) : 0;
}

static int open_batch(struct hl7_envelope *e, const struct hl7_item_sink *sink, uint64_t line,
		      uint64_t offset, struct err *err)
{
	int r = unclosed_batch(e, sink, err);
	e->batch = true;
	e->file_messages += e->messages;
	e->messages = 0;
	e->batches++;
	e->batch_line = line;
	e->batch_offset = offset;
	return r;
}

int hl7_envelope_end(struct hl7_envelope *e, const struct hl7_item_sink *sink, struct err *err)
{
	int r = unclosed_batch(e, sink, err);
	return r >= 0 && e->file ? unclosed(sink, "FHS", e->file_line, e->file_offset, err) : r;
}

static int open_file(struct hl7_envelope *e, const struct hl7_item_sink *sink, uint64_t line,
		     uint64_t offset, struct err *err)
{
	int r = hl7_envelope_end(e, sink, err);
	*e = (struct hl7_envelope){.file = true, .file_line = line, .file_offset = offset};
	return r;
}

/* BTS-1 or FTS-1 against what was counted; empty says nothing.
 * instead: what some senders count. */
static int check_count(const struct hl7_item_sink *sink, struct hl7_item *at, struct span count,
		       uint64_t counted, uint64_t instead, struct err *err)
{
	count = span_trim(count);
	if (count.n == 0)
		return 0;
	if (!span_to_i64(count, &at->expected) || at->expected < 0)
		at->expected = -1;
	if (at->expected == (int64_t)counted || at->expected == (int64_t)instead)
		return 0;
	at->kind = HL7_ITEM_COUNT;
	at->counted = (int64_t)counted;
	return sink->item(sink->ctx, at, err);
}

static int close_batch(struct hl7_envelope *e, const struct hl7_item_sink *sink,
		       struct hl7_item *at, struct span count, struct err *err)
{
	int r = check_count(sink, at, count, e->messages, e->messages, err);
	if (!e->batch)
		e->batches++;
	e->batch = false;
	e->file_messages += e->messages;
	e->messages = 0;
	return r;
}

/* Messages without a BHS around them are one batch; then some senders count the messages. */
static int close_file(struct hl7_envelope *e, const struct hl7_item_sink *sink, struct hl7_item *at,
		      struct span count, struct err *err)
{
	uint64_t messages = e->file_messages + e->messages;
	uint64_t batches = e->batches ? e->batches : messages > 0;
	int r = unclosed_batch(e, sink, err);
	if (r >= 0)
		r = check_count(sink, at, count, batches, e->batches ? batches : messages, err);
	*e = (struct hl7_envelope){0};
	return r;
}

int hl7_envelope_take(struct hl7_envelope *e, const struct hl7_item_sink *sink,
		      enum hl7_envelope_segment segment, struct span count, uint64_t line,
		      uint64_t offset, struct err *err)
{
	static const char *const names[] = {
	    [HL7_FHS] = "FHS", [HL7_BHS] = "BHS", [HL7_BTS] = "BTS", [HL7_FTS] = "FTS"};
	struct hl7_item at = {.segment = names[segment], .line = line, .offset = offset};
	switch (segment) {
	case HL7_FHS: return open_file(e, sink, line, offset, err);
	case HL7_BHS: return open_batch(e, sink, line, offset, err);
	case HL7_BTS: return close_batch(e, sink, &at, count, err);
	case HL7_FTS: return close_file(e, sink, &at, count, err);
	}
	return 0;
}
