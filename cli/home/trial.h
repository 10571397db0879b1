/* One file through an adapter, into memory: what `adapter try` prints and `adapter test` compares.
 * It does what the watcher does, with an empty home: previous statuses come from the file itself.
 */
#pragma once

#include "adapters/adapter.h"

#define TRIAL_BAD_MAX 1000

struct trial {
	struct event *events; /* the first `limit` of them */
	size_t n_events, cap_events;
	struct bad_record *bad; /* the first TRIAL_BAD_MAX, warnings among them */
	size_t n_bad;
	uint64_t *lines; /* on which each record starts; with settings.lines */
	size_t n_lines, cap_lines;
	struct adapter_summary summary; /* notes copied */
	struct err err; /* code 0: the file could be read, and holds records if it must */
	const char
	    *rejected; /* the code with which the watcher would reject it; NULL: it would not */
	char rejected_message[ADAPTER_JUDGED_MAX];
	struct arena arena;
};
void trial_done(struct trial *t);

struct trial_settings {
	const struct adapter *adapter;
	const char *facility;
	const struct zone *zone; /* NULL: UTC */
	size_t limit;		 /* events kept; 0: all */
	usec_t file_time;	 /* USEC_NONE: the file's mtime */
	bool lines;		 /* say on which line each record starts */
	bool watched;		 /* as in struct adapter_input */
};

/* Fills *ret whatever the file is; a file that cannot be read is said in ret->err. Nothing but a
 * regular file is opened. */
void trial_run(const struct trial_settings *s, const char *path, struct trial *ret);
