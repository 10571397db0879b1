/* What is kept between reading and commit is what was found, not a message: a file may yet be
 * rejected whole, and then every answer is another. */
#include "adapters/hl7_ack.h"

#include <stdio.h>
#include <string.h>

#include "adapters/hl7_control_id.h"
#include "adapters/hl7_location.h"

#define MSH_CONTROL_ID	10
#define MSH_PROCESSING	11
#define MSH_VERSION	12
#define MSH_ACCEPT	15
#define MSH_APPLICATION 16
#define TAG_CHARS	12

#define VERSION_OTHERWISE "2.5"

/* ---- versions ---- */

static const struct {
	const char *name;
	unsigned number;
} versions[] = {
    {"2.1", 210}, {"2.2", 220},	  {"2.3", 230},	  {"2.3.1", 231}, {"2.4", 240},
    {"2.5", 250}, {"2.5.1", 251}, {"2.6", 260},	  {"2.7", 270},	  {"2.7.1", 271},
    {"2.8", 280}, {"2.8.1", 281}, {"2.8.2", 282}, {"2.9", 290},
};

static unsigned version_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (strcmp(versions[i].name, name) == 0)
			return versions[i].number;
	return 250;
}

/* ---- table 0357 ---- */

struct condition {
	unsigned code;
	const char *text;
};

static const struct {
	const char *reason;
	struct condition condition;
} conditions[] = {
    {"required", {101, "Required field missing"}},
    {"unmapped", {103, "Table value not found"}},
    {"bad_time", {102, "Data type error"}},
    {"bad_identifier", {102, "Data type error"}},
    {"bad_encoding", {102, "Data type error"}},
    {"bad_header", {102, "Data type error"}},
    {"too_long", {104, "Value too long"}},
    {"swap_incomplete", {100, "Segment sequence error"}},
    {"swap_inconsistent", {100, "Segment sequence error"}},
};

/* 104 came with version 2.7. */
static struct condition condition_of(const char *reason, unsigned version)
{
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		struct condition c = conditions[i].condition;
		if (strcmp(conditions[i].reason, reason) != 0)
			continue;
		return c.code == 104 && version < 270 ? (struct condition){102, "Data type error"}
						      : c;
	}
	return (struct condition){207, "Application internal error"};
}

/* ---- of a message ---- */

static struct span msh(struct hl7_record *x, unsigned field)
{
	return hl7_component(x->message, x->arena, 0, field, 1);
}

static enum hl7_ack_wish wish_of(struct span s)
{
	static const struct {
		const char *code;
		enum hl7_ack_wish wish;
	} wishes[] = {{"AL", HL7_ACK_ALWAYS},
		      {"NE", HL7_ACK_NEVER},
		      {"ER", HL7_ACK_ERROR},
		      {"SU", HL7_ACK_SUCCESS}};

	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		if (span_eq_nocase(s, span_str(wishes[i].code)))
			return wishes[i].wish;
	return HL7_ACK_UNSAID;
}

static void set(char *out, size_t size, struct span s)
{
	(void)snprintf(out, size, SPAN_FMT, SPAN_ARG(s));
}

/* Where it might be a person: a tag that the sender cannot read, nor anybody else. */
static void set_control(struct hl7_record *x, struct hl7_ack *a)
{
	struct span id = msh(x, MSH_CONTROL_ID);
	static const uint8_t none[DIGEST_KEY_BYTES];
	const struct adapter_memory *memory = x->setup->memory;
	char hex[DIGEST_HEX + 1];

	if (hl7_control_id_is_safe(id)) {
		set(a->control, sizeof(a->control), id);
	} else if (id.n > 0) {
		struct digest d = digest_keyed(memory ? memory->key : none, id);
		(void)snprintf(a->control, sizeof(a->control), "withheld-%.*s", TAG_CHARS,
			       digest_hex(&d, hex));
	}
}

