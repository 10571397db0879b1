#include "cli/home/explain.h"

#include "cli/home/kept_bytes.h"

const struct adapter *explain_adapter(const struct explaining *x, const struct listing_file *f)
{
	return catalog_find(&x->catalog, f->adapter);
}

const char *explain_read_again(struct explaining *x, struct listing_file *f, const char *from,
			       struct retrace *ret)
{
	_cleanup_(dropped_done) struct dropped d = DROPPED_INIT;
	const struct adapter *a = explain_adapter(x, f);
	const struct adapter_input input = {
	    .facility = x->place.home->facility,
	    .file = f->digest,
	    .file_time = f->mtime,
	    .zone = x->zone,
	};
	struct err err = {0};

	if (!a)
		return "its adapter is not in force (bedpost adapter check), so it was not read "
		       "again";
	if (kept_bytes_await(x->place.outbox, f, &x->arena, &err) < 0 ||
	    kept_bytes_open(f, from, &d, &err) < 0)
		return arena_strdup(&x->arena, err.message);
	if (retrace_run(a, &input, &d, ret, &err) < 0)
		return arena_printf(&x->arena, "read again, it fails: %s", err.message);
	if (ret->n != f->records && strcmp(f->state, "rejected") != 0)
		return arena_printf(&x->arena,
				    "the adapter was changed since: it finds %llu records where it "
				    "found %llu, so lines may be other ones",
				    (unsigned long long)ret->n, (unsigned long long)f->records);
	return NULL;
}

void explain_add_way(struct table *t, const struct trace_event *e)
{
	if (!e) {
		for (int i = 0; i < 8; i++)
			table_none(t);
		return;
	}
	table_text(t, e->epoch);
	table_number(t, (int64_t)e->seq);
	table_time(t, e->added);
	table_text_if(t, e->transport);
	table_number_if(t, e->batch_first > 0, (int64_t)e->batch_first);
	table_number_if(t, e->batch_first > 0, (int64_t)e->batch_last);
	table_text(t, e->outcome ? e->outcome : "waiting");
	table_time(t, e->answered);
}

const char *explain_why(const struct trace_event *e)
{
	enum outcome outcome = OUTCOME_APPLIED;

	if (e->reason[0] || !e->outcome)
		return e->reason[0] ? e->reason : NULL;
	(void)outcome_parse(span_str(e->outcome), &outcome);
	switch (outcome) {
	case OUTCOME_CONVERGED: return "the bed was so already";
	case OUTCOME_LATE:
		return "older than the bed's last news: in its history, the status stays";
	case OUTCOME_DUPLICATE: return "the region had it already";
	case OUTCOME_CONFLICT:
		return "does not fit what the region knew: somebody has to settle it";
	default: return NULL;
	}
}
