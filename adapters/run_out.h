/* Inside adapters/: what a run has reported so far. adapter_run.c makes it, the drivers report
 * through format.h. */
#pragma once

#include "adapters/charset.h"
#include "adapters/format.h"
#include "adapters/mapping_field.h"

#define RUN_NOTES_MAX 256

struct run_out {
	const struct adapter_sink *sink;
	const struct adapter_memory *memory; /* NULL: none */
	enum adapter_mode mode;
	struct span facility, adapter;
	struct span file; /* hex */
	char file_hex[DIGEST_BYTES + 1];
	char encoding[CHARSET_NAME_MAX];
	struct adapter_summary summary;
	struct adapter_note notes[RUN_NOTES_MAX];
	const char *default_notes[MAP_FIELDS]; /* NULL: not taken yet */
	struct arena arena;		       /* of the notes */
	struct record_fate fate;	       /* of the record that is read now */
	struct bad_record bad;		       /* likewise, if it is bad; its texts live as long */
	bool is_bad;
	struct event_ids ids;
	/* The last event that passed event_check had this: facility, adapter and file are the
	 * run's, so others with the same time_source need not be asked for theirs again. */
	struct span checked_time_source;
	bool has_checked;
};

void run_out_init(struct run_out *out, const char *adapter, enum adapter_mode mode,
		  const struct adapter_input *input, const struct adapter_sink *sink,
		  const struct adapter_memory *memory);
void run_out_done(struct run_out *out);
