/* bedpost bed list */
#include <stdlib.h>

#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"
#include "outbox/manual.h"
#include "outbox/trace.h"

static const struct table_column bed_columns[] = {
    {"bed_id", "BED"},
    {"ward", "WARD"},
    {"care_level", "CARE LEVEL"},
    {"status", "STATUS"},
    {"previous_status", "BEFORE"},
    {"changed_at", "SINCE", TABLE_TIME},
    {"set_by", "SET BY"},
    {"source", "SOURCE"},
    {"told_at", "TOLD", TABLE_TIME},
    {"changed_by", "BY"},
    {0},
};

struct sources {
	struct trace_event *last; /* of each bed, by bed */
	size_t n;
};

static int compare_bed(const void *key, const void *event)
{
	return span_cmp(span_str(key), ((const struct trace_event *)event)->event.bed_id);
}

/* What set the bed: the region, the board (or bed set), or the EHR. NULL where its last event is
 * not the one that stands, or is forgotten. */
static const char *source_of(const struct sources *s, const struct listing_bed *b)
{
	if (b->told != USEC_NONE)
		return "region";
	const struct trace_event *e =
	    s->n ? bsearch(b->bed_id, s->last, s->n, sizeof(*s->last), compare_bed) : NULL;
	if (!e || e->event.changed_at != b->changed || e->event.new_status != b->status)
		return NULL;
	if (e->file_id)
		return "ehr";
	return span_eq_str(e->event.source.adapter, MANUAL_ADAPTER) ? "board" : NULL;
}

static void add_bed(struct table *t, const struct listing_bed *b, const char *source)
{
	table_text(t, b->bed_id);
	table_text_if(t, b->ward);
	table_text(t, care_level_name(b->care_level));
	table_text(t, bed_status_name(b->status));
	table_text(t, bed_status_name(b->before));
	table_time(t, b->changed);
	table_text(t, b->told == USEC_NONE ? "home" : "region");
	table_text(t, source);
	table_time(t, b->told);
	table_text_if(t, b->changed_by);
}

static int add_beds(const struct place *p, const struct command_line *line, struct arena *a,
		    struct table *t, struct err *err)
{
	const struct list_options *o = line->options;
	enum bed_status only = BED_UNKNOWN;
	struct sources sources = {0};
	struct listing_bed *beds;
	size_t n = 0;
	int64_t shown = 0;

	if (o->status)
		(void)bed_status_parse(span_str(o->status), &only);
	int r = listing_beds(p->outbox, a, &beds, &n, err);
	if (r == 0)
		r = trace_last_of_beds(p->outbox, a, &sources.last, &sources.n, err);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct listing_bed *b = &beds[i];
		if ((only != BED_UNKNOWN && b->status != only) ||
		    (o->ward && !span_eq_str(span_str(o->ward), b->ward)))
			continue;
		if (o->limit && shown++ == o->limit)
			break;
		add_bed(t, b, source_of(&sources, b));
	}
	return r;
}

int beds_list(const struct command_line *line)
{
	const struct list_options *o = line->options;
	enum bed_status only;

	if (o->status && !bed_status_parse(span_str(o->status), &only))
		return command_error(EXIT_USAGE,
				     "--status wants available, occupied, reserved or maintenance");
	return place_list(line, "beds", bed_columns, add_beds);
}
