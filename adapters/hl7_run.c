/* HL7 as a format: bytes → messages → what they mean → events. A message's events go out together
 * or not at all, and only then is the message, and where its visit lies, remembered. */
#include <ctype.h>
#include <string.h>

#include "adapters/charset.h"
#include "adapters/format.h"
#include "adapters/hl7_ack.h"
#include "adapters/hl7_charset.h"
#include "adapters/hl7_config.h"
#include "adapters/hl7_coverage.h"
#include "adapters/hl7_event.h"
#include "adapters/hl7_memory.h"
#include "adapters/hl7_stream.h"
#include "adapters/hl7_tombstone.h"
#include "adapters/hl7_xml.h"
#include "adapters/run_out.h"
#include "adapters/value_class.h"
#include "adapters/xml_text.h"

#define HEAD_MAX 16 /* bytes that show what the file is */

struct hl7_run {
	struct format_setup setup;
	const struct hl7_config *config;
	struct run_out *out;
	struct clock_format *time_format;
	struct hl7_stream stream; /* of pipes; */
	struct hl7_xml *xml;	  /* or of XML, which is turned into pipes */
	struct xml_text xml_text;
	struct charset *charset; /* of the file as a whole; NULL: each message says its own */
	const char *encoding;	 /* the last message's, as reported */
	char head[HEAD_MAX];
	size_t n_head;
	bool begun;
	struct hl7_message message;
	struct buf text;    /* the message as UTF-8, where it was not */
	struct buf ack;	    /* its acknowledgement, where one is wanted */
	struct arena arena; /* of one message */
	uint64_t records;
	struct hl7_coverage coverage;
	struct hl7_record record; /* the one that is read now */
};

static int report(struct hl7_record *x, const struct mapping_problem *p, bool warning,
		  struct err *err)
{
	struct bad_record b = {.record = x->place.record,
			       .line = x->place.line,
			       .offset = x->place.offset,
			       .field = p->field,
			       .value_class = p->value_class,
			       .reason = p->reason,
			       .message = p->message,
			       .warning = warning};
	return run_out_bad(x->out, &b, err);
}

static int bad(struct hl7_record *x, const char *field, const char *value_class, const char *reason,
	       const char *message, struct err *err)
{
	return report(x, &(struct mapping_problem){field, value_class, reason, message, 0}, false,
		      err);
}

static int warn(struct hl7_record *x, const char *field, const char *value_class,
		const char *reason, const char *message, struct err *err)
{
	return report(x, &(struct mapping_problem){field, value_class, reason, message, 0}, true,
		      err);
}

/* --- a message --- */

static int give_events(struct hl7_record *x, struct err *err)
{
	if (x->n == 0) {
		run_out_nothing(x->out);
		return 0;
	}
	int r = run_out_events(x->out, x->events, x->n, err);
	if (r < 0)
		return r;
	run_out_defaulted(x->out, x->problem.defaulted);
	return x->problem.reason ? report(x, &x->problem, true, err) : 0;
}

static int warn_of_id(struct hl7_record *x, struct err *err)
{
	return warn(x, "MSH-10", "mixed", "message_id_reused",
		    "another message had the same MSH-3, MSH-4 and MSH-10 with other content; "
		    "both were read. The sender should give each message an id of its own",
		    err);
}

static int warn_of_bed(struct hl7_record *x, struct err *err)
{
	return warn(x, "PV1-3", "mixed", "location_differs",
		    "the patient was known to have another bed, which this message does not "
		    "name: it stays as it is. Was a transfer or a cancel missed?",
		    err);
}

static int hand_over(struct hl7_record *x, struct err *err)
{
	enum message_seen seen;
	bool good;
	int r = run_out_prepare(x->out, &x->place, x->events, x->n, &good, err);
	if (r < 0 || !good)
		return r;
	if ((r = hl7_memory_seen(x, &seen, err)) < 0)
		return r;
	if (seen == MESSAGE_SAME) {
		run_out_duplicate(x->out);
		return 0;
	}
	struct span tombstone = hl7_tombstone_of(x);
	if ((r = give_events(x, err)) < 0 || (r = hl7_memory_visits(x, tombstone, err)) < 0)
		return r;
	if (hl7_memory_leaves_a_bed(x) && (r = warn_of_bed(x, err)) < 0)
		return r;
	return seen == MESSAGE_CHANGED ? warn_of_id(x, err) : 0;
}

