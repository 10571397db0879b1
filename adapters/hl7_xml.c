#include "adapters/hl7_xml.h"

#include <ctype.h>
#include <string.h>

#include "adapters/hl7_xml_join.h"
#include "adapters/hl7_xml_resume.h"
#include "adapters/hl7_xml_segment.h"
#include "adapters/xml_match.h"
#include "adapters/xml_sax.h"

#define NAMESPACE  "urn:hl7-org:v2xml"
#define ROOT	   "<x>" /* around all documents of the file */
#define ROOT_END   "</x>"
#define NUMBER_MAX 999 /* of a field, or a part of one */
/* The parser gets text in blocks of this size, however it comes in: where it finds a mistake
 * depends a little on that, and a file is to say the same each time. */
#define BLOCK ((size_t)64 << 10)

struct hl7_xml {
	struct xml_sax sax; /* first: see there */
	struct hl7_item_sink sink;
	struct hl7_xml_join join;
	struct hl7_xml_resume resume;
	struct hl7_envelope envelope;
	bool begun;
	unsigned depth;
	char parent[XML_DEPTH_MAX + 2][4]; /* a segment-like name of each open element, else "" */
	/* Depths of the open message (of the element around its MSH), segment and field; 0: none */
	unsigned message, segment, field;
	unsigned skipped; /* of an element in a message that is not HL7's; 0: none */
	struct hl7_xml_segment at;
	uint64_t at_line, at_offset;
	struct buf text; /* the message, so far */
	bool too_long;
	uint64_t line, offset; /* of the message's MSH */
	uint64_t n_messages, n_whole;
	struct buf block;
	uint64_t fed;		/* bytes of text that the parser was given */
	struct err first_break; /* why the file is refused, if no message of it is whole */
	bool stray; /* segments without an MSH were told of, and none with one has come since */
};

/* --- items --- */

static void give(struct hl7_xml *x, const struct hl7_item *item)
{
	if (x->sax.code == 0 && x->sink.item(x->sink.ctx, item, &x->sax.err) < 0)
		xml_sax_stop(&x->sax);
}

static void end_message(struct hl7_xml *x)
{
	struct hl7_item item = {.kind = HL7_ITEM_MESSAGE, .line = x->line, .offset = x->offset};
	if (!x->message)
		return;
	x->message = 0;
	if (x->too_long || x->text.n > ADAPTER_RECORD_MAX)
		item.kind = HL7_ITEM_TOO_LONG;
	else
		item.bytes = buf_span(&x->text);
	x->n_whole++;
	give(x, &item);
}

static void begin_message(struct hl7_xml *x)
{
	end_message(x);
	x->message = x->depth - 1;
	hl7_xml_resume_message(&x->resume, x->message);
	x->line = x->at_line;
	x->offset = x->at_offset;
	x->too_long = x->stray = false;
	buf_clear(&x->text);
	x->n_messages++;
	x->envelope.messages++;
}

static bool is_envelope(const char *id, enum hl7_envelope_segment *ret)
{
	static const char *const ids[] = {
	    [HL7_FHS] = "FHS", [HL7_BHS] = "BHS", [HL7_BTS] = "BTS", [HL7_FTS] = "FTS"};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		if (strcmp(ids[i], id) != 0)
			continue;
		*ret = (enum hl7_envelope_segment)i;
		return true;
	}
	return false;
}

static void end_segment(struct hl7_xml *x)
{
	enum hl7_envelope_segment envelope;
	x->segment = x->field = 0;
	if (is_envelope(x->at.id, &envelope)) {
		struct hl7_item_sink sink = x->sink;
		if (x->sax.code == 0 &&
		    hl7_envelope_take(&x->envelope, &sink, envelope, hl7_xml_segment_first(&x->at),
				      x->at_line, x->at_offset, &x->sax.err) < 0)
			xml_sax_stop(&x->sax);
		return;
	}
	x->too_long |= x->at.too_long;
	if (!x->too_long)
		hl7_xml_segment_write(&x->at, &x->text);
	x->too_long |= x->text.n > ADAPTER_RECORD_MAX;
}

