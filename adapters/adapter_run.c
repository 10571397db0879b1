/* A run of an adapter over one file: the format's driver between the bytes and the sink. */
#include <stdio.h>

#include "adapters/adapter_inside.h"
#include "adapters/mapping_watch.h"
#include "adapters/run_out.h"
#include "bed/ident.h"

/* What a driver is given at once: its buffers stay small however large the pieces are. */
#define PIECE_MAX ((size_t)64 << 10)

struct adapter_run {
	struct format_setup setup;
	struct adapter_sink sink;
	const struct format_ops *ops;
	void *run;
	uint64_t bytes;
	bool failed;
	struct run_out out;
};

static int check_facility(const struct adapter *a, const struct adapter_input *input,
			  struct err *err)
{
	if (!input->facility || !ident_is_facility(span_str(input->facility)))
		return err_set(err, ERR_INVALID, "no facility to read the file for");
	if (a->facility && !span_eq_str(span_str(a->facility), input->facility))
		return err_set(err, ERR_INVALID, "the adapter %s is for %s, this home is %s",
			       a->name, a->facility, input->facility);
	return 0;
}

int adapter_run_new(const struct adapter *a, const struct adapter_input *input,
		    const struct adapter_sink *sink, const struct adapter_memory *memory,
		    struct adapter_run **ret, struct err *err)
{
	int r = check_facility(a, input, err);

	if (r < 0)
		return r;
	_cleanup_(adapter_run_freep) struct adapter_run *run = calloc(1, sizeof(*run));
	if (!run)
		abort();
	run->ops = a->ops;
	run->sink = *sink;
	run->setup = (struct format_setup){.config = a->config,
					   .mapping = a->mapping,
					   .zone = a->zone	 ? a->zone
						   : input->zone ? input->zone
								 : a->utc,
					   .encoding = a->encoding,
					   .mode = a->mode,
					   .file_time = input->file_time,
					   .memory = memory,
					   .acks = input->acks,
					   .watch = input->watched ? mapping_watch_new() : NULL};
	run_out_init(&run->out, a->name, a->mode, input, &run->sink, memory);
	r = a->ops->run_new(&run->setup, &run->out, &run->run, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(run);
	return 0;
}

int adapter_run_feed(struct adapter_run *r, struct span bytes, bool last, struct err *err)
{
	if (r->failed)
		return err_set(err, ERR_INVALID, "the file could not be read before");
	r->bytes += bytes.n;
	r->failed = true; /* until all of it went well */
	if (r->bytes > ADAPTER_FILE_MAX)
		return err_set(err, ERR_LIMIT, "the file is longer than 1 GiB");
	for (;;) {
		size_t n = bytes.n < PIECE_MAX ? bytes.n : PIECE_MAX;
		bool end = n == bytes.n;
		int code =
		    r->ops->run_feed(r->run, span_of(bytes.p ? bytes.p : "", n), last && end, err);
		if (code < 0)
			return code;
		if (end)
			break;
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	r->failed = false;
	if (last && r->setup.watch)
		mapping_watch_report(r->setup.watch, r->setup.mapping, &r->out);
	return 0;
}

const char *adapter_run_refusal(const struct err *err)
{
	if (err->code == ERR_LIMIT)
		return "limit";
	return err->code == ERR_CONFLICT ? "header" : "not_readable";
}

/* XML tells why: it knows the root element. */
static const char *why_no_records(const struct adapter_summary *s)
{
	for (size_t i = 0; i < s->n_notes; i++)
		if (span_starts(span_str(s->notes[i].what), SPAN(ADAPTER_NO_RECORD)))
			return s->notes[i].what;
	return NULL;
}

const char *adapter_judge(const struct adapter *a, const struct adapter_summary *s,
			  char message[static ADAPTER_JUDGED_MAX])
{
	if (s->bad > 0 && adapter_rejects(a, s->bad, s->records)) {
		(void)snprintf(message, ADAPTER_JUDGED_MAX,
			       "%llu of %llu records are bad, more than the adapter allows",
			       (unsigned long long)s->bad, (unsigned long long)s->records);
		return "too_many_bad";
	}
	if (s->records == 0 && !adapter_allows_empty(a)) {
		const char *why = why_no_records(s);
		(void)snprintf(
		    message, ADAPTER_JUDGED_MAX,
		    "the file holds no record%s%s, and the adapter does not say allow_empty: true",
		    why ? ": " : "", why ? why : "");
		return "no_records";
	}
	return NULL;
}

const struct adapter_summary *adapter_run_summary(struct adapter_run *r)
{
	return &r->out.summary;
}

void adapter_run_free(struct adapter_run *r)
{
	if (!r)
		return;
	if (r->run)
		r->ops->run_free(r->run);
	mapping_watch_free(r->setup.watch);
	run_out_done(&r->out);
	free(r);
}