static int check_location(struct hl7_record *x, struct err *err)
{
	run_out_nothing(x->out);
	if (!hl7_event_differs(x))
		return 0;
	return warn(x, "PV1-3", "mixed", "location_differs",
		    "the message tells of a patient in another bed than is known, or in one that "
		    "is known to be free; no bed was changed. Was a transfer or an admission "
		    "missed?",
		    err);
}

/* It may be a cancel that names no bed, of a visit that is not known yet. */
static int take_nothing(struct hl7_record *x, struct err *err)
{
	run_out_nothing(x->out);
	if (!x->adt.has_visit)
		return 0;
	hl7_event_time(x);
	struct span tombstone = hl7_tombstone_of(x);
	return tombstone.n ? hl7_memory_visits(x, tombstone, err) : 0;
}

static int take_effects(struct hl7_record *x, struct err *err)
{
	const struct hl7_reading *adt = &x->adt;
	if (adt->bad_field && (adt->n == 0 || !mapping_has(x->setup->mapping, "new_status")))
		return bad(x, adt->bad_field, value_class(adt->bad_value), adt->bad_reason,
			   adt->bad_message, err);
	if (adt->n == 0)
		return take_nothing(x, err);
	hl7_event_time(x);
	if (hl7_tombstone_stops(x)) {
		hl7_record_note(
		    x, "messages that were cancelled before they came: no bed changes status");
		run_out_nothing(x->out);
		return 0;
	}
	if (adt->effects[0].rule == HL7_CHECK)
		return check_location(x, err);
	return hl7_event_make(x) < 0 ? report(x, &x->problem, false, err) : hand_over(x, err);
}

static int take_text(struct hl7_run *run, struct hl7_record *x, struct err *err)
{
	hl7_adt_read(x->message, &run->config->site, x->setup->memory, x->arena, &x->adt);
	memset(x->beds, 0, (x->adt.n + 1) * sizeof(*x->beds));
	/* Three letters might be a name's. */
	if (isdigit((unsigned char)x->adt.trigger[1]) && isdigit((unsigned char)x->adt.trigger[2]))
		run_out_type(run->out, x->adt.trigger);
	if (x->message->too_long)
		return bad(x, "", "too long", "too_long", "a field is longer than 65,536 bytes",
			   err);
	hl7_record_note(x, x->adt.note);
	hl7_record_note(x, x->adt.doubt);
	if (x->message->joined_lines)
		hl7_record_note(
		    x,
		    "messages with lines that are no segments: read as part of the segment before");
	if (x->adt.trigger[0])
		hl7_coverage_count(&run->coverage, x->message, run->config);
	if (x->adt.trigger[0] && run->setup.watch)
		hl7_coverage_fields(&run->coverage, x->message, run->config);
	return take_effects(x, err);
}

static struct span to_utf8(struct hl7_run *run, struct hl7_record *x, struct span bytes)
{
	const char *name;
	enum hl7_charset_doubt doubt;
	if (run->charset || run->xml)
		return bytes;
	bytes = hl7_charset_to_utf8(bytes, x->message, x->arena, &run->text, &name, &doubt);
	if (name != run->encoding)
		run_out_encoding(run->out, name);
	run->encoding = name;
	if (doubt == HL7_CHARSET_UNKNOWN)
		hl7_record_note(x, "messages whose MSH-18 names a character set that is not known");
	else if (doubt == HL7_CHARSET_SEVERAL)
		hl7_record_note(
		    x, "messages whose MSH-18 names several character sets: the first is read");
	else if (doubt == HL7_CHARSET_GUESSED)
		hl7_record_note(
		    x,
		    "messages that name no character set and are not UTF-8: read as windows-1252");
	return bytes;
}

static int take_message(struct hl7_run *run, struct hl7_record *x, struct span bytes,
			struct err *err)
{
	struct err why;
	bytes = to_utf8(run, x, bytes);
	x->is_utf8 = span_is_utf8(bytes, NULL);
	if (hl7_parse(x->message, bytes, &why) >= 0)
		return take_text(run, x, err);
	if (why.code == ERR_LIMIT)
		return bad(x, "", "too long", "too_many_segments", why.message, err);
	return bad(x, "MSH", "mixed", "bad_header", why.message, err);
}

/* What is to be acknowledged of it is kept, not written: the file may yet be rejected. */
static int keep_ack(struct hl7_run *run, struct hl7_record *x, struct err *err)
{
	const struct adapter_acks *acks = run->setup.acks;
	struct hl7_ack ack;
	if (!acks || !hl7_ack_of(x, run->out->is_bad ? &run->out->bad : NULL, &ack))
		return 0;
	buf_clear(&run->ack);
	hl7_ack_to_line(&ack, &run->ack);
	return acks->line(acks->ctx, buf_span(&run->ack), err);
}