/* --- elements --- */

/* "PV1", "ZBE": three characters, of which the first is a letter. */
static bool is_segment_name(const char *local)
{
	for (size_t i = 0; i < 3; i++)
		if (!isupper((unsigned char)local[i]) &&
		    (i == 0 || !isdigit((unsigned char)local[i])))
			return false;
	return local[3] == 0;
}

/* The number behind the last dot; 0 if there is none. */
static unsigned number_of(const char *local)
{
	const char *dot = strrchr(local, '.');
	unsigned n = 0;
	for (const char *p = dot ? dot + 1 : ""; *p; p++) {
		if (!isdigit((unsigned char)*p) || n > NUMBER_MAX)
			return 0;
		n = n * 10 + (unsigned)(*p - '0');
	}
	return n <= NUMBER_MAX ? n : 0;
}

static void begin_segment(struct hl7_xml *x, const char *local)
{
	enum hl7_envelope_segment envelope;
	bool is_msh = strcmp(local, "MSH") == 0;
	if (!x->message && !is_msh && !is_envelope(local, &envelope))
		return; /* a wrapper, or a stray one: its children tell */
	xml_sax_tag_place(&x->sax, &x->at_line, &x->at_offset);
	if (is_msh)
		begin_message(x);
	else if (is_envelope(local, &envelope))
		end_message(x);
	x->segment = x->depth;
	hl7_xml_segment_begin(&x->at, local);
}

/* <escape V=".br"/> in a text is \.br\ in pipes. */
static void take_escape(struct hl7_xml *x, const struct xml_match_attributes *all)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp((const char *)all->p[i].local, "V") != 0)
			continue;
		hl7_xml_segment_text(&x->at, SPAN("\\"));
		hl7_xml_segment_text(&x->at, xml_match_value(&all->p[i]));
		hl7_xml_segment_text(&x->at, SPAN("\\"));
	}
}

static void begin_part(struct hl7_xml *x, const char *local, const struct xml_match_attributes *all)
{
	unsigned number = number_of(local), level = x->depth - x->field;
	if (strcmp(local, "escape") == 0)
		take_escape(x, all);
	else if (number && level == 1)
		hl7_xml_segment_part(&x->at, number, 0);
	else if (number && level == 2)
		hl7_xml_segment_part(&x->at, 0, number);
}

static void begin_field(struct hl7_xml *x, const char *local)
{
	unsigned number = number_of(local);
	if (!number)
		return;
	x->field = x->depth;
	hl7_xml_segment_field(&x->at, number);
}

/* Fields of a segment that stands in no message. */
static void check_stray(struct hl7_xml *x, const char *local)
{
	const char *segment = x->parent[x->depth - 1];
	struct hl7_item item = {.kind = HL7_ITEM_STRAY};
	if (x->stray || !segment[0] || strncmp(local, segment, 3) != 0 || local[3] != '.')
		return;
	x->stray = true;
	xml_sax_tag_place(&x->sax, &item.line, &item.offset);
	give(x, &item);
}

static bool is_ours(const unsigned char *uri)
{
	return !uri || strcmp((const char *)uri, NAMESPACE) == 0;
}

static void on_start(void *ctx, const unsigned char *name, _unused_ const unsigned char *prefix,
		     const unsigned char *uri, _unused_ int n_namespaces,
		     _unused_ const unsigned char **namespaces, int n_attributes,
		     _unused_ int n_defaulted, const unsigned char **attributes)
{
	struct hl7_xml *x = ctx;
	const char *local = (const char *)name;
	const struct xml_match_attributes all = {
	    (const struct xml_match_attribute *)(const void *)attributes, (size_t)n_attributes};
	if (x->sax.code < 0)
		return;
	if (x->depth == XML_DEPTH_MAX + 1) {
		xml_sax_refuse(&x->sax, ERR_LIMIT, "more than 64 elements within each other");
		return;
	}
	if (xml_sax_has_too_many_names(&x->sax)) {
		xml_sax_refuse(&x->sax, ERR_LIMIT, "more than 16,384 different names");
		return;
	}
	bool segment = is_ours(uri) && is_segment_name(local);
	x->depth++;
	if (!x->segment && !x->skipped)
		hl7_xml_resume_element(&x->resume, x->depth, xml_sax_tag(&x->sax));
	(void)snprintf(x->parent[x->depth], sizeof(x->parent[0]), "%s", segment ? local : "");
	if (x->skipped)
		return;
	if (!is_ours(uri) && (x->message || x->segment))
		x->skipped = x->depth;
	else if (x->field)
		begin_part(x, local, &all);
	else if (x->segment)
		begin_field(x, local);
	else if (segment)
		begin_segment(x, local);
	else if (!x->message)
		check_stray(x, local);
}

