#include "adapters/hl7_config.h"

#include <string.h>

#define COMPONENT_UNSET (-1)
#define COMPONENT_MAX	11 /* of PL */

struct keys {
	bool cleaning;
	const struct conf_node *ignore_beds, *bed_status, *triggers;
	int64_t bed_component;
};

#define KEY(field) offsetof(struct keys, field)

const struct conf_key hl7_config_keys[] = {
    {"cleaning", CONF_BOOL, KEY(cleaning), .by_default = "no",
     .help = "a freed bed is in maintenance until an A20 says otherwise"},
    {"ignore_beds", CONF_NODE, KEY(ignore_beds),
     .help = "globs on ward^room^bed and on the bed alone: waiting rooms, pools"},
    {"bed_component", CONF_INT, KEY(bed_component), .min = 0, .max = COMPONENT_MAX,
     .help = "the part of a location that must be valued for it to be a bed; 0: none"},
    {"bed_status", CONF_NODE, KEY(bed_status),
     .help = "the site's own codes in NPU-2: a status, or status/reason"},
    {"triggers", CONF_NODE, KEY(triggers),
     .help = "read a trigger like another one, or as none: {A04: A01, A23: none}"},
    {NULL},
};

static void read_ignore_beds(struct hl7_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node);
	if (node && conf_kind(node) != CONF_SEQUENCE) {
		conf_problem(conf, node,
			     "ignore_beds: expected a list of patterns, [\"WAIT^*\", \"POOL*\"]");
		return;
	}
	const char **globs = arena_array(&c->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct span text = conf_text(conf_item(node, i));
		if (!text.n)
			conf_problem(conf, conf_item(node, i), "ignore_beds: expected a pattern");
		globs[i] = arena_span(&c->arena, text).p;
		if (!globs[i])
			globs[i] = "";
	}
	c->site.ignore_beds = globs;
}

/* "maintenance" or "maintenance/cleaning" */
static bool read_status(struct span text, struct hl7_bed_code *code)
{
	struct span status, rest = text;
	code->reason = REASON_STATUS_UPDATE;
	return text.n && span_cut(&rest, '/', &status) && bed_status_parse(status, &code->status) &&
	       (!rest.p || reason_parse(rest, &code->reason));
}

static void read_bed_status(struct hl7_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node);
	if (node && (conf_kind(node) != CONF_MAPPING || n > HL7_BED_CODES_MAX)) {
		conf_problem(
		    conf, node,
		    "bed_status: expected up to %d codes with their status, {\"1\": available}",
		    HL7_BED_CODES_MAX);
		return;
	}
	struct hl7_bed_code *codes = arena_array(&c->arena, struct hl7_bed_code, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct span key;
		const struct conf_node *value = conf_pair(node, i, &key);
		codes[i].code = arena_span(&c->arena, key).p;
		if (!read_status(conf_text(value), &codes[i]))
			conf_problem(conf, value,
				     "bed_status: expected available, occupied, reserved or "
				     "maintenance, and behind a / a reason if there is one, "
				     "maintenance/cleaning");
	}
	c->site.bed_codes = codes;
	c->site.n_bed_codes = n;
}

static void read_triggers(struct hl7_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node);
	if (node && (conf_kind(node) != CONF_MAPPING || n > HL7_TREAT_AS_MAX)) {
		conf_problem(conf, node, "triggers: expected up to %d pairs, {A04: A01}",
			     HL7_TREAT_AS_MAX);
		return;
	}
	struct hl7_treat_as *list = arena_array(&c->arena, struct hl7_treat_as, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct span key;
		const struct conf_node *value = conf_pair(node, i, &key);
		struct span as = conf_text(value);
		bool none = span_eq_nocase(as, SPAN("none"));
		if (key.n != 3 || (!none && !hl7_trigger_is_known(as))) {
			conf_problem(conf, value,
				     "triggers: expected a trigger of three characters and the "
				     "one it is read like (A01 to A62), or none");
			continue;
		}
		memcpy(list[i].trigger, key.p, 3);
		if (!none)
			memcpy(list[i].as, as.p, 3);
	}
	c->site.treat_as = list;
	c->site.n_treat_as = n;
}

