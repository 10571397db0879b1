/* The mapping: `event:` of an adapter, compiled; a record and what the format already knows → one
 * event.
 *
 *     bed_id: "bed_{AVD}_{ROM}"                                       a template
 *     ward:   {from: "{AVD}", map: {D: dementia}, default: general}   a template, looked up, with a
 * default
 */
#pragma once

#include "adapters/memory.h"
#include "adapters/record.h"
#include "base/clock.h"
#include "base/conf.h"
#include "bed/event.h"

struct mapping;

/* What the format's own meaning says of the event. HL7's trigger table fills it; CSV and XML leave
 * it empty. A value that the adapter maps by itself wins over the given one, except that the
 * location decides what {PL.n} and, for HL7, {PV1-3.n} in bed_id, ward and care_level read. */
struct mapping_given {
	enum bed_status new_status, previous_status;
	enum reason reason;
	usec_t changed_at; /* USEC_NONE if not given; mind that a zeroed struct says 1970 */
	const char *time_source;
	/* Already known (a remembered bed): bed_id is not built; ward, care_level stay unknown. */
	struct span bed_id;
	/* Of local times where the adapter names none; NULL: only times with an offset are read. */
	const struct zone *zone;
	struct mapping_watch *watch; /* who counts what the maps meet (mapping_watch.h); NULL */
	const struct adapter_memory *memory; /* how the bed is now; NULL: nobody knows */
};

#define MAPPING_GIVEN_NONE ((struct mapping_given){.changed_at = USEC_NONE})

struct mapping_problem {
	const char *field; /* the reference's text or the event's field */
	/* As in struct bad_record; from the arena. */
	const char *value_class, *reason, *message;
	bool passed_over;   /* by the adapter's `only`: no event, and nothing is wrong */
	unsigned defaulted; /* bit i: the value of field i was not in its map: the default */
};

/* How a format turns the text between braces into a field_ref; returns 0 or INVALID with a message
 * that says what is wrong with it. */
struct mapping_resolver {
	void *ctx;
	int (*resolve)(void *ctx, struct span text, struct field_ref *ret, struct err *err);
	const char *time_format; /* of changed_at where the adapter names none; NULL: "iso8601" */
};

/* The fields of `event:` as keys, and those of a field; for messages and the reference. */
extern const struct conf_key mapping_field_keys[];
const struct conf_key *mapping_keys_of_field(const char *field);

/* Reads the YAML node of `event:`; problems gather in conf. The defaults of a format (HL7: bed_id,
 * ward, changed_by) are given as YAML of the same shape in defaults_yaml and hold where the node
 * has no such key; NULL: none. requires_status: new_status must be mapped (CSV, XML). zone: of
 * local times, the adapter's own; NULL: given at each record. It and conf must outlive the mapping.
 */
int mapping_compile(struct conf *conf, const struct conf_node *event, const char *defaults_yaml,
		    const struct mapping_resolver *resolver, const struct zone *zone,
		    bool requires_status, struct mapping **ret, struct err *err);
/* A bed or a time that is the same for every record is a slip. */
void mapping_check_constants(const struct mapping *m, struct conf *conf,
			     const struct conf_node *event);
void mapping_free(struct mapping *m);
DEFINE_CLEANUP(struct mapping *, mapping_free)

/* Before 1901: what programs write where they have no date (0001-01-01, 1753-01-01, 1899-12-30,
 * 1900-01-01), or a year of which a figure is missing. No bed changed then. */
bool mapping_is_no_date(usec_t at);

/* Is "changed_at" mapped, by the adapter or a format's default? */
bool mapping_has(const struct mapping *m, const char *field);
/* Of the bits in `defaulted`; NULL behind the last. */
const char *mapping_field_name(unsigned i);

/* Fills everything but id, facility_id and source (time_source is set).
 *
 *   0, problem->reason NULL        good
 *   0, problem->reason set         good, with a warning: a time that came twice, or never
 *   0, new_status BED_UNKNOWN      the adapter maps this status to null: no bed changes; or it
 *                                  passes the record over (problem->passed_over)
 *   INVALID, *problem filled       the record is bad
 *
 * key: for pseudonyms (memory.h); NULL: changed_by then stays unknown. given may be NULL. */
int mapping_apply(const struct mapping *m, const struct record *r,
		  const struct mapping_given *given, const uint8_t *key, struct arena *arena,
		  struct event *ret, struct mapping_problem *problem);
