/* Where a bed stands in a message: a field of type PL, read by the site's switches. */
#pragma once

#include "adapters/hl7_adt.h"

/* PL-9 stands for an empty PL-1: ward-level feeds write the ward into the description. */
#define HL7_PL_WARD	   1
#define HL7_PL_DESCRIPTION 9

enum hl7_location_state {
	HL7_LOCATION_BED,
	HL7_LOCATION_NO_BED,  /* the field or its bed is empty */
	HL7_LOCATION_DELETED, /* the field is "" */
	HL7_LOCATION_IGNORED, /* on ignore_beds */
};

struct hl7_location {
	enum hl7_location_state state;
	ssize_t segment; /* < 0: there is no such segment */
	unsigned field, group;
};

struct hl7_location hl7_location_read(struct hl7_message *m, const struct hl7_site *site,
				      struct arena *a, ssize_t segment, unsigned field);
/* The same ward, room, bed and facility, as written. */
bool hl7_location_same(struct hl7_message *m, struct arena *a, const struct hl7_location *x,
		       const struct hl7_location *y);
/* A component of a field, decoded; component 0: the whole field. SPAN_NONE without the segment. */
struct span hl7_component(struct hl7_message *m, struct arena *a, ssize_t segment, unsigned field,
			  unsigned component);