int hl7_config_read(struct conf *conf, const struct conf_node *node, void **ret_config,
		    struct err *err)
{
	(void)err;
	struct hl7_config *c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	struct keys k = {.bed_component = COMPONENT_UNSET};
	conf_read(conf, node, hl7_config_keys, &k);
	c->site.cleaning = k.cleaning;
	c->component_is_fixed = k.bed_component != COMPONENT_UNSET;
	if (c->component_is_fixed)
		c->site.bed_component = (unsigned)k.bed_component;
	read_ignore_beds(c, conf, k.ignore_beds);
	read_bed_status(c, conf, k.bed_status);
	read_triggers(c, conf, k.triggers);
	*ret_config = c;
	return 0;
}

void hl7_config_free(void *config)
{
	struct hl7_config *c = config;
	if (!c)
		return;
	arena_done(&c->arena);
	free(c);
}

/* Fields that identify a visit or tell of the patient's state. */
static const struct {
	const char *segment;
	uint16_t field;
} closed_fields[] = {
    {"PV1", 5},	 /* pre-admit number */
    {"PV1", 19}, /* visit number */
    {"PV1", 50}, /* alternate visit id */
    {"PV2", 3},	 /* admit reason */
    {"PV2", 12}, /* visit description */
    {"PV2", 23}, /* clinic organisation name */
    {"PV2", 24}, /* patient status code */
};

static bool is_open_segment(const char *segment)
{
	static const char *const open[] = {"PL", "MSH", "EVN", "PV1", "PV2", "NPU"};
	for (size_t i = 0; i < ARRAY_LEN(open); i++)
		if (strcmp(segment, open[i]) == 0)
			return true;
	return segment[0] == 'Z';
}

static int check_open(const struct field_ref *ref, struct err *err)
{
	if (!is_open_segment(ref->hl7.segment))
		return err_set(err, ERR_INVALID,
			       "%s is never read: it is about the patient. MSH, EVN, PV1, PV2, "
			       "NPU, Z segments and PL (the bed's location) are",
			       ref->hl7.segment);
	for (size_t i = 0; i < ARRAY_LEN(closed_fields); i++)
		if (strcmp(ref->hl7.segment, closed_fields[i].segment) == 0 &&
		    ref->hl7.field == closed_fields[i].field)
			return err_set(err, ERR_INVALID,
				       "%s-%u is never copied: it could tell who the patient is or "
				       "how they are",
				       ref->hl7.segment, ref->hl7.field);
	return 0;
}

static void add_segment(struct hl7_config *c, const char *segment)
{
	for (size_t i = 0; i < c->n_segments; i++)
		if (strcmp(c->segments[i], segment) == 0)
			return;
	if (c->n_segments < HL7_CONFIG_SEGMENTS_MAX)
		memcpy(c->segments[c->n_segments++], segment, sizeof(c->segments[0]));
}

static void add_field(struct hl7_config *c, const struct field_ref *ref)
{
	if (c->n_fields == HL7_CONFIG_FIELDS_MAX)
		return;
	memcpy(c->fields[c->n_fields].id, ref->hl7.segment, sizeof(c->fields[0].id));
	c->fields[c->n_fields++].field = ref->hl7.field;
}

static bool is_location(const struct field_ref *ref)
{
	return ref->hl7.field == 0 ||
	       (strcmp(ref->hl7.segment, "NPU") == 0 && ref->hl7.field == 1) ||
	       (strcmp(ref->hl7.segment, "PV1") == 0 &&
		(ref->hl7.field == 3 || ref->hl7.field == 6));
}

int hl7_config_resolve(void *config, struct span text, struct field_ref *ret, struct err *err)
{
	struct hl7_config *c = config;
	struct field_ref ref = *ret;
	int r = hl7_ref_parse(text, &ref, err);
	if (r >= 0)
		r = check_open(&ref, err);
	if (r < 0)
		return r;
	*ret = ref;
	add_segment(c, ref.hl7.segment);
	add_field(c, &ref);
	unsigned component = ref.hl7.component ? ref.hl7.component : 1;
	if (!c->component_is_fixed && is_location(&ref) && component <= HL7_BED_COMPONENT &&
	    component > c->site.bed_component)
		c->site.bed_component = component;
	return 0;
}
