/* bedpost explain BED: the chain of a bed's events, each with the file and line it came from and
 * what the region said of it; and how the bed stands now. */
#include <string.h>

#include "cli/home/explain.h"
#include "outbox/manual.h"

static const struct table_column event_columns[] = {
    {"changed_at", "AT", TABLE_TIME},
    {"previous_status", "WAS"},
    {"new_status", "STATUS"},
    {"reason", "REASON"},
    {"changed_by", "BY"},
    {"source", "FROM"},
    {"file_id", "FILE ID", TABLE_NUMBER},
    {"record", NULL, TABLE_NUMBER},
    {"line", "LINE", TABLE_NUMBER},
    {"offset", NULL, TABLE_NUMBER},
    {"bytes", "BYTES"},
    {"event_id", NULL},
    EXPLAIN_WAY_COLUMNS,
    {"why", "WHY"},
    {0},
};

/* A file, read again once however many of the bed's events are in it. */
struct bed_file {
	int64_t id;
	bool is_known;
	struct listing_file file;
	struct retrace again;
	const char *remark;
	struct bed_file *next;
};

struct bed_story {
	struct explaining *x;
	const char *bed_id;
	struct bed_file *files;
	struct table table;
	const char *remark; /* of the first file whose lines cannot be told */
};

static void story_done(struct bed_story *s)
{
	for (struct bed_file *f = s->files; f; f = f->next)
		retrace_done(&f->again);
	table_done(&s->table);
}

static struct bed_file *file_of(struct bed_story *s, int64_t id)
{
	struct explaining *x = s->x;
	struct err err;

	for (struct bed_file *f = s->files; f; f = f->next)
		if (f->id == id)
			return f;
	struct bed_file *f = arena_new(&x->arena, struct bed_file);
	f->id = id;
	f->next = s->files;
	s->files = f;
	f->is_known = listing_file(x->place.outbox, id, &x->arena, &f->file, &err) == 0;
	f->remark = f->is_known ? explain_read_again(x, &f->file, NULL, &f->again)
				: "its row of the ledger is forgotten";
	if (f->remark && !s->remark)
		s->remark =
		    arena_printf(&x->arena, "lines of file %lld: %s", (long long)id, f->remark);
	return f;
}

static const char *source_of(const struct trace_event *e, const struct bed_file *f)
{
	if (f)
		return f->is_known ? f->file.name : "a file that is forgotten";
	if (span_eq_str(e->event.source.adapter, MANUAL_ADAPTER))
		return "set by hand at the home";
	return e->event.reason == REASON_CENSUS ? "snapshot that the region asked for" : "unknown";
}

static void add_place(struct table *t, const struct trace_event *e, const struct bed_file *f)
{
	char bytes[RETRACE_BYTES_MAX];
	const uint64_t record = e->event.source.record;
	const struct retrace_record *r = f ? retrace_find(&f->again, record) : NULL;

	if (f) {
		table_number(t, f->id);
		table_number(t, (int64_t)record);
	} else {
		table_none(t);
		table_none(t);
	}
	if (r) {
		table_number(t, (int64_t)r->line);
		table_number(t, (int64_t)r->offset);
		table_text(t, retrace_bytes(&f->again, record, bytes));
	} else {
		for (int i = 0; i < 3; i++)
			table_none(t);
	}
}

static void add_event(struct bed_story *s, const struct trace_event *e)
{
	char id[EVENT_ID_CHARS + 1];
	struct table *t = &s->table;
	const struct bed_file *f = e->file_id ? file_of(s, e->file_id) : NULL;

	table_time(t, e->event.changed_at);
	table_text(t, bed_status_name(e->event.previous_status));
	table_text(t, bed_status_name(e->event.new_status));
	table_text(t, reason_name(e->event.reason));
	table_span(t, e->event.changed_by);
	table_text(t, source_of(e, f));
	add_place(t, e, f);
	table_text(t, event_id_format(e->event.id, id));
	explain_add_way(t, e);
	table_text(t, explain_why(e));
}

/* ---- how it stands ---- */

static const struct table_column head_columns[] = {
    {"bed_id", "bed"},
    {"ward", "ward"},
    {"care_level", "care level"},
    {"status", "status"},
    {"since", "since", TABLE_TIME},
    {"before", "before"},
    {"set_by", "set by"},
    {"told_at", "the region told", TABLE_TIME},
    {"remark", "remark"},
    {0},
};

static const char *setter(const struct listing_bed *bed)
{
	if (bed->told != USEC_NONE)
		return "the region";
	return bed->changed_by[0] ? bed->changed_by : "the EHR's export, which names nobody";
}

static struct table head_of(const struct bed_story *s, const struct listing_bed *bed,
			    const struct trace_event *last)
{
	struct table t = table_of(head_columns);

	if (!bed) {
		table_text(&t, s->bed_id);
		for (int i = 0; i < 7; i++)
			table_none(&t);
		table_text(&t, "it has events, but none counts yet (are their times ahead?)");
		return t;
	}
	table_text(&t, bed->bed_id);
	table_text_if(&t, bed->ward);
	table_text(&t, care_level_name(bed->care_level));
	table_text(&t, bed_status_name(bed->status));
	table_time(&t, bed->changed);
	table_text(&t, bed_status_name(bed->before));
	table_text(&t, setter(bed));
	table_time(&t, bed->told);
	if (!last)
		table_text(&t, "its events are older than keep_events and forgotten here; the "
			       "region's audit log has them");
	else
		table_text(&t, s->remark);
	return t;
}

static void tell(struct bed_story *s, struct table *head, uint64_t all, size_t n)
{
	struct buf out = BUF_INIT;

	if (s->x->json) {
		buf_adds(&out, "{\"bed\":");
		table_record_to_json(head, &out);
		buf_adds(&out, ",\n\"events\":");
		table_to_json(&s->table, &out);
		buf_addf(&out, ",\n\"left_out\":%llu}\n", (unsigned long long)(all - n));
	} else {
		table_record_to_text(head, &out);
		buf_addc(&out, '\n');
		if (all > n)
			buf_addf(&out, "%llu earlier events (-n 0: all)\n",
				 (unsigned long long)(all - n));
		table_to_text(&s->table, &out);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_done(&out);
}

#define BED_EVENTS 20 /* without -n: each may be of a file that is read again */

int explain_bed(struct explaining *x, const char *bed_id)
{
	_cleanup_(story_done) struct bed_story s = {
	    .x = x, .bed_id = bed_id, .table = table_of(event_columns)};
	const int64_t limit = x->options->limit;
	struct trace_event *events = NULL;
	struct listing_bed bed;
	struct err err;
	uint64_t all = 0;
	size_t n = 0;

	if (trace_of_bed(x->place.outbox, bed_id,
			 limit == EXPLAIN_LIMIT ? BED_EVENTS : (size_t)limit, &x->arena, &events,
			 &n, &all, &err) < 0)
		return command_failed(&err);
	int r = trace_bed(x->place.outbox, bed_id, &x->arena, &bed, &err);
	if (r < 0 && r != -ERR_NOT_FOUND)
		return command_failed(&err);
	for (size_t i = 0; i < n; i++)
		add_event(&s, &events[i]);
	struct table head = head_of(&s, r == 0 ? &bed : NULL, n > 0 ? &events[n - 1] : NULL);
	tell(&s, &head, all, n);
	table_done(&head);
	return EXIT_OK;
}