/* --- the stream's items --- */

static int take_count(struct hl7_record *x, const struct hl7_item *item, struct err *err)
{
	bool of_batch = strcmp(item->segment, "BTS") == 0, more = item->expected > item->counted;
	const char *message =
	    item->expected < 0
		? arena_printf(x->arena, "%s-1 should be a count, but is no number", item->segment)
		: arena_printf(
		      x->arena,
		      "%s-1 counts %s than stand before it, %lld: %s What is there was read",
		      item->segment, more ? "more" : "fewer", (long long)item->counted,
		      more ? "is something missing?"
			   : "is it the end of another batch, or was one written twice?");
	return warn(x, of_batch ? "BTS-1" : "FTS-1", item->expected < 0 ? "mixed" : "digits",
		    "count_differs", message, err);
}

static int take_unclosed(struct hl7_record *x, const struct hl7_item *item, struct err *err)
{
	const char *message =
	    arena_printf(x->arena, "%s without its %s: was the file cut? What is there was read",
			 item->segment, item->segment[0] == 'B' ? "BTS" : "FTS");
	return warn(x, item->segment, "empty", "envelope_unclosed", message, err);
}

static int take_cut(struct hl7_record *x, struct err *err)
{
	return warn(x, "", "empty", "envelope_unclosed",
		    "the elements around the messages are not closed: was the file cut? What is "
		    "there was read",
		    err);
}

static bool is_record(enum hl7_item_kind kind)
{
	return kind != HL7_ITEM_COUNT && kind != HL7_ITEM_UNCLOSED && kind != HL7_ITEM_CUT;
}

/* The record's large tables are left as they are: n says how much of them is valid. */
static void begin_record(struct hl7_run *run, const struct hl7_item *item)
{
	struct hl7_record *x = &run->record;
	arena_reset(&run->arena);
	run->records += is_record(item->kind);
	x->place = (struct run_place){run->records, item->line, item->offset};
	run_out_begin(run->out, &x->place);
	x->given = MAPPING_GIVEN_NONE;
	x->given.zone = run->setup.zone;
	x->given.watch = run->setup.watch;
	x->given.memory = run->setup.memory;
	x->time = SPAN_NONE;
	x->bad_time = NULL;
	x->n = 0;
	x->adt.trigger[0] = '\0';
	x->problem = (struct mapping_problem){0};
}

static int on_item(void *ctx, const struct hl7_item *item, struct err *err)
{
	struct hl7_run *run = ctx;
	struct hl7_record *x = &run->record;
	int r;
	begin_record(run, item);
	switch (item->kind) {
	case HL7_ITEM_MESSAGE:
		r = take_message(run, x, item->bytes, err);
		return r < 0 ? r : keep_ack(run, x, err);
	case HL7_ITEM_STRAY:
		return bad(x, "MSH", "empty", "no_msh",
			   "lines that belong to no message: a message begins with MSH", err);
	case HL7_ITEM_TOO_LONG:
		return bad(x, "", "too long", "too_long",
			   "a message longer than 1 MiB was passed over", err);
	case HL7_ITEM_COUNT: return take_count(x, item, err);
	case HL7_ITEM_UNCLOSED: return take_unclosed(x, item, err);
	case HL7_ITEM_BROKEN: return bad(x, "", "mixed", "not_well_formed", item->why, err);
	case HL7_ITEM_CUT: return take_cut(x, err);
	}
	return 0;
}

/* --- the run --- */

static void run_free(void *p)
{
	struct hl7_run *run = p;
	if (!run)
		return;
	hl7_stream_done(&run->stream);
	hl7_xml_free(run->xml);
	xml_text_done(&run->xml_text);
	charset_free(run->charset);
	clock_format_free(run->time_format);
	hl7_message_done(&run->message);
	buf_done(&run->text);
	buf_done(&run->ack);
	arena_done(&run->arena);
	free(run);
}

