/* The same opening, the same two passes as the watcher's: what is tried here is what will happen
 * there. */
#include "cli/home/trial.h"

#include <fcntl.h>

#include "adapters/memory_table.h"
#include "watcher/dropped.h"

struct running {
	const struct trial_settings *settings;
	struct trial *trial;
	struct memory_table *memory;
	struct adapter_run *run;
};

void trial_done(struct trial *t)
{
	free(t->events);
	free(t->lines);
	arena_done(&t->arena);
	*t = (struct trial){0};
}

static struct span kept(struct trial *t, struct span s)
{
	return s.p ? arena_span(&t->arena, s) : SPAN_NONE;
}

static void keep_event(struct trial *t, const struct event *from)
{
	if (t->n_events == t->cap_events) {
		t->cap_events = t->cap_events ? 2 * t->cap_events : 64;
		t->events = reallocarray(t->events, t->cap_events, sizeof(*t->events));
		if (!t->events)
			abort();
	}
	struct event *e = &t->events[t->n_events++];
	*e = *from;
	e->facility_id = kept(t, from->facility_id);
	e->bed_id = kept(t, from->bed_id);
	e->ward = kept(t, from->ward);
	e->changed_by = kept(t, from->changed_by);
	e->source.adapter = kept(t, from->source.adapter);
	e->source.file = kept(t, from->source.file);
	e->source.time_source = kept(t, from->source.time_source);
}

static int take_events(void *ctx, const struct event *events, size_t n, struct err *err)
{
	struct running *r = ctx;
	const struct adapter_memory *m = memory_table_memory(r->memory);
	(void)err;

	for (size_t i = 0; i < n; i++) {
		struct event e = events[i];
		struct bed_memory bed;
		bool is_known = m->bed(m->ctx, e.bed_id, &bed);
		if (e.previous_status == BED_UNKNOWN && is_known && e.changed_at >= bed.changed_at)
			e.previous_status = bed.status;
		memory_table_take(r->memory, &e);
		if (r->settings->limit == 0 || r->trial->n_events < r->settings->limit)
			keep_event(r->trial, &e);
	}
	return 0;
}

static const char *kept_text(struct trial *t, const char *s)
{
	return s ? arena_strdup(&t->arena, s) : "";
}

static int take_bad(void *ctx, const struct bad_record *from, struct err *err)
{
	struct trial *t = ((struct running *)ctx)->trial;
	(void)err;

	if (t->n_bad == TRIAL_BAD_MAX)
		return 0;
	if (!t->bad)
		t->bad = arena_array(&t->arena, struct bad_record, TRIAL_BAD_MAX);
	struct bad_record *b = &t->bad[t->n_bad++];
	*b = *from;
	b->field = kept_text(t, from->field);
	b->value_class = kept_text(t, from->value_class);
	b->reason = kept_text(t, from->reason);
	b->message = kept_text(t, from->message);
	return 0;
}

static void keep_line(void *ctx, const struct record_fate *fate)
{
	struct trial *t = ((struct running *)ctx)->trial;

	if (t->n_lines == t->cap_lines) {
		t->cap_lines = t->cap_lines ? 2 * t->cap_lines : 64;
		t->lines = reallocarray(t->lines, t->cap_lines, sizeof(*t->lines));
		if (!t->lines)
			abort();
	}
	t->lines[t->n_lines++] = fate->line;
}

static void keep_summary(struct trial *t, struct adapter_run *run)
{
	const struct adapter_summary *s = adapter_run_summary(run);
	struct adapter_note *notes = arena_array(&t->arena, struct adapter_note, s->n_notes + 1);

	for (size_t i = 0; i < s->n_notes; i++)
		notes[i] = (struct adapter_note){kept_text(t, s->notes[i].what), s->notes[i].count,
						 s->notes[i].kind, kept_text(t, s->notes[i].name)};
	t->summary = *s;
	t->summary.notes = notes;
	t->summary.encoding = kept_text(t, s->encoding);
}

static int feed(void *ctx, struct span bytes, bool last, struct err *err)
{
	return adapter_run_feed(ctx, bytes, last, err);
}

static int read_file(struct running *r, struct dropped *d, struct err *err)
{
	const struct adapter_sink sink = {.ctx = r,
					  .events = take_events,
					  .bad = take_bad,
					  .record = r->settings->lines ? keep_line : NULL};
	const struct adapter_input input = {
	    .facility = r->settings->facility,
	    .file = d->digest,
	    .file_time =
		r->settings->file_time == USEC_NONE ? d->stat.mtime : r->settings->file_time,
	    .zone = r->settings->zone,
	    .watched = r->settings->watched,
	};

	if (d->is_too_big)
		return err_set(err, ERR_LIMIT, "the file is larger than 1 GiB");
	int result = adapter_run_new(r->settings->adapter, &input, &sink,
				     memory_table_memory(r->memory), &r->run, err);
	return result < 0 ? result : dropped_read(d, feed, r->run, err);
}

static void judge(const struct trial_settings *s, struct trial *t)
{
	if (t->err.code == ERR_NONE)
		t->rejected = adapter_judge(s->adapter, &t->summary, t->rejected_message);
	else
		t->rejected = adapter_run_refusal(&t->err);
	if (t->rejected && t->summary.records == 0 && t->err.code == ERR_NONE)
		(void)err_set(&t->err, ERR_INVALID, "%s", t->rejected_message);
}

void trial_run(const struct trial_settings *s, const char *path, struct trial *ret)
{
	*ret = (struct trial){0};
	struct running r = {.settings = s, .trial = ret, .memory = memory_table_new(NULL)};
	struct dropped d = DROPPED_INIT;

	ret->summary.encoding = "";
	if (dropped_open(&d, AT_FDCWD, path, &ret->err) < 0 || read_file(&r, &d, &ret->err) < 0) {
		if (ret->err.code == ERR_NONE)
			ret->err.code = ERR_IO;
	} else {
		ret->err.code = ERR_NONE;
	}
	if (r.run)
		keep_summary(ret, r.run);
	judge(s, ret);
	adapter_run_free(r.run);
	memory_table_free(r.memory);
	dropped_done(&d);
}
