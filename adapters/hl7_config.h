/* The section `hl7:` of an adapter, and how a reference in its templates is read.
 *
 *     hl7:
 *       cleaning: true                         a freed bed is in maintenance until an A20 says
 * otherwise ignore_beds: ["WAIT^*", "POOL*"]        globs on ward^room^bed and on the bed alone
 *       bed_component: 3                       which part of a location must be valued for it to be
 * a bed bed_status: {"1": maintenance/cleaning, "2": available}    NPU-2 beside table 0116
 *       triggers: {A04: A01, A23: none}        read one trigger like another, or not at all
 *
 * Without bed_component it follows from the references: the last of ward, room and bed (PL.1 to
 * PL.3) that the adapter's templates ask for. A home whose beds are rooms writes "bed_{PL.2}" and
 * needs no switch.
 */
#pragma once

#include "adapters/hl7_adt.h"
#include "base/conf.h"

#define HL7_CONFIG_SEGMENTS_MAX 32
#define HL7_CONFIG_FIELDS_MAX	128

struct hl7_config {
	struct arena arena;
	struct hl7_site site; /* bed_component: as referred to, unless fixed */
	bool component_is_fixed;
	char segments[HL7_CONFIG_SEGMENTS_MAX][4]; /* that references read */
	size_t n_segments;
	struct {
		char id[4];
		uint16_t field;
	} fields[HL7_CONFIG_FIELDS_MAX]; /* likewise; for coverage */
	size_t n_fields;
};

extern const struct conf_key hl7_config_keys[];
int hl7_config_read(struct conf *conf, const struct conf_node *node, void **ret_config,
		    struct err *err);
void hl7_config_free(void *config);
/* Refuses what could name a patient: only MSH, EVN, PV1, PV2, NPU, Z segments and the location are
 * read, and of PV1 and PV2 no visit number, no text about the patient's state. */
int hl7_config_resolve(void *config, struct span text, struct field_ref *ret, struct err *err);
