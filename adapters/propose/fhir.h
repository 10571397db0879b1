/* FHIR R4 as XML is the same everywhere: what is proposed for it is the adapter that ships with the
 * samples (samples/xml-fhir), word for word. */
#pragma once

#include "adapters/propose/layout.h"

/* `mode:` and all below it, up to the tests; made of the sample's YAML when this is built. */
extern const char fhir_adapter[];

/* Beds, or who lies in them, and times by which a change can be told from the one before. */
bool fhir_tells_of_beds(struct span text);
void fhir_propose(struct proposal *p, const struct propose_options *o, const char *encoding);
