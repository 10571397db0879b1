#include "adapters/propose/fhir.h"

#include "adapters/propose/yaml.h"

static bool holds(struct span text, const char *what)
{
	return memmem(text.p, text.n, what, strlen(what)) != NULL;
}

/* Closing tags: with a prefix or without, they end so. */
bool fhir_tells_of_beds(struct span text)
{
	bool is_fhir =
	    holds(text, "\"http://hl7.org/fhir\"") || holds(text, "'http://hl7.org/fhir'");
	bool has_beds = holds(text, "Location>") || holds(text, "Encounter>");

	return is_fhir && has_beds &&
	       (holds(text, "lastUpdated ") || holds(text, "timestamp ") || holds(text, "period>"));
}

void fhir_propose(struct proposal *p, const struct propose_options *o, const char *encoding)
{
	p->mode = MODE_DELTA;
	propose_guess(p, SURE, "format", "xml", "FHIR R4: Location or Encounter");
	propose_guess(p, LIKELY, "bed_id", "id of a Location",
		      "the server's ids of beds are taken for their names");
	yaml_head(p, o, encoding);
	buf_adds(&p->yaml, "# FHIR R4: the adapter of samples/xml-fhir. bed_id, likely: the ids of "
			   "the server's Locations;\n# where they may change, take another name of "
			   "the bed that does not.\n");
	buf_adds(&p->yaml, fhir_adapter);
}