static void on_end(void *ctx, _unused_ const unsigned char *name,
		   _unused_ const unsigned char *prefix, _unused_ const unsigned char *uri)
{
	struct hl7_xml *x = ctx;
	if (x->sax.code < 0)
		return;
	if (x->skipped == x->depth)
		x->skipped = 0;
	if (x->field == x->depth)
		x->field = 0;
	if (x->segment == x->depth)
		end_segment(x);
	if (x->message == x->depth)
		end_message(x);
	x->depth--;
}

static void on_text(void *ctx, const unsigned char *text, int n)
{
	struct hl7_xml *x = ctx;
	if (x->field && !x->skipped)
		hl7_xml_segment_text(&x->at, span_of((const char *)text, (size_t)n));
}

/* --- the reader --- */

static const struct xml_sax_handler calls = {on_start, on_end, on_text};

struct hl7_xml *hl7_xml_new(const struct hl7_item_sink *sink)
{
	struct hl7_xml *x = calloc(1, sizeof(*x));
	if (!x)
		abort();
	xml_sax_init(&x->sax, &calls);
	x->sax.lead = sizeof(ROOT) - 1;
	x->sax.origin -= sizeof(ROOT) - 1;
	hl7_xml_join_init(&x->join);
	x->sink = *sink;
	return x;
}

void hl7_xml_free(struct hl7_xml *x)
{
	if (!x)
		return;
	xml_sax_done(&x->sax);
	hl7_xml_join_done(&x->join);
	hl7_xml_resume_done(&x->resume);
	hl7_xml_segment_done(&x->at);
	buf_done(&x->text);
	buf_done(&x->block);
	free(x);
}

/* A file of many messages: in or behind which one the mistake is. */
static void tell_message(const struct hl7_xml *x, struct err *err)
{
	char why[sizeof(err->message)];

	if (!err)
		return;
	(void)snprintf(why, sizeof(why), "%s", err->message);
	(void)err_set(err, err->code, "%.*s (%s message %llu)", (int)sizeof(why) - 40, why,
		      x->message ? "in" : "behind", (unsigned long long)x->n_messages);
}

/* The parser has met what is not well-formed: one bad record; reading goes on with the next
 * message. */
static int take_break(struct hl7_xml *x, struct span piece, uint64_t at, struct err *err)
{
	struct hl7_item item = {.kind = HL7_ITEM_BROKEN, .why = x->sax.err.message};

	/* The elements around segments are known, those in one are nobody's. */
	unsigned depth = x->segment ? x->segment : x->skipped ? x->skipped : x->depth;

	hl7_xml_resume_break(&x->resume, &x->sax, depth, piece, at);
	item.line = x->message ? x->line : x->resume.line;
	item.offset = x->message ? x->offset : x->sax.broken_at;
	if (x->first_break.code == ERR_NONE) {
		x->first_break = x->sax.err;
		if (x->n_messages)
			tell_message(x, &x->first_break);
	}
	x->message = x->segment = x->field = x->skipped = 0;
	if (x->resume.breaks > HL7_XML_BREAKS_MAX)
		return err_set(err, ERR_LIMIT, "more than 1,000 places that are not well-formed");
	return x->sink.item(x->sink.ctx, &item, err);
}

static int begin_anew(struct hl7_xml *x, struct err *err)
{
	xml_sax_done(&x->sax);
	xml_sax_init(&x->sax, &calls);
	x->depth = 0;
	return xml_sax_feed(&x->sax, hl7_xml_resume_lead(&x->resume, &x->sax), false, err);
}

