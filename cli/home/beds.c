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
	table_text(t, b->ward[0] ? b->ward : NULL);
	table_text(t, care_level_name(b->care_level));
	table_text(t, bed_status_name(b->status));
	table_text(t, bed_status_name(b->before));
	table_time(t, b->changed);
	table_text(t, b->told == USEC_NONE ? "home" : "region");
	table_text(t, source);
	table_time(t, b->told);
	table_text(t, b->changed_by[0] ? b->changed_by : NULL);
}

int beds_list(const struct command_line *line)
{
	const struct list_options *o = line->options;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(bed_columns);
	enum bed_status only = BED_UNKNOWN;
	struct sources sources = {0};
	struct listing_bed *beds;
	struct err err;
	size_t n = 0;

	if (o->status && !bed_status_parse(span_str(o->status), &only))
		return command_error(EXIT_USAGE,
				     "--status wants available, occupied, reserved or maintenance");
	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (listing_beds(place.outbox, &a, &beds, &n, &err) < 0 ||
	    trace_last_of_beds(place.outbox, &a, &sources.last, &sources.n, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; i < n; i++) {
		const struct listing_bed *b = &beds[i];
		if ((only != BED_UNKNOWN && b->status != only) ||
		    (o->ward && !span_eq_str(span_str(o->ward), b->ward)))
			continue;
		add_bed(&t, b, source_of(&sources, b));
	}
	table_print_list(&t, "beds", line->json);
	return EXIT_OK;
}
