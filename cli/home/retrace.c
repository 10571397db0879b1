/* Without a memory: whether a visit was known when the file came is not known any more. What was
 * made then stands in the outbox; this tells the place, and why nothing was made. */
#include "cli/home/retrace.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define RECORDS_MIN 256

void retrace_done(struct retrace *t)
{
	free(t->records);
	arena_done(&t->arena);
	buf_done(&t->bad);
	*t = RETRACE_INIT;
}

/* The record that is read now: the next one, until it ends. */
static struct retrace_record *open_record(struct retrace *t)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : RECORDS_MIN;
		t->records = reallocarray(t->records, t->cap, sizeof(*t->records));
		if (!t->records)
			abort();
		memset(t->records + t->n, 0, (t->cap - t->n) * sizeof(*t->records));
	}
	return &t->records[t->n];
}

static int on_events(void *ctx, const struct event *events, size_t n, _unused_ struct err *err)
{
	struct retrace *t = ctx;
	struct retrace_record *r = open_record(t);

	if (n > 0 && !r->bed_id.p) {
		r->bed_id = arena_span(&t->arena, events[0].bed_id);
		r->status = events[0].new_status;
	}
	return 0;
}

static int on_bad(void *ctx, const struct bad_record *b, _unused_ struct err *err)
{
	struct retrace *t = ctx;

	if (b->warning)
		return 0;
	buf_clear(&t->bad);
	buf_addf(&t->bad, "%s%s%s", b->reason, b->field && b->field[0] ? " in " : "",
		 b->field ? b->field : "");
	if (b->value_class && b->value_class[0])
		buf_addf(&t->bad, " (%s)", b->value_class);
	buf_addf(&t->bad, ": %s", b->message);
	return 0;
}

static const char *joined(struct retrace *t, const struct record_fate *f)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < f->n_why; i++)
		buf_addf(&text, "%s%s", i ? "; " : "", f->why[i]);
	const char *s = arena_strdup(&t->arena, text.n ? text.p : "");
	buf_done(&text);
	return s;
}

static void on_record(void *ctx, const struct record_fate *f)
{
	struct retrace *t = ctx;
	struct retrace_record *r = open_record(t);

	r->line = f->line;
	r->offset = f->offset;
	r->kind = f->kind;
	r->why = f->n_why > 0 ? joined(t, f) : "";
	r->bad = f->kind == RECORD_BAD ? arena_strdup(&t->arena, t->bad.p ? t->bad.p : "") : "";
	if (f->type)
		(void)snprintf(r->type, sizeof(r->type), "%.3s", f->type);
	t->n++;
}

static int feed(void *ctx, struct span bytes, bool last, struct err *err)
{
	return adapter_run_feed(ctx, bytes, last, err);
}

/* In XML, and where a character is neither UTF-8 nor one byte, offsets are of the text. */
static bool counts_bytes(enum adapter_format format, const char *encoding)
{
	return strncasecmp(encoding, "utf-16", 6) != 0 && strncasecmp(encoding, "utf-32", 6) != 0 &&
	       (format != FORMAT_XML || strcasecmp(encoding, "utf-8") == 0);
}

int retrace_run(const struct adapter *a, const struct adapter_input *input, struct dropped *d,
		struct retrace *ret, struct err *err)
{
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	const struct adapter_sink sink = {
	    .ctx = ret, .events = on_events, .bad = on_bad, .record = on_record};
	int r = adapter_run_new(a, input, &sink, NULL, &run, err);

	if (r < 0)
		return r;
	ret->size = d->stat.size;
	r = dropped_read(d, feed, run, err);
	const char *encoding = adapter_run_summary(run)->encoding;
	(void)snprintf(ret->encoding, sizeof(ret->encoding), "%s", encoding ? encoding : "");
	ret->is_bytes = counts_bytes(adapter_format(a), ret->encoding);
	return r;
}

struct retrace_record *retrace_find(const struct retrace *t, uint64_t record)
{
	return record >= 1 && record <= t->n ? &t->records[record - 1] : NULL;
}

const char *retrace_bytes(const struct retrace *t, uint64_t record, char out[RETRACE_BYTES_MAX])
{
	const struct retrace_record *r = retrace_find(t, record), *next;

	out[0] = '\0';
	if (!r)
		return out;
	next = retrace_find(t, record + 1);
	uint64_t end = next ? next->offset : t->is_bytes ? t->size : 0;
	if (end > r->offset)
		(void)snprintf(out, RETRACE_BYTES_MAX, "%" PRIu64 "-%" PRIu64, r->offset, end - 1);
	else
		(void)snprintf(out, RETRACE_BYTES_MAX, "%" PRIu64 "-", r->offset);
	return out;
}
