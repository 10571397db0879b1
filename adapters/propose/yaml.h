/* The proposal written down. */
#pragma once

#include "adapters/propose/roles.h"

/* adapter, format, match, encoding, facility. */
void yaml_head(struct proposal *p, const struct propose_options *o, const char *encoding);
/* A glob on the names of such files; names of persons are not in it. */
const char *yaml_pattern(struct arena *a, const struct propose_options *o, const char *sample);
/* mode, zone, `csv:` or `xml:`, `event:`, and what is not read. */
void yaml_table(struct proposal *p, const struct propose_options *o, struct layout *l,
		const struct roles *r);
/* " # sure: 40 of 40 rows …" of the last guess of this name, and a line end. */
void yaml_why(struct proposal *p, const char *what);
int hl7_propose(struct proposal *p, const struct propose_options *o, struct span bytes, bool is_xml,
		struct err *err);

/* ---- for the files of this room ---- */

/* Names for the columns of a CSV file whose own will not do. */
void yaml_csv_names(struct layout *l, const struct roles *r, struct arena *a);
void yaml_csv(struct proposal *p, const struct layout *l, const struct roles *r);
/* Is the column read? */
bool yaml_is_used(const struct roles *r, size_t column);
/* May it stand in a template as it is? */
bool yaml_is_plain(struct span name);
void yaml_quoted(struct buf *b, struct span s);
void yaml_reference(struct buf *b, const struct layout *l, size_t column); /* {NAME} */
void yaml_map(struct proposal *p, const struct layout *l, const char *field, size_t column,
	      const struct codes *c, enum role role);
void yaml_status(struct proposal *p, const struct layout *l, const struct roles *r);