static void set_header(struct hl7_record *x, struct hl7_ack *a)
{
	struct span version = msh(x, MSH_VERSION), processing = msh(x, MSH_PROCESSING);
	struct span trigger = span_str(x->adt.trigger);

	set_control(x, a);
	a->accept = wish_of(msh(x, MSH_ACCEPT));
	a->application = wish_of(msh(x, MSH_APPLICATION));
	set(a->version, sizeof(a->version), SPAN(VERSION_OTHERWISE));
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (span_eq_str(version, versions[i].name))
			set(a->version, sizeof(a->version), version);
	if (hl7_trigger_is_known(trigger))
		set(a->trigger, sizeof(a->trigger), trigger);
	set(a->processing, sizeof(a->processing), SPAN("P"));
	if (span_eq_str(processing, "D") || span_eq_str(processing, "T"))
		set(a->processing, sizeof(a->processing), processing);
}

static bool is_refusal(const char *reason)
{
	static const char *const refusals[] = {"bad_header", "too_many_segments"};

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i], reason) == 0)
			return true;
	return false;
}

/* A location is no segment, and a field of the event's own is none either. */
static void set_place(const char *field, struct hl7_ack *a)
{
	struct field_ref ref = {0};
	struct span rest = span_str(field), segment;

	if (field[0] && hl7_ref_parse(rest, &ref, NULL) >= 0 && ref.hl7.field > 0) {
		set(a->segment, sizeof(a->segment), span_str(ref.hl7.segment));
		a->field = ref.hl7.field;
		a->component = ref.hl7.component;
	} else if (span_cut(&rest, '-', &segment) && segment.n == 3 && !rest.p) {
		set(a->segment, sizeof(a->segment), segment);
	}
}

/* A text for people in one line of plain characters. */
static void set_text(const char *message, struct hl7_ack *a)
{
	size_t n = 0;

	for (const char *p = message; *p && n + 1 < sizeof(a->text); p++)
		a->text[n++] = (char)(*p >= ' ' && *p <= '~' ? *p : '?');
	a->text[n] = '\0';
}

bool hl7_ack_of(struct hl7_record *x, const struct bad_record *bad, struct hl7_ack *ret)
{
	struct hl7_ack a = {.record = x->place.record};

	if (x->message->n_segments == 0)
		return false;
	set_header(x, &a);
	if (bad) {
		a.verdict = is_refusal(bad->reason) ? HL7_ACK_REFUSED : HL7_ACK_BAD;
		set(a.reason, sizeof(a.reason), span_str(bad->reason));
		set_place(bad->field, &a);
		set_text(bad->message ? bad->message : "", &a);
	}
	*ret = a;
	return true;
}

/* ---- kept ---- */

void hl7_ack_to_line(const struct hl7_ack *a, struct buf *out)
{
	buf_addf(out, "%llu\t%d\t%d\t%d\t%u\t%u\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
		 (unsigned long long)a->record, (int)a->accept, (int)a->application,
		 (int)a->verdict, a->field, a->component, a->control, a->version, a->trigger,
		 a->processing, a->segment, a->reason, a->text);
}

int hl7_ack_from_line(struct span line, struct hl7_ack *ret, struct err *err)
{
	struct hl7_ack a = {0};
	uint64_t n[6];
	struct span part = SPAN_NONE;
	const struct {
		char *to;
		size_t size;
	} texts[] = {
	    {a.control, sizeof(a.control)}, {a.version, sizeof(a.version)},
	    {a.trigger, sizeof(a.trigger)}, {a.processing, sizeof(a.processing)},
	    {a.segment, sizeof(a.segment)}, {a.reason, sizeof(a.reason)},
	    {a.text, sizeof(a.text)},
	};
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(n); i++)
		good = good && span_cut(&line, '\t', &part) && span_to_u64(part, &n[i]);
	for (size_t i = 0; i < ARRAY_LEN(texts) && good; i++) {
		good = span_cut(&line, '\t', &part) && part.n < texts[i].size;
		if (good)
			set(texts[i].to, texts[i].size, part);
	}
	if (!good || n[1] > HL7_ACK_SUCCESS || n[2] > HL7_ACK_SUCCESS || n[3] > HL7_ACK_REFUSED)
		return err_set(err, ERR_INVALID, "no kept acknowledgement");
	a.record = n[0];
	a.accept = (enum hl7_ack_wish)n[1];
	a.application = (enum hl7_ack_wish)n[2];
	a.verdict = (enum hl7_ack_verdict)n[3];
	a.field = (unsigned)n[4];
	a.component = (unsigned)n[5];
	*ret = a;
	return 0;
}

