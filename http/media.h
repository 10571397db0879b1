/* Media types: what a client takes and what it sends (RFC 9110, sections 8.3 and 12.5.1). Pure. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

/* Does an Accept header admit this type? An absent or empty header admits all. The most exact range
 * decides; q=0 refuses. */
bool media_accepts(struct span accept, struct span type);
/* Is a Content-Type (parameters aside) in a comma list of types? */
bool media_in_list(struct span content_type, struct span list);
/* Does an Accept-Encoding header admit this coding by name? */
bool media_accepts_coding(struct span accept_encoding, struct span coding);