/* Text that was held is no piece. */
static int parse(struct hl7_xml *x, struct span piece, struct err *err)
{
	uint64_t at = x->fed;
	struct span text = piece;
	int r = 0;

	x->fed += piece.n;
	for (;;) {
		if (x->resume.is_seeking) {
			if (!hl7_xml_resume_seek(&x->resume, piece, at, &text))
				return 0;
			piece = SPAN_NONE;
			r = begin_anew(x, err);
		}
		if (r == 0)
			r = xml_sax_feed(&x->sax, text, false, err);
		if (r == 0) {
			hl7_xml_resume_keep(&x->resume, piece, at, xml_sax_offset(&x->sax));
			return 0;
		}
		if (!x->sax.is_broken)
			return r;
		if ((r = take_break(x, piece, at, err)) < 0)
			return r;
		piece = SPAN_NONE;
	}
}

/* The file ends behind a message, and within the elements around it. */
static bool is_cut_behind(const struct hl7_xml *x)
{
	return x->sax.is_broken && x->sax.broken_at >= x->fed && !x->message && x->n_whole;
}

static int take_cut(struct hl7_xml *x, struct err *err)
{
	const struct hl7_item item = {.kind = HL7_ITEM_CUT,
				      .line = (uint64_t)x->sax.broken_line + x->sax.lines,
				      .offset = x->sax.broken_at};

	/* What was broken before may have been an end. */
	return x->resume.breaks ? 0 : x->sink.item(x->sink.ctx, &item, err);
}

/* Only now does the parser look at what it waited to see the end of: a & without its semicolon. */
static int end_text(struct hl7_xml *x, struct err *err)
{
	int r = 0;

	while (r == 0 && !x->resume.is_seeking) {
		r = xml_sax_feed(&x->sax, x->depth > 1 ? SPAN("") : SPAN(ROOT_END), true, err);
		if (r == 0 || !x->sax.is_broken)
			return r;
		if (is_cut_behind(x))
			return take_cut(x, err);
		r = take_break(x, SPAN_NONE, x->fed, err);
		if (r == 0)
			r = parse(x, SPAN_NONE, err);
	}
	return r;
}

static int end(struct hl7_xml *x, struct err *err)
{
	int r = end_text(x, err);

	if (r == 0)
		r = hl7_envelope_end(&x->envelope, &x->sink, err);
	if (r < 0 || x->n_whole || x->first_break.code == ERR_NONE)
		return r;
	if (err)
		*err = x->first_break;
	return -(int)x->first_break.code;
}

static int parse_block(struct hl7_xml *x, struct err *err)
{
	int r = parse(x, buf_span(&x->block), err);

	buf_clear(&x->block);
	return r;
}

static int parse_blocks(struct hl7_xml *x, struct span text, struct err *err)
{
	int r = 0;

	while (r == 0 && text.n) {
		size_t room = BLOCK - x->block.n, n = text.n < room ? text.n : room;
		buf_add(&x->block, span_of(text.p, n));
		text = span_of(text.p + n, text.n - n);
		if (x->block.n == BLOCK)
			r = parse_block(x, err);
	}
	return r;
}

int hl7_xml_feed(struct hl7_xml *x, struct span text, bool last, struct err *err)
{
	int r = x->begun ? 0 : xml_sax_feed(&x->sax, SPAN(ROOT), false, err);

	x->begun = true;
	if (r == 0)
		r = parse_blocks(x, hl7_xml_join_pass(&x->join, text, last), err);
	if (r == 0 && (last || x->join.refused))
		r = parse_block(x, err);
	if (r == 0 && x->join.refused) {
		xml_sax_refuse(
		    &x->sax, ERR_INVALID,
		    "a DOCTYPE with declarations of its own; files with one are not read");
		return xml_sax_feed(&x->sax, SPAN_NONE, false, err);
	}
	return r == 0 && last ? end(x, err) : r;
}

uint64_t hl7_xml_messages(const struct hl7_xml *x)
{
	return x->n_messages;
}
