/* bedpost explain FILE. What was made when the file came stands in the outbox, by record number;
 * where a record stands in the file, and why it made nothing, is told by reading the bytes again.
 * Of the two the outbox is right: the adapter may have been changed since. */
#include <string.h>

#include "cli/home/explain.h"
#include "cli/home/kept_bytes.h"

enum { TYPE_COLUMN = 4 };

static const struct table_column record_columns[] = {
    {"record", "RECORD", TABLE_NUMBER},
    {"line", "LINE", TABLE_NUMBER},
    {"offset", NULL, TABLE_NUMBER},
    {"bytes", "BYTES"},
    {"type", "TYPE"},
    {"made", "MADE"},
    {"bed_id", "BED"},
    {"previous_status", NULL},
    {"new_status", "STATUS"},
    {"reason", "REASON"},
    {"changed_at", "AT", TABLE_TIME},
    {"event_id", NULL},
    EXPLAIN_WAY_COLUMNS,
    {"why", "WHY"},
    {0},
};

struct file_story {
	struct explaining *x;
	struct listing_file *file;     /* as it was asked for */
	struct listing_file first;     /* the one whose events these are */
	const struct adapter *adapter; /* NULL: not in force */
	const char *remark;	       /* why there are no lines, or why they may be wrong; NULL */
	struct retrace again;
	struct trace_event *events;
	size_t n_events;
	struct listing_bad *bad;
	size_t n_bad;
	struct table_column columns[ARRAY_LEN(record_columns)];
	struct table table;
	uint64_t n, more; /* rows; those that the limit leaves out */
};

static void story_done(struct file_story *s)
{
	retrace_done(&s->again);
	table_done(&s->table);
}

/* ---- a row ---- */

static bool is_wanted(struct file_story *s, uint64_t record)
{
	const struct explain_options *o = s->x->options;

	if (o->line > 0) {
		const struct retrace_record *r = retrace_find(&s->again, record),
					    *next = retrace_find(&s->again, record + 1);
		if (!r || r->line > (uint64_t)o->line || (next && next->line <= (uint64_t)o->line))
			return false;
	}
	if (o->limit > 0 && s->n >= (uint64_t)o->limit) {
		s->more++;
		return false;
	}
	s->n++;
	return true;
}

static void add_place(struct file_story *s, uint64_t record, uint64_t line, uint64_t offset,
		      bool is_known)
{
	char bytes[RETRACE_BYTES_MAX];
	const struct retrace_record *r = retrace_find(&s->again, record);
	struct table *t = &s->table;

	table_number(t, (int64_t)record);
	table_number_if(t, r || is_known, (int64_t)(r ? r->line : line));
	table_number_if(t, r || is_known, (int64_t)(r ? r->offset : offset));
	table_text_if(t, retrace_bytes(&s->again, record, bytes));
	table_text_if(t, r ? r->type : NULL);
}

static void add_event(struct file_story *s, const struct trace_event *e, const char *warning)
{
	char id[EVENT_ID_CHARS + 1];
	struct table *t = &s->table;

	if (!is_wanted(s, e->event.source.record))
		return;
	add_place(s, e->event.source.record, 0, 0, false);
	table_text(t, "event");
	table_span(t, e->event.bed_id);
	table_text(t, bed_status_name(e->event.previous_status));
	table_text(t, bed_status_name(e->event.new_status));
	table_text(t, reason_name(e->event.reason));
	table_time(t, e->event.changed_at);
	table_text(t, event_id_format(e->event.id, id));
	explain_add_way(t, e);
	const char *why = explain_why(e);
	table_text(t, why ? why : warning);
}

/* A record without an event. bed: that the adapter, as it is now, would make one of; or none. */
static void add_none(struct file_story *s, uint64_t record, const struct listing_bad *bad,
		     const char *made, const struct retrace_record *bed, const char *why)
{
	struct table *t = &s->table;

	if (!is_wanted(s, record))
		return;
	add_place(s, record, bad ? bad->line : 0, bad ? bad->offset : 0, bad != NULL);
	table_text(t, made);
	table_span(t, bed ? bed->bed_id : SPAN_NONE);
	table_none(t);
	table_text(t, bed ? bed_status_name(bed->status) : NULL);
	for (int i = 0; i < 3; i++)
		table_none(t);
	explain_add_way(t, NULL);
	table_text_if(t, why);
}

/* ---- what became of a record that made no event ---- */

