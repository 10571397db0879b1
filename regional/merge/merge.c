/* The workers and who gets what. */
#include "regional/merge/merge.h"

#include <stdlib.h>
#include <string.h>

#include "regional/merge/table.h"
#include "regional/merge/worker.h"

struct merge {
	char *database;
	int n;
	struct worker *workers[];
};

int merge_start(const struct merge_options *o, struct merge **ret, struct err *err)
{
	struct merge *m = calloc(1, sizeof(*m) + (size_t)o->workers * sizeof(m->workers[0]));

	if (!m || !(m->database = strdup(o->database)))
		abort();
	struct merge_options own = *o;
	own.database = m->database;
	for (int i = 0; i < o->workers; i++) {
		int r = worker_start(&own, i == 0, &m->workers[i], err);
		if (r < 0) {
			merge_stop(m);
			return r;
		}
		m->n++;
	}
	*ret = m;
	return 0;
}

void merge_stop(struct merge *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->n; i++)
		worker_stop(m->workers[i]);
	free(m->database);
	free(m);
}

void merge_submit(struct merge *m, struct merge_job *job)
{
	uint64_t hash = table_mix(span_hash(job->batch->header.facility), 0);

	if (worker_submit(m->workers[hash % (uint64_t)m->n], job))
		return;
	job->verdict = MERGE_AWAY;
	job->done(job, job->user);
}

struct merge_state merge_state(struct merge *m)
{
	struct merge_state s = {0};

	for (int i = 0; i < m->n; i++)
		worker_add_state(m->workers[i], &s);
	return s;
}
