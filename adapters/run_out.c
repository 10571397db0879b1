#include "adapters/run_out.h"

#include <string.h>

void run_out_init(struct run_out *out, const char *adapter, enum adapter_mode mode,
		  const struct adapter_input *input, const struct adapter_sink *sink,
		  const struct adapter_memory *memory)
{
	char hex[DIGEST_HEX + 1];

	*out = (struct run_out){.sink = sink, .memory = memory, .mode = mode};
	out->facility = span_str(input->facility);
	out->adapter = span_str(adapter);
	memcpy(out->file_hex, digest_hex(&input->file, hex), DIGEST_BYTES);
	out->file = span_of(out->file_hex, DIGEST_BYTES);
	event_ids_begin(&out->ids, out->facility, out->adapter, out->file);
	out->summary.notes = out->notes;
	out->summary.encoding = out->encoding;
}

void run_out_done(struct run_out *out)
{
	arena_done(&out->arena);
}

_hot_ void run_out_begin(struct run_out *out, const struct run_place *at)
{
	out->fate.record = at->record;
	out->fate.line = at->line;
	out->fate.offset = at->offset;
	out->fate.type = NULL;
	out->fate.n_why = 0;
	out->is_bad = false;
}

void run_out_type(struct run_out *out, const char *type)
{
	out->fate.type = type;
}

_hot_ static void end_record(struct run_out *out, enum record_fate_kind kind, size_t events)
{
	out->summary.records++;
	if (!out->sink->record)
		return;
	out->fate.kind = kind;
	out->fate.events = events;
	out->sink->record(out->sink->ctx, &out->fate);
}

_hot_ static int check(struct run_out *out, const struct event *e, struct err *why)
{
	struct span time_source = e->source.time_source;

	if (out->has_checked && time_source.p == out->checked_time_source.p &&
	    time_source.n == out->checked_time_source.n)
		return event_check_change(e, why);
	int r = event_check(e, why);
	if (r == 0) {
		out->checked_time_source = time_source;
		out->has_checked = true;
	}
	return r;
}

_hot_ int run_out_prepare(struct run_out *out, const struct run_place *at, struct event *events,
			  size_t n, bool *ret_good, struct err *err)
{
	struct err why;

	*ret_good = true;
	for (size_t i = 0; i < n; i++) {
		struct event *e = &events[i];
		e->facility_id = out->facility;
		e->source.adapter = out->adapter;
		e->source.file = out->file;
		e->source.record = (uint32_t)at->record;
		e->source.ordinal = (uint32_t)i;
		e->id = event_ids_make(&out->ids, e);
		if (check(out, e, &why) == 0)
			continue;
		*ret_good = false;
		struct bad_record bad = {.record = at->record,
					 .line = at->line,
					 .offset = at->offset,
					 .field = "",
					 .value_class = "mixed",
					 .reason = "bad_event",
					 .message = why.message};
		return run_out_bad(out, &bad, err);
	}
	return 0;
}

/* In a census a bed that is as the home knows it makes no event. */
static bool is_news(const struct run_out *out, const struct event *e)
{
	struct bed_memory known;

	return out->mode != MODE_CENSUS || out->sink->wants_all || !out->memory ||
	       !out->memory->bed || !out->memory->bed(out->memory->ctx, e->bed_id, &known) ||
	       known.status != e->new_status;
}

_hot_ int run_out_events(struct run_out *out, const struct event *events, size_t n, struct err *err)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && is_news(out, &events[i]))
			continue;
		if (i > from) {
			int r = out->sink->events(out->sink->ctx, events + from, i - from, err);
			if (r < 0)
				return r;
			out->summary.events += i - from;
		}
		if (i < n)
			run_out_note(out, "census: beds that are as they were", 1);
		from = i + 1;
	}
	end_record(out, RECORD_EVENTS, n);
	return 0;
}

int run_out_bad(struct run_out *out, const struct bad_record *bad, struct err *err)
{
	if (!bad->warning) {
		out->bad = *bad;
		out->is_bad = true;
	}
	int r = out->sink->bad ? out->sink->bad(out->sink->ctx, bad, err) : 0;

	if (bad->warning) {
		out->summary.warnings++;
	} else {
		out->summary.bad++;
		end_record(out, RECORD_BAD, 0);
	}
	return r;
}

void run_out_nothing(struct run_out *out)
{
	end_record(out, RECORD_NOTHING, 0);
}

void run_out_duplicate(struct run_out *out)
{
	out->summary.duplicates++;
	end_record(out, RECORD_DUPLICATE, 0);
}

void run_out_note(struct run_out *out, const char *what, uint64_t n)
{
	size_t i = 0;

	while (i < out->summary.n_notes && out->notes[i].what != what &&
	       strcmp(out->notes[i].what, what) != 0)
		i++;
	if (i == RUN_NOTES_MAX - 1)
		what = "more kinds than are counted apart";
	if (i == RUN_NOTES_MAX)
		i--;
	if (i == out->summary.n_notes) {
		out->notes[i].what = arena_strdup(&out->arena, what);
		out->summary.n_notes++;
	}
	out->notes[i].count += n;
	if (out->fate.n_why < RECORD_WHY_MAX)
		out->fate.why[out->fate.n_why++] = out->notes[i].what;
}

static const char *const unread_names[UNREAD_COUNT] = {
    [UNREAD_COLUMN] = "column",	   [UNREAD_ELEMENT] = "element", [UNREAD_ATTRIBUTE] = "attribute",
    [UNREAD_SEGMENT] = "segment",  [UNREAD_FIELD] = "field",	 [UNREAD_CODE] = "code",
    [UNREAD_UNMET] = "unmet code",
};

const char *adapter_unread_name(enum adapter_unread kind)
{
	return unread_names[kind];
}

void run_out_unread(struct run_out *out, enum adapter_unread kind, const char *name, uint64_t n)
{
	const char *what = kind == UNREAD_CODE	  ? "is not in the map"
			   : kind == UNREAD_UNMET ? "of the map stands in no record"
						  : "is not read";
	const size_t before = out->summary.n_notes;
	const bool is_code = kind == UNREAD_CODE || kind == UNREAD_UNMET;

	run_out_note(out,
		     is_code
			 ? arena_printf(&out->arena, "%s %s", name, what)
			 : arena_printf(&out->arena, "%s %s %s", unread_names[kind], name, what),
		     n);
	if (out->summary.n_notes > before && before < RUN_NOTES_MAX - 1) {
		out->notes[before].kind = kind;
		out->notes[before].name = arena_strdup(&out->arena, name);
	}
}

/* The note of a field is made once and then counted: a default may be taken by every record. */
void run_out_defaulted(struct run_out *out, unsigned fields)
{
	for (unsigned i = 0; fields >> i; i++) {
		if (!(fields >> i & 1))
			continue;
		if (!out->default_notes[i])
			out->default_notes[i] = arena_printf(
			    &out->arena, "%s: values that are not in the map took the default",
			    mapping_field_name(i));
		run_out_note(out, out->default_notes[i], 1);
	}
}

void run_out_encoding(struct run_out *out, const char *name)
{
	(void)snprintf(out->encoding, sizeof(out->encoding), "%s", name);
}
