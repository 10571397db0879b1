/* What the readings of the trigger table are made of: locations, effects, what is remembered. Each
 * works on the message at hand and adds to its reading. */
#pragma once

#include "adapters/hl7_location.h"
#include "adapters/hl7_trigger.h"

struct span hl7_effect_text(struct hl7_context *c, ssize_t segment, unsigned field,
			    unsigned component);
/* A field of PV1; group 1: of the second patient of a swap. */
struct hl7_location hl7_effect_locate(struct hl7_context *c, unsigned field, unsigned group);
const char *hl7_effect_why_not(const struct hl7_location *l); /* why it is no bed, as a note */

struct hl7_effect *hl7_effect_at(struct hl7_context *c, const struct hl7_location *l,
				 enum bed_status status, enum reason reason);
struct hl7_effect *hl7_effect_bed(struct hl7_context *c, struct span bed, enum bed_status status,
				  enum reason reason);
/* The bed that a location names, else the remembered one; NULL, with a note, if there is neither.
 * An ignored bed is named: no remembered one stands for it. */
struct hl7_effect *hl7_effect_at_or_remembered(struct hl7_context *c, const struct hl7_location *l,
					       struct span remembered, enum bed_status status,
					       enum reason reason);
/* A freed bed is available, or waits for the cleaners where the site says when they are done (A20).
 * NULL: nothing. */
void hl7_effect_free(struct hl7_context *c, struct hl7_effect *e);
void hl7_effect_remember(struct hl7_context *c, int bed, int before); /* hl7_visit_change */
/* The message as a whole is bad. */
void hl7_effect_refuse(struct hl7_context *c, const char *field, const char *reason,
		       const char *message, struct span value);

void hl7_npu_read(struct hl7_context *c); /* A20 */
