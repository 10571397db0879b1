/* HL7 has its meaning built in: what is asked of a sample is which parts of a location name a bed,
 * and whether the messages are ADT at all. */
#include <ctype.h>

#include "adapters/hl7_xml.h"
#include "adapters/propose/layout.h"
#include "adapters/propose/yaml.h"
#include "adapters/xml_text.h"

#define TRIGGERS_MAX 64

#define CODES_SEEN_MAX	12
#define CODE_SEEN_BYTES 3 /* what is longer might be a name */

struct seen {
	char code[CODES_SEEN_MAX][CODE_SEEN_BYTES + 1]; /* of NPU-2, outside of table 0116 */
	size_t code_counts[CODES_SEEN_MAX], n_codes;
	size_t messages, adt, located, components[4], housekeeping;
	size_t ready; /* NPU-2 that say U: the bed is ready again */
	char trigger[TRIGGERS_MAX][4];
	size_t counts[TRIGGERS_MAX], n_triggers;
	size_t outside; /* of ADT: messages of other kinds */
	size_t offsets, times;
	char field, component;
};

static struct span nth(struct span text, char sign, size_t n)
{
	struct span part;

	while (span_cut(&text, sign, &part))
		if (n-- == 0)
			return span_trim(part);
	return SPAN_NONE;
}

static void see_trigger(struct seen *s, struct span trigger)
{
	if (trigger.n != 3 || !isupper((unsigned char)trigger.p[0]) ||
	    !isdigit((unsigned char)trigger.p[1]) || !isdigit((unsigned char)trigger.p[2]))
		return;
	for (size_t i = 0; i < s->n_triggers; i++) {
		if (memcmp(s->trigger[i], trigger.p, 3) == 0) {
			s->counts[i]++;
			return;
		}
	}
	if (s->n_triggers == TRIGGERS_MAX)
		return;
	memcpy(s->trigger[s->n_triggers], trigger.p, 3);
	s->counts[s->n_triggers++] = 1;
}

static void see_header(struct seen *s, struct span line)
{
	if (line.n < 5)
		return;
	s->field = line.p[3];
	s->component = line.p[4];
	s->messages++;
	struct span type = nth(line, s->field, 8);
	bool is_adt = span_eq_str(nth(type, s->component, 0), "ADT");
	s->adt += is_adt;
	s->outside += !is_adt;
	if (is_adt)
		see_trigger(s, nth(type, s->component, 1));
	struct span time = nth(line, s->field, 6);
	s->times += time.n > 0;
	s->offsets += time.n > 5 && (time.p[time.n - 5] == '+' || time.p[time.n - 5] == '-');
}

static void see_location(struct seen *s, struct span location)
{
	if (!location.n)
		return;
	s->located++;
	for (size_t i = 0; i < 3; i++)
		s->components[i + 1] += nth(location, s->component, i).n > 0;
}

/* A bed status of the site's own. */
static void see_code(struct seen *s, struct span code)
{
	s->ready += span_eq_nocase(code, SPAN("U"));
	if (!code.n || code.n > CODE_SEEN_BYTES ||
	    (code.n == 1 && strchr("UOCHKI", toupper((unsigned char)code.p[0]))))
		return;
	for (size_t i = 0; i < code.n; i++)
		if (!isalnum((unsigned char)code.p[i]))
			return;
	for (size_t i = 0; i < s->n_codes; i++) {
		if (span_eq_str(code, s->code[i])) {
			s->code_counts[i]++;
			return;
		}
	}
	if (s->n_codes == CODES_SEEN_MAX)
		return;
	memcpy(s->code[s->n_codes], code.p, code.n);
	s->code_counts[s->n_codes++] = 1;
}

static void see_line(struct seen *s, struct span line)
{
	line = span_trim(line);
	if (span_starts(line, SPAN("\xEF\xBB\xBF")))
		line = span_of(line.p + 3, line.n - 3);
	while (line.n && (unsigned char)line.p[0] < ' ')
		line = span_of(line.p + 1, line.n - 1);
	if (span_starts(line, SPAN("MSH")))
		see_header(s, line);
	else if (s->field && span_starts(line, SPAN("PV1")))
		see_location(s, nth(line, s->field, 3));
	else if (s->field && span_starts(line, SPAN("NPU"))) {
		s->housekeeping++;
		see_location(s, nth(line, s->field, 1));
		see_code(s, nth(nth(line, s->field, 2), s->component, 0));
	}
}

static void see(struct seen *s, struct span bytes)
{
	size_t start = 0;

	for (size_t i = 0; i <= bytes.n; i++) {
		if (i < bytes.n && bytes.p[i] != '\r' && bytes.p[i] != '\n')
			continue;
		see_line(s, span_of(bytes.p + start, i - start));
		start = i + 1;
	}
}

static int see_message(void *ctx, const struct hl7_item *item, _unused_ struct err *err)
{
	if (item->kind == HL7_ITEM_MESSAGE)
		see(ctx, item->bytes);
	return 0;
}

/* v2.xml: the same messages in pipes. */
static int see_xml(struct seen *s, struct span bytes, struct err *err)
{
	_cleanup_(hl7_xml_freep) struct hl7_xml *x =
	    hl7_xml_new(&(struct hl7_item_sink){s, see_message});
	struct xml_text text = {0};
	struct span utf8;
	int r = xml_text_feed(&text, NULL, bytes, true, &utf8, err);

	if (r == 0)
		r = hl7_xml_feed(x, utf8, true, err);
	xml_text_done(&text);
	return r;
}

