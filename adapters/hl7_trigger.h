/* Between hl7_adt.c, which finds out what a message is, and hl7_trigger.c, which says what each
 * trigger does. */
#pragma once

#include "adapters/hl7_adt.h"

/* Fields of PV1 */
#define PV1_CLASS     2
#define PV1_LOCATION  3
#define PV1_PRIOR     6
#define PV1_TEMPORARY 11
#define PV1_PENDING   42

/* What the readings share while one message is read. */
struct hl7_context {
	struct hl7_message *m;
	const struct hl7_site *site;
	const struct adapter_memory *memory;
	struct arena *a;
	const struct hl7_trigger *trigger;
	struct hl7_reading *out;
	bool has_visit; /* PV1-19 is valued and there is a memory */
	struct digest visit;
	struct visit_memory remembered; /* beds absent if nothing is */
	struct span promised;		/* the bed that waits for the visit */
};

struct hl7_trigger {
	const char *name, *what;
	void (*read)(struct hl7_context *c);
	enum reason reason; /* of the bed that the message is about */
};

extern const struct hl7_trigger hl7_triggers[];
extern const size_t hl7_n_triggers;