/* ---- written ---- */

static bool is_wanted(enum hl7_ack_wish wish, bool is_good)
{
	return wish == HL7_ACK_ALWAYS || (wish == HL7_ACK_ERROR && !is_good) ||
	       (wish == HL7_ACK_SUCCESS && is_good);
}

/* Table 0008's first letter: application, accept; 0: none is wanted. */
static char kind_of(const struct hl7_ack *a, bool is_good)
{
	bool is_original = a->accept == HL7_ACK_UNSAID && a->application == HL7_ACK_UNSAID;

	if (is_original || is_wanted(a->application, is_good))
		return 'A';
	return is_wanted(a->accept, is_good) ? 'C' : '\0';
}

static void add_escaped(struct buf *out, const char *text)
{
	static const char special[] = "|^&~\\", escapes[] = "FSTRE";

	for (; *text; text++) {
		const char *at = strchr(special, *text);
		if (at)
			buf_addf(out, "\\%c\\", escapes[at - special]);
		else
			buf_addc(out, *text);
	}
}

static void add_msh(const struct hl7_ack *a, const struct hl7_ack_file *file, unsigned version,
		    struct buf *out)
{
	char at[CLOCK_RFC3339_MAX], hex[DIGEST_HEX + 1];

	buf_addf(out, "MSH|^~\\&|BEDPOST|%s|||", file->facility);
	clock_format_rfc3339(file->taken, at);
	for (const char *p = at; *p && *p != '.' && *p != 'Z'; p++)
		if (*p >= '0' && *p <= '9')
			buf_addc(out, *p);
	buf_adds(out, "+0000||ACK");
	if (a->trigger[0] && version >= 231)
		buf_addf(out, "^%s", a->trigger);
	if (a->trigger[0] && version >= 240)
		buf_adds(out, "^ACK");
	buf_addf(out, "|%.9s.%llu|%s|%s\r", digest_hex(&file->digest, hex),
		 (unsigned long long)a->record, a->processing, a->version);
}

static void add_place(const struct hl7_ack *a, struct buf *out)
{
	if (!a->segment[0])
		return;
	buf_addf(out, "%s^1", a->segment);
	if (a->field)
		buf_addf(out, "^%u", a->field);
}

static void add_err(const struct hl7_ack *a, unsigned version, struct buf *out)
{
	struct condition c = condition_of(a->reason, version);

	if (version < 250) {
		buf_adds(out, "ERR|");
		add_place(a, out);
		buf_adds(out, !a->segment[0] ? "^^^" : a->field ? "^" : "^^");
		buf_addf(out, "%u&%s&HL70357\r", c.code, c.text);
		return;
	}
	buf_adds(out, "ERR||");
	add_place(a, out);
	if (a->component)
		buf_addf(out, "^1^%u", a->component);
	buf_addf(out, "|%u^%s^HL70357|E|%s^^L|||", c.code, c.text, a->reason);
	add_escaped(out, a->text);
	buf_addc(out, '\r');
}

void hl7_ack_write(const struct hl7_ack *ack, const struct hl7_ack_file *file, struct buf *out)
{
	struct hl7_ack a = *ack;
	unsigned version = version_number(a.version);

	if (file->rejected && a.verdict == HL7_ACK_ACCEPTED) {
		a.verdict = HL7_ACK_REFUSED;
		set(a.reason, sizeof(a.reason), span_str(file->rejected));
		set_text("the file was rejected as a whole; nothing of it counts", &a);
	} else if (file->rejected) {
		a.verdict = HL7_ACK_REFUSED;
	}
	char kind = kind_of(&a, a.verdict == HL7_ACK_ACCEPTED);
	if (!kind)
		return;
	add_msh(&a, file, version, out);
	buf_addf(out, "MSA|%c%c|%s", kind, "AER"[a.verdict], a.control);
	if (version < 250 && a.text[0]) {
		buf_addc(out, '|');
		add_escaped(out, a.text);
	}
	buf_addc(out, '\r');
	if (a.verdict != HL7_ACK_ACCEPTED)
		add_err(&a, version, out);
}
