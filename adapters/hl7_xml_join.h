/* One file may hold several XML documents, one behind the other, each with its declaration and in
 * MLLP's framing bytes. XML knows one root element: what stands between documents is blanked, so
 * that the parser can be given all of them within one root. Nothing moves: a line and an offset
 * stay what they were.
 *
 * Blanked: XML declarations, a DOCTYPE without a subset of its own (nothing is read from it),
 * and, between tags, MLLP's framing bytes, NUL, Ctrl-Z and byte order marks. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct hl7_xml_join {
	int state;
	bool blank;   /* only white space since the last tag */
	bool refused; /* a DOCTYPE with a subset: what was passed ends before it */
	char last[2]; /* bytes before, within comments and the like */
	struct buf held, out;
};

void hl7_xml_join_init(struct hl7_xml_join *j);
void hl7_xml_join_done(struct hl7_xml_join *j);
/* The next piece, as far as it is not refused; lives until the next call. */
struct span hl7_xml_join_pass(struct hl7_xml_join *j, struct span text, bool last);
