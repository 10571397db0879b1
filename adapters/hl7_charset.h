/* What a message's bytes are: MSH-18 names the character set of each message for itself (table
 * 0211). */
#pragma once

#include "adapters/hl7_text.h"

enum hl7_charset_doubt {
	HL7_CHARSET_SURE,
	HL7_CHARSET_UNKNOWN, /* MSH-18 names a set that is not known: read as if it were empty */
	HL7_CHARSET_SEVERAL, /* MSH-18 repeats: the first is read */
	HL7_CHARSET_GUESSED, /* none is named and it is not UTF-8: windows-1252 */
};

/* The name that charset.h knows for a code of table 0211; NULL if there is none. "" : says nothing
 * (empty, ASCII). */
const char *hl7_charset_name(struct span code);

/* The message as UTF-8: itself if it is ASCII or UTF-8, else decoded into out. m is used to find
 * MSH-18. */
struct span hl7_charset_to_utf8(struct span bytes, struct hl7_message *m, struct arena *a,
				struct buf *out, const char **ret_name,
				enum hl7_charset_doubt *ret_doubt);

/* Is the file UTF-16 without a byte order mark? Its first four bytes tell. NULL: no. */
const char *hl7_charset_sniff(struct span head);
