/* A file of the ledger read once more, to tell where each of its records stands and what its
 * adapter, as it is now, makes of it. Nothing of it is remembered or kept. */
#pragma once

#include "adapters/adapter.h"
#include "watcher/dropped.h"

struct retrace_record {
	uint64_t line, offset;
	enum record_fate_kind kind;
	char type[4];	    /* HL7: "A01"; "" */
	const char *why;    /* of nothing, or what was noted; "" */
	const char *bad;    /* RECORD_BAD: "unmapped in STATUS (letters): …"; "" */
	bool is_told;	    /* an event of it was listed */
	struct span bed_id; /* of its first event; SPAN_NONE */
	enum bed_status status;
};

struct retrace {
	struct retrace_record *records; /* number 1 is [0] */
	size_t n, cap;
	struct arena arena;
	struct buf bad; /* the words for the one that is read now */
	uint64_t size;	/* of the file, in bytes */
	char encoding[64];
	bool is_bytes; /* offsets are of the file's own bytes */
};
#define RETRACE_INIT ((struct retrace){0})
void retrace_done(struct retrace *t);

/* Fails where the file as a whole cannot be read; the records before that are there. */
int retrace_run(const struct adapter *a, const struct adapter_input *input, struct dropped *d,
		struct retrace *ret, struct err *err);
/* NULL: there is no such record. */
struct retrace_record *retrace_find(const struct retrace *t, uint64_t record);
/* "41-97": its bytes, up to the next record's; "" if that cannot be told. */
#define RETRACE_BYTES_MAX 48
const char *retrace_bytes(const struct retrace *t, uint64_t record, char out[RETRACE_BYTES_MAX]);