static void add_bad(struct file_story *s, const struct listing_bad *b, bool reads_now)
{
	add_none(
	    s, b->record, b, "bad", NULL,
	    arena_printf(&s->x->arena, "%s%s%s%s%s%s: %s%s", b->reason, b->field[0] ? " in " : "",
			 b->field, b->value_class[0] ? " (" : "", b->value_class,
			 b->value_class[0] ? ")" : "", b->message,
			 reads_now ? "; the adapter reads it now: bedpost quarantine replay" : ""));
}

static bool is_forgotten(const struct file_story *s)
{
	return s->n_events < s->first.events &&
	       s->first.taken + s->x->place.home->keep_events < clock_now();
}

/* It would make an event, and made none. */
static void add_silent(struct file_story *s, uint64_t record, const struct retrace_record *r)
{
	const char *made = "none", *why;

	if (strcmp(s->first.state, "rejected") == 0) {
		made = "rejected";
		why = "the file was rejected whole";
	} else if (is_forgotten(s)) {
		made = "event";
		why = "made an event that is older than keep_events and forgotten here; the "
		      "region's audit log has it";
	} else if (s->adapter && adapter_mode(s->adapter) == MODE_CENSUS) {
		made = "unchanged";
		why = "the bed was so already when the file came";
	} else if (s->adapter && adapter_format(s->adapter) == FORMAT_HL7) {
		made = "duplicate";
		why = "the message was read before, or hung on a visit that is told otherwise now";
	} else {
		why = "the adapter was changed since: it makes an event of it now, and made none "
		      "then";
	}
	add_none(s, record, NULL, made, r, why);
}

static void add_read_again(struct file_story *s, uint64_t record, const struct retrace_record *r)
{
	switch (r->kind) {
	case RECORD_EVENTS: add_silent(s, record, r); break;
	case RECORD_BAD: add_none(s, record, NULL, "bad", NULL, r->bad); break;
	case RECORD_NOTHING: add_none(s, record, NULL, "nothing", NULL, r->why); break;
	case RECORD_DUPLICATE:
		add_none(s, record, NULL, "duplicate", NULL, "it stands in the file twice");
		break;
	}
}

/* ---- all records, in order ---- */

static const struct listing_bad *bad_of(const struct file_story *s, size_t *i, uint64_t record,
					const char **ret_warning)
{
	const struct listing_bad *bad = NULL;

	*ret_warning = NULL;
	for (; *i < s->n_bad && s->bad[*i].record <= record; (*i)++) {
		if (s->bad[*i].record < record)
			continue;
		if (s->bad[*i].warning)
			*ret_warning = s->bad[*i].message;
		else
			bad = &s->bad[*i];
	}
	return bad;
}

static uint64_t last_record(const struct file_story *s)
{
	uint64_t last = s->again.n;

	for (size_t i = 0; i < s->n_events; i++)
		if (s->events[i].event.source.record > last)
			last = s->events[i].event.source.record;
	for (size_t i = 0; i < s->n_bad; i++)
		if (s->bad[i].record > last)
			last = s->bad[i].record;
	return last;
}

