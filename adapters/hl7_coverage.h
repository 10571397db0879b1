/* Which segments of the messages about beds nobody read, so that nothing is unread in silence. */
#pragma once

#include "adapters/format.h"
#include "adapters/hl7_config.h"

#define HL7_COVERAGE_KINDS  256 /* a power of two */
#define HL7_COVERAGE_READ   16	/* segments that are read, whose fields are counted */
#define HL7_COVERAGE_FIELDS 64

struct hl7_coverage {
	struct {
		char id[4];
		uint64_t count;
	} unread[HL7_COVERAGE_KINDS];
	size_t n;
	uint64_t others; /* of more kinds than are counted apart */
	struct {
		char id[4];
		uint64_t count[HL7_COVERAGE_FIELDS + 1]; /* valued, by number */
	} read[HL7_COVERAGE_READ];
	size_t n_read;
};

void hl7_coverage_count(struct hl7_coverage *c, const struct hl7_message *m,
			const struct hl7_config *config);
/* Also the fields of segments that are read, which neither the built-in meaning nor the adapter
 * reads. */
void hl7_coverage_fields(struct hl7_coverage *c, struct hl7_message *m,
			 const struct hl7_config *config);
void hl7_coverage_report(const struct hl7_coverage *c, struct run_out *out); /* as notes */
