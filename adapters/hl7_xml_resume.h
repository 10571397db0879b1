/* A file of v2.xml is a row of messages that have nothing to do with one another, like one of
 * pipes: where one of them is not well-formed, the others are read. Nobody can say what the rest of
 * broken XML means, so reading begins anew where the next message does, within the elements that
 * stood around the last one:
 *
 *     <Batch> <ADT_A01>…</ADT_A01> <ADT_A01>… & …</ADT_A01> <ADT_A01>…</ADT_A01> </Batch>
 *     '--1--'                                ^ passed over   ^ <x><Batch> and on from here
 *
 * A message begins with a tag that is named as the one before, or as messages are (ADT_A01). */
#pragma once

#include "adapters/xml_sax.h"
#include "base/buf.h"

#define HL7_XML_BREAKS_MAX 1000 /* in one file */

struct hl7_xml_resume {
	/* The start tags of the open elements down to the message, without line ends, and how far
	 * each reaches; the first is around the whole file. */
	struct buf way;
	size_t ends[XML_DEPTH_MAX + 2];
	unsigned around; /* how many stood around the last message; 0: there was none */
	char name[64];	 /* of its element, without a prefix */
	/* Text that the parser has not used yet; or, behind a break, that was not searched yet. */
	struct buf held;
	size_t from; /* so much of it is done with */
	uint64_t at; /* its offset in the text */
	bool is_seeking;
	uint64_t line; /* at `from`, while seeking; and bytes before it on that line */
	int column;
	uint64_t resumed; /* offset behind which the next message may begin */
	uint64_t breaks;
};

void hl7_xml_resume_done(struct hl7_xml_resume *r);

/* The element at this depth (1: the one around the file) begins. To be told of all that may lead
 * to a message, and to have been told of all around it. */
void hl7_xml_resume_element(struct hl7_xml_resume *r, unsigned depth, struct span tag);
/* The element at this depth turns out to be a message. */
void hl7_xml_resume_message(struct hl7_xml_resume *r, unsigned depth);

/* The parser has used the text up to `used`, with it this piece, which begins at `at`: the rest is
 * kept for what may follow. */
void hl7_xml_resume_keep(struct hl7_xml_resume *r, struct span piece, uint64_t at, uint64_t used);
/* The text is broken where the parser says, at this depth, in the piece or in what is held. */
void hl7_xml_resume_break(struct hl7_xml_resume *r, const struct xml_sax *s, unsigned depth,
			  struct span piece, uint64_t at);
/* While seeking: a further piece; false if no message begins in it. Else *ret is the text from the
 * next message on; it is held: the parser's use of it is told with hl7_xml_resume_keep, too. */
bool hl7_xml_resume_seek(struct hl7_xml_resume *r, struct span piece, uint64_t at,
			 struct span *ret);
/* What a new parser is to be given before that; also says it where it stands. */
struct span hl7_xml_resume_lead(struct hl7_xml_resume *r, struct xml_sax *s);
