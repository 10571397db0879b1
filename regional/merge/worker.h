/* One merge thread: its queue, its connection, its retries. */
#pragma once

#include "regional/merge/merge.h"

struct worker;

/* The worker keeps a copy of o, not of what it points to. */
int worker_start(const struct merge_options *o, bool keeps_partitions, struct worker **ret,
		 struct err *err);
void worker_stop(struct worker *w); /* merges or answers what is queued; NULL allowed */
bool worker_submit(struct worker *w, struct merge_job *job); /* false: the queue is full */
void worker_add_state(struct worker *w, struct merge_state *s);
