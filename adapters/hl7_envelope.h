/* What a file of HL7 gives, message by message, and the envelopes around them:
 *
 *     FHS  BHS  MSH… MSH…  BTS|2  FTS|1      BTS-1 counts the batch's messages, FTS-1 the batches
 *
 * The same for pipes (hl7_stream.h) and for XML (hl7_xml.h). */
#pragma once

#include "base/err.h"
#include "base/span.h"

enum hl7_item_kind {
	HL7_ITEM_MESSAGE,
	HL7_ITEM_STRAY,	   /* lines that belong to no message */
	HL7_ITEM_TOO_LONG, /* a message longer than ADAPTER_RECORD_MAX; it was passed over */
	HL7_ITEM_COUNT,	   /* a BTS or FTS counts otherwise; expected -1: not a number */
	HL7_ITEM_UNCLOSED, /* a BHS or FHS without its BTS or FTS: was the file cut? */
	HL7_ITEM_BROKEN,   /* XML that is not well-formed, up to the next message */
	HL7_ITEM_CUT,	   /* XML that ends behind a message, within the elements around it */
};

struct hl7_item {
	enum hl7_item_kind kind;
	struct span bytes;   /* MESSAGE: without its last line end; lives until the call returns */
	uint64_t line;	     /* 1-based; CR, LF and CRLF each end a line */
	uint64_t offset;     /* in the bytes fed */
	const char *segment; /* COUNT, UNCLOSED: "BTS", "FTS", "BHS", "FHS" */
	int64_t expected, counted; /* COUNT */
	const char *why;	   /* BROKEN: with line and column */
};

struct hl7_item_sink {
	void *ctx;
	/* < 0 ends the feed. */
	int (*item)(void *ctx, const struct hl7_item *item, struct err *err);
};

enum hl7_envelope_segment { HL7_FHS, HL7_BHS, HL7_BTS, HL7_FTS };

/* Embedded by its owner; `messages` is counted by them. */
struct hl7_envelope {
	bool file, batch;	/* open */
	uint64_t messages;	/* since the last BHS */
	uint64_t batches;	/* since the last FHS */
	uint64_t file_messages; /* since the last FHS, in batches that are closed */
	uint64_t file_line, batch_line, file_offset, batch_offset;
};

/* The segment at this place; count: its first field, as written. */
int hl7_envelope_take(struct hl7_envelope *e, const struct hl7_item_sink *sink,
		      enum hl7_envelope_segment segment, struct span count, uint64_t line,
		      uint64_t offset, struct err *err);
/* The file ends. */
int hl7_envelope_end(struct hl7_envelope *e, const struct hl7_item_sink *sink, struct err *err);
