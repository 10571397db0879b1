/* A file's bytes → HL7 messages. The bytes may come in pieces of any size; only the unfinished
 * message is kept.
 *
 *     FHS|^~\&|…            an envelope may stand around batches,
 *     BHS|^~\&|…            and around messages
 *     MSH|^~\&|…  PV1|…     a message: from MSH to before the next MSH or envelope segment, the
 *                           MLLP block end or the file's end
 *     BTS|1                 counts its messages
 *     FTS|1                 counts its batches
 *
 * CR, LF and CRLF end a line, also mixed. White space, MLLP's block start and a byte order mark
 * before a segment, and blank lines, are passed over. MSH in lower case is MSH.
 */
#pragma once

#include "adapters/adapter.h"
#include "adapters/hl7_envelope.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum hl7_stream_state { HL7_BETWEEN, HL7_IN_MESSAGE, HL7_IN_STRAY, HL7_SKIPPING };

/* Embedded by its owner; all fields are the module's own. */
struct hl7_stream {
	struct hl7_item_sink sink;
	struct span view;   /* from the unfinished message, or line, on: in the caller's bytes, */
	struct buf pending; /* or here */
	uint64_t base;	    /* where the view begins in the file */
	size_t line_start;  /* of the unfinished line, in the view */
	size_t scanned;	    /* no line end before this */
	uint64_t line;	    /* of the unfinished line */
	bool after_cr;	    /* a LF now belongs to the CR before it */
	bool in_long_line;  /* the start of this line was let go */
	enum hl7_stream_state state;
	size_t record_start, record_end; /* IN_MESSAGE: in the view */
	uint64_t record_line, record_offset;
	struct hl7_envelope envelope;
	uint64_t n_messages, n_stray;
};

void hl7_stream_init(struct hl7_stream *s, struct hl7_item_sink sink);
/* < 0 only when the sink says so. After last == true the stream is spent. */
int hl7_stream_feed(struct hl7_stream *s, struct span bytes, bool last, struct err *err);
void hl7_stream_done(struct hl7_stream *s);
