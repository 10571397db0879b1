/* A batch that is turned away (unknown home, epoch) has changed nothing in the ledger, so the
 * others commit beside it. */
#include "regional/merge/transaction.h"

#include "base/kill_point.h"
#include "regional/merge/save.h"

static const enum merge_verdict verdicts[] = {
    [PLAY_TAKEN] = MERGE_TAKEN,
    [PLAY_UNKNOWN] = MERGE_UNKNOWN,
    [PLAY_CERTIFICATE] = MERGE_CERTIFICATE,
    [PLAY_EPOCH] = MERGE_EPOCH,
};

static void set_up(struct play_batch *p, const struct transaction *t,
		   const struct transaction_job *tj)
{
	struct merge_job *job = tj->job;

	if (tj->from == 0) /* a run of before, that failed, may have left outcomes */
		job->answer = (struct wire_answer){.outcomes = job->answer.outcomes};
	*p = (struct play_batch){
	    .batch = job->batch,
	    .from = tj->from,
	    .to = tj->to,
	    .received_at = job->received_at,
	    .source_ip = job->source_ip,
	    .certificate = job->certificate,
	    .arena = job->arena,
	    .answer = &job->answer,
	    .change = job->change,
	    .fresh = t->fresh,
	};
}

/* What was changed at the region since the home's rev goes with the answer, as it stands now. */
static void tell_changes(const struct play_batch *p)
{
	struct wire_answer *w = p->answer;
	int64_t since = p->batch->header.rev;
	size_t n = 0;

	w->facility_rev = p->home->rev;
	w->n_beds = 0;
	for (const struct ledger_bed *b = p->home->beds; b; b = b->next)
		n += b->region_rev > since;
	if (p->change || n == 0)
		return;
	w->beds = arena_array(p->arena, struct wire_bed, n);
	for (const struct ledger_bed *b = p->home->beds; b; b = b->next)
		if (b->region_rev > since)
			w->beds[w->n_beds++] = (struct wire_bed){arena_span(p->arena, b->id),
								 b->status, b->last_updated};
}

static int attempt(struct transaction *t, struct transaction_job *jobs, size_t n, struct err *err)
{
	struct ledger *l = &t->ledger;

	ledger_reset(l);
	struct play_batch *batches = arena_array(&l->arena, struct play_batch, n);
	for (size_t i = 0; i < n; i++)
		set_up(&batches[i], t, &jobs[i]);
	int r = load(t->pg, &t->columns, l, batches, n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		jobs[i].job->verdict = verdicts[play(l, &batches[i])];
	t->n_rows = save_prepare(l, &t->rows);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].job->verdict == MERGE_TAKEN)
			tell_changes(&batches[i]);
	r = save(t->pg, &t->columns, l, t->rows, t->n_rows, err);
	if (r == 0)
		kill_point("after_commit");
	return r;
}

static void roll_back(struct pg *pg)
{
	if (!pg_is_lost(pg) && pg_send(pg, "ROLLBACK", NULL, NULL) == 0 && pg_sync(pg, NULL) == 0)
		(void)pg_received(pg, NULL);
}

static int discard_plans(struct transaction *t, struct err *err)
{
	int r = pg_send(t->pg, "DISCARD PLANS", NULL, err);
	if (r == 0)
		r = pg_sync(t->pg, err);
	return r == 0 ? pg_received(t->pg, err) : r;
}

int transaction_run(struct transaction *t, struct transaction_job *jobs, size_t n, struct err *err)
{
	size_t outcomes = n == 1 ? jobs[0].job->answer.n_outcomes : 0;
	bool due = replan_is_due(&t->replan, jobs[0].job->received_at);
	int r = due ? discard_plans(t, err) : 0;

	if (r == 0)
		r = attempt(t, jobs, n, err);
	if (r == 0)
		replan_wrote(&t->replan, t->ledger.n_audit);
	if (r < 0) {
		if (jobs[0].from > 0)
			jobs[0].job->answer.n_outcomes = outcomes;
		roll_back(t->pg);
	}
	return r;
}

void transaction_done(struct transaction *t)
{
	columns_done(&t->columns);
	ledger_done(&t->ledger);
}
