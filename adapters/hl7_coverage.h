/* Which segments of the messages about beds nobody read, so that nothing is unread in silence. */
#pragma once

#include "adapters/format.h"
#include "adapters/hl7_config.h"

#define HL7_COVERAGE_KINDS 256 /* a power of two */

struct hl7_coverage {
	struct {
		char id[4];
		uint64_t count;
	} unread[HL7_COVERAGE_KINDS];
	size_t n;
	uint64_t others; /* of more kinds than are counted apart */
};

void hl7_coverage_count(struct hl7_coverage *c, const struct hl7_message *m,
			const struct hl7_config *config);
void hl7_coverage_report(const struct hl7_coverage *c, struct run_out *out); /* as notes */