static int run_new(const struct format_setup *setup, struct run_out *out, void **ret_run,
		   struct err *err)
{
	struct hl7_run *run = calloc(1, sizeof(*run));
	if (!run)
		abort();
	run->setup = *setup;
	run->config = setup->config;
	run->out = out;
	hl7_stream_init(&run->stream, (struct hl7_item_sink){run, on_item});
	int r = clock_format_compile(hl7_format.time_format, &run->time_format, err);
	if (r < 0) {
		run_free(run);
		return r;
	}
	run->record.setup = &run->setup;
	run->record.time_format = run->time_format;
	run->record.out = out;
	run->record.message = &run->message;
	run->record.arena = &run->arena;
	*ret_run = run;
	return 0;
}

/* v2.xml: the first character that is no white space, framing or byte order mark is a <. */
static bool is_xml(struct span head)
{
	static const char before[] = " \t\r\n\x0B\xEF\xBB\xBF\xFE\xFF";
	size_t i = 0;
	while (i < head.n && (head.p[i] == 0 || strchr(before, head.p[i])))
		i++;
	return i < head.n && head.p[i] == '<';
}

/* The adapter's encoding, a byte order mark, or UTF-16 without one, decides for the whole file.
 * Else each message says for itself (MSH-18). */
static int begin(struct hl7_run *run, struct err *err)
{
	struct span head = span_of(run->head, run->n_head);
	const char *name = run->setup.encoding;
	bool marked = span_starts(head, SPAN("\xEF\xBB\xBF")) ||
		      span_starts(head, SPAN("\xFF\xFE")) || span_starts(head, SPAN("\xFE\xFF"));
	run->begun = true;
	if (is_xml(head)) {
		run->xml = hl7_xml_new(&(struct hl7_item_sink){run, on_item});
		return 0;
	}
	if (!name && !marked)
		name = hl7_charset_sniff(head);
	if (!name && !marked)
		return 0;
	return charset_new(name, NULL, &run->charset, err);
}

static int feed_xml(struct hl7_run *run, struct span bytes, bool last, struct err *err)
{
	struct span text;
	int r = xml_text_feed(&run->xml_text, run->setup.encoding, bytes, last, &text, err);
	if (r < 0)
		return r;
	if (run->xml_text.charset)
		run_out_encoding(run->out, charset_name(run->xml_text.charset));
	return hl7_xml_feed(run->xml, text, last, err);
}

static int feed_text(struct hl7_run *run, struct span bytes, bool last, struct err *err)
{
	if (run->xml)
		return feed_xml(run, bytes, last, err);
	if (run->charset) {
		bytes = charset_decode(run->charset, bytes, last);
		run_out_encoding(run->out, charset_name(run->charset));
	}
	return hl7_stream_feed(&run->stream, bytes, last, err);
}

static int feed_head(struct hl7_run *run, struct span *bytes, bool last, struct err *err)
{
	while (bytes->n && run->n_head < HEAD_MAX) {
		run->head[run->n_head++] = *bytes->p;
		*bytes = span_of(bytes->p + 1, bytes->n - 1);
	}
	if (run->n_head < HEAD_MAX && !last)
		return 0;
	int r = begin(run, err);
	return r < 0 ? r : feed_text(run, span_of(run->head, run->n_head), false, err);
}

static int end_file(struct hl7_run *run, struct err *err)
{
	hl7_coverage_report(&run->coverage, run->out);
	if (run->xml && hl7_xml_messages(run->xml) == 0)
		return err_set(err, ERR_INVALID,
			       "not HL7 v2: XML without an element MSH (in the namespace "
			       "urn:hl7-org:v2xml, or in none)");
	if (run->stream.n_messages == 0 && run->stream.n_stray > 0)
		return err_set(err, ERR_INVALID, "not HL7 v2: no line of the file begins with MSH");
	return 0;
}

static int run_feed(void *p, struct span bytes, bool last, struct err *err)
{
	struct hl7_run *run = p;
	int r = run->begun ? 0 : feed_head(run, &bytes, last, err);
	if (r >= 0 && run->begun)
		r = feed_text(run, bytes, last, err);
	return r >= 0 && last ? end_file(run, err) : r;
}

const struct format_ops hl7_format = {
    .defaults_yaml = "bed_id: \"bed_{PL.1}_{PL.2}_{PL.3}\"\n"
		     "ward: \"{PL.1}\"\n"
		     "changed_by: {from: \"{EVN-5.1}\", prefix: user_}\n",
    .requires_status = false,
    .keys = hl7_config_keys,
    .time_format = "hl7",
    .configure = hl7_config_read,
    .config_free = hl7_config_free,
    .resolve = hl7_config_resolve,
    .run_new = run_new,
    .run_feed = run_feed,
    .run_free = run_free,
};
