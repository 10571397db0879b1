/* The bytes of an XML file, in pieces, as UTF-8: the adapter's encoding, a byte order mark, the
 * XML declaration, else UTF-8. */
#pragma once

#include "adapters/charset.h"
#include "base/buf.h"

struct xml_text {
	struct charset *charset; /* NULL until the declaration was looked for */
	struct buf head;	 /* the bytes until then */
	bool any;		 /* text came */
};

/* encoding NULL: find out. SPAN_NONE until enough of the file is there to know. INVALID for a
 * declaration that names an encoding that is not known. The span lives until the next call. */
int xml_text_feed(struct xml_text *t, const char *encoding, struct span bytes, bool last,
		  struct span *ret, struct err *err);
void xml_text_done(struct xml_text *t);