static void add_triggers(struct proposal *p, const struct seen *s)
{
	buf_addf(&p->yaml, "# The sample: %zu messages, %zu of them ADT.\n", s->messages, s->adt);
	for (size_t i = 0; i < s->n_triggers; i++)
		buf_addf(&p->yaml, "#   %.3s  %zu\n", s->trigger[i], s->counts[i]);
	buf_adds(&p->yaml, "# What each trigger means for a bed: docs/hl7.md; `hl7: {triggers: …}` "
			   "changes it.\n");
}

static void add_event(struct proposal *p, const struct seen *s)
{
	struct buf *b = &p->yaml;
	bool any = false;

	buf_adds(b, "event:\n  bed_id: \"bed");
	for (size_t i = 1; i <= 3; i++) {
		/* A component that now and then is empty still tells beds apart. */
		if (s->located && s->components[i] * 20 < s->located)
			continue;
		buf_addf(b, "_{PL.%zu}", i);
		any = true;
	}
	if (!any)
		buf_adds(b, "_{PL.1}_{PL.2}_{PL.3}");
	buf_addc(b, '"');
	yaml_why(p, "bed_id");
	buf_adds(b,
		 "  ward: \"{PL.1}\"  # likely: the point of care\n"
		 "  # care_level: {from: \"{PL.1}\", map: {DEMENS: intensive}, default: medium}  # "
		 "HL7 does not tell it\n"
		 "  changed_by:\n    from: \"{EVN-5.1}\"\n    prefix: user_\n"
		 "    pseudonym: true  # no name leaves the home; false sends it as it is\n");
}

static void add_switches(struct proposal *p, const struct seen *s)
{
	if (!s->housekeeping)
		return;
	/* Where none ever says that a bed is ready, a freed bed would stay in maintenance. */
	if (!s->ready && !s->n_codes) {
		buf_adds(&p->yaml,
			 "# hl7: {cleaning: true}  # only if A20 tells when a bed is ready again "
			 "(U): here none does, and a freed bed is free\n");
		return;
	}
	buf_adds(&p->yaml,
		 "hl7:\n  cleaning: true  # likely: A20 tells when a bed is ready again\n");
	for (size_t i = 0; i < s->n_codes; i++) {
		if (i == 0)
			buf_adds(&p->yaml, "  # bed_status:  # codes of NPU-2 that are not HL7's: "
					   "FILL IN, and take the # away\n");
		buf_addf(&p->yaml,
			 "  #   \"%s\": maintenance/cleaning  # FILL IN: %zu messages; available, "
			 "occupied, reserved, maintenance, each with /reason or without\n",
			 s->code[i], s->code_counts[i]);
		propose_fill(p,
			     "hl7: bed_status: what the code \"%s\" of NPU-2 means (%zu messages)",
			     s->code[i], s->code_counts[i]);
	}
}

static int see_more(struct proposal *p, const struct propose_options *o, struct seen *s,
		    struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < o->n_more && r == 0; i++) {
		struct span bytes = o->more[i], text;
		r = layout_narrow(p, bytes, &text, err);
		if (r < 0)
			return r;
		struct span trimmed = span_trim(text);
		if (trimmed.n && trimmed.p[0] == '<')
			r = see_xml(s, bytes, err);
		else
			see(s, text);
	}
	return r;
}

static int check_seen(const struct seen *s, struct err *err)
{
	if (s->messages == 0)
		return err_set(err, ERR_INVALID, "no MSH segment: not HL7 v2");
	if (s->adt == 0)
		return err_set(err, ERR_INVALID,
			       "%zu HL7 messages, and none of them is ADT: only ADT tells of beds",
			       s->messages);
	return 0;
}

int hl7_propose(struct proposal *p, const struct propose_options *o, struct span bytes, bool is_xml,
		struct err *err)
{
	struct seen s = {0};

	int r = is_xml ? see_xml(&s, bytes, err) : 0;
	if (!is_xml)
		see(&s, bytes);
	if (r == 0)
		r = see_more(p, o, &s, err);
	if (r == 0)
		r = check_seen(&s, err);
	if (r < 0)
		return r;
	p->mode = MODE_DELTA;
	propose_guess(p, SURE, "format", "hl7", "MSH segments: %zu messages", s.messages);
	if (s.located)
		propose_guess(p, s.components[3] ? SURE : LIKELY, "bed_id", "PV1-3",
			      "of %zu locations %zu have a ward, %zu a room, %zu a bed", s.located,
			      s.components[1], s.components[2], s.components[3]);
	else
		propose_guess(p, UNSURE, "bed_id", "PV1-3", "no location in the sample");
	yaml_head(p, o, NULL);
	if (o->zone && s.offsets < s.times)
		buf_addf(&p->yaml, "zone: %s  # sure: the home's; the times name no offset\n",
			 o->zone);
	else if (s.offsets < s.times)
		buf_adds(&p->yaml,
			 "# zone: Europe/Oslo  # FILL IN if the home's own zone is not that "
			 "of the times: they name no offset\n");
	add_triggers(p, &s);
	add_switches(p, &s);
	add_event(p, &s);
	if (s.outside)
		buf_addf(&p->yaml, "\n# Not read: %zu messages that are not ADT.\n", s.outside);
	return 0;
}