static int by_record(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;

	if (x->event.source.record != y->event.source.record)
		return x->event.source.record < y->event.source.record ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int by_bad_record(const void *a, const void *b)
{
	const struct listing_bad *x = a, *y = b;

	return x->record < y->record ? -1 : x->record > y->record;
}

static void add_records(struct file_story *s)
{
	const uint64_t last = last_record(s);
	size_t e = 0, b = 0;

	if (s->n_events > 0)
		qsort(s->events, s->n_events, sizeof(*s->events), by_record);
	if (s->n_bad > 0)
		qsort(s->bad, s->n_bad, sizeof(*s->bad), by_bad_record);
	for (uint64_t record = 1; record <= last; record++) {
		const struct retrace_record *again = retrace_find(&s->again, record);
		const char *warning;
		const struct listing_bad *bad = bad_of(s, &b, record, &warning);
		bool any = false;
		for (; e < s->n_events && s->events[e].event.source.record == record; e++) {
			add_event(s, &s->events[e], warning);
			any = true;
		}
		if (any)
			continue;
		if (bad)
			add_bad(s, bad, again && again->kind == RECORD_EVENTS);
		else if (again)
			add_read_again(s, record, again);
	}
}

/* ---- what is known ---- */

static int gather(struct file_story *s, struct err *err)
{
	struct explaining *x = s->x;
	struct outbox *o = x->place.outbox;

	int r = kept_bytes_await(x->place.outbox, s->file, &x->arena, err);
	if (r < 0)
		return r;
	s->first = *s->file;
	if (s->file->duplicate_of &&
	    listing_file(o, s->file->duplicate_of, &x->arena, &s->first, err) < 0) {
		s->first = *s->file;
		s->remark = "the file that was first is forgotten";
	}
	s->adapter = explain_adapter(x, &s->first);
	r = trace_of_file(o, s->first.id, &x->arena, &s->events, &s->n_events, err);
	if (r == 0)
		r = listing_quarantine(o, s->first.id, 0, &x->arena, &s->bad, &s->n_bad, err);
	if (r < 0)
		return r;
	const char *remark = explain_read_again(x, &s->first, x->from, &s->again);
	if (remark && s->first.id != s->file->id && s->again.n == 0) {
		retrace_done(&s->again);
		remark = explain_read_again(x, s->file, x->from, &s->again);
	}
	s->remark = remark ? remark : s->remark;
	return 0;
}

/* ---- telling ---- */

static const struct table_column head_columns[] = {
    {"file_id", "file id", TABLE_NUMBER},
    {"file", "file"},
    {"state", "state"},
    {"adapter", "adapter"},
    {"encoding", "read as"},
    {"taken_at", "taken", TABLE_TIME},
    {"where", "now at"},
    {"size", "bytes", TABLE_NUMBER},
    {"records", "records", TABLE_NUMBER},
    {"events", "events", TABLE_NUMBER},
    {"bad", "bad", TABLE_NUMBER},
    {"unchanged", "unchanged", TABLE_NUMBER},
    {"repeated", "read before", TABLE_NUMBER},
    {"duplicate_of", "same bytes as", TABLE_NUMBER},
    {"reason", "reason"},
    {"remark", "remark"},
    {0},
};

static struct table head_of(const struct file_story *s)
{
	const struct listing_file *f = s->file;
	struct table t = table_of(head_columns);

	table_number(&t, f->id);
	table_text(&t, f->name);
	table_text(&t, f->state);
	table_text_if(&t, f->adapter);
	table_text_if(&t, s->again.encoding);
	table_time(&t, f->taken);
	table_text_if(&t, f->where);
	table_number(&t, (int64_t)f->size);
	table_number(&t, (int64_t)f->records);
	table_number(&t, (int64_t)f->events);
	table_number(&t, (int64_t)f->bad);
	table_number(&t, (int64_t)f->unchanged);
	table_number(&t, (int64_t)f->repeated);
	table_number_if(&t, f->duplicate_of != 0, f->duplicate_of);
	table_text_if(&t, f->message);
	table_text(&t, s->remark);
	return t;
}

static void tell(struct file_story *s, size_t others)
{
	struct table head = head_of(s);
	struct buf out = BUF_INIT;

	if (s->x->json) {
		buf_adds(&out, "{\"file\":");
		table_record_to_json(&head, &out);
		buf_adds(&out, ",\n\"records\":");
		table_to_json(&s->table, &out);
		buf_addf(&out, ",\n\"left_out\":%llu}\n", (unsigned long long)s->more);
	} else {
		table_record_to_text(&head, &out);
		buf_addc(&out, '\n');
		table_to_text(&s->table, &out);
		if (s->more > 0)
			buf_addf(&out, "… and %llu more (-n 0: all; --line N: one)\n",
				 (unsigned long long)s->more);
		if (others > 0)
			buf_addf(&out,
				 "%zu more of this name were taken: bedpost files, then bedpost "
				 "explain --file ID\n",
				 others);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_done(&out);
	table_done(&head);
}

static int tell_waiting(const struct explaining *x, const struct listing_file *f)
{
	static const struct table_column columns[] = {
	    {"file", "file"}, {"state", "state"},   {"since", "since", TABLE_TIME},
	    {"folder", "in"}, {"remark", "remark"}, {0},
	};
	_cleanup_(table_done) struct table t = table_of(columns);
	struct buf out = BUF_INIT;

	table_text(&t, f->name);
	table_text(&t, f->state);
	table_time(&t, f->taken);
	table_text(&t, f->dir);
	table_text_if(&t, f->message);
	if (x->json) {
		buf_adds(&out, "{\"file\":");
		table_record_to_json(&t, &out);
		buf_adds(&out, ",\n\"records\":[]}\n");
	} else {
		table_record_to_text(&t, &out);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_done(&out);
	return EXIT_OK;
}

int explain_file(struct explaining *x, struct listing_file *f, size_t others)
{
	_cleanup_(story_done) struct file_story s = {.x = x, .file = f};
	struct err err;

	if (!f->id)
		return tell_waiting(x, f);
	if (gather(&s, &err) < 0)
		return command_failed(&err);
	memcpy(s.columns, record_columns, sizeof(record_columns));
	if (!s.adapter || adapter_format(s.adapter) != FORMAT_HL7)
		s.columns[TYPE_COLUMN].title = NULL;
	s.table = table_of(s.columns);
	add_records(&s);
	tell(&s, others);
	return EXIT_OK;
}
