/* bedpost adapter diff: what a changed adapter would make otherwise of files that came before. */
#include <stdio.h>

#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/home/trial.h"
#include "cli/table.h"

#define FACILITY_DEFAULT "fac_example"

struct comparing {
	struct adapter *adapters[2]; /* old, new */
	struct place place;
	struct zone *zone;
	struct table table;
	uint64_t same, added, gone, different;
	bool unreadable;
};

static const struct table_column columns[] = {
    {"file", "FILE"},	  {"record", "RECORD", TABLE_NUMBER},
    {"change", "CHANGE"}, {"bed_id", "BED"},
    {"field", "FIELD"},	  {"old", "OLD"},
    {"new", "NEW"},	  {0},
};

static void tear_down(struct comparing *c)
{
	adapter_free(c->adapters[0]);
	adapter_free(c->adapters[1]);
	zone_free(c->zone);
	table_done(&c->table);
	place_done(&c->place);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_row(struct comparing *c, const char *path, const struct event *e,
		    const char *change, const char *field, struct span old, struct span now)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;

	table_text(&c->table, base_name(path));
	table_number(&c->table, e->source.record);
	table_text(&c->table, change);
	table_text(&c->table, arena_span(&a, e->bed_id).p);
	table_text(&c->table, field);
	table_text(&c->table, old.p ? arena_span(&a, old).p : NULL);
	table_text(&c->table, now.p ? arena_span(&a, now).p : NULL);
}

static bool differ(struct comparing *c, const char *path, const struct event *e, const char *field,
		   struct span old, struct span now)
{
	if (span_eq(old, now))
		return false;
	add_row(c, path, e, "different", field, old, now);
	return true;
}

static void compare_pair(struct comparing *c, const char *path, const struct event *o,
			 const struct event *n)
{
	char was[CLOCK_RFC3339_MAX], is[CLOCK_RFC3339_MAX];
	bool any = differ(c, path, n, "bed_id", o->bed_id, n->bed_id);

	any |= differ(c, path, n, "new_status", span_str(bed_status_name(o->new_status)),
		      span_str(bed_status_name(n->new_status)));
	any |= differ(c, path, n, "previous_status", span_str(bed_status_name(o->previous_status)),
		      span_str(bed_status_name(n->previous_status)));
	any |= differ(c, path, n, "ward", o->ward, n->ward);
	any |= differ(c, path, n, "care_level", span_str(care_level_name(o->care_level)),
		      span_str(care_level_name(n->care_level)));
	any |= differ(c, path, n, "changed_at", span_str(clock_format_rfc3339(o->changed_at, was)),
		      span_str(clock_format_rfc3339(n->changed_at, is)));
	any |= differ(c, path, n, "changed_by", o->changed_by, n->changed_by);
	any |= differ(c, path, n, "reason", span_str(reason_name(o->reason)),
		      span_str(reason_name(n->reason)));
	c->different += any;
	c->same += !any;
}

static int order(const struct event *a, const struct event *b)
{
	if (a->source.record != b->source.record)
		return a->source.record < b->source.record ? -1 : 1;
	return a->source.ordinal < b->source.ordinal ? -1 : a->source.ordinal > b->source.ordinal;
}

/* Both lists stand in the order of their records. */
static void compare(struct comparing *c, const char *path, const struct trial *o,
		    const struct trial *n)
{
	for (size_t i = 0, k = 0; i < o->n_events || k < n->n_events;) {
		int r = i == o->n_events   ? 1
			: k == n->n_events ? -1
					   : order(&o->events[i], &n->events[k]);
		if (r == 0) {
			compare_pair(c, path, &o->events[i++], &n->events[k++]);
		} else if (r < 0) {
			const struct event *e = &o->events[i++];
			add_row(c, path, e, "gone", "new_status",
				span_str(bed_status_name(e->new_status)), SPAN_NONE);
			c->gone++;
		} else {
			const struct event *e = &n->events[k++];
			add_row(c, path, e, "added", "new_status", SPAN_NONE,
				span_str(bed_status_name(e->new_status)));
			c->added++;
		}
	}
}

static void compare_file(struct comparing *c, const char *path)
{
	struct trial trials[2];

	for (size_t i = 0; i < 2; i++) {
		const char *own = adapter_facility(c->adapters[i]);
		const struct trial_settings settings = {
		    .adapter = c->adapters[i],
		    .facility = own		? own
				: c->place.home ? c->place.home->facility
						: FACILITY_DEFAULT,
		    .zone = c->zone,
		    .file_time = USEC_NONE,
		};
		trial_run(&settings, path, &trials[i]);
		if (trials[i].err.code) {
			(void)fprintf(stderr, "%s: %s adapter: %s\n", base_name(path),
				      i ? "new" : "old", trials[i].err.message);
			c->unreadable |= i == 1 || trials[0].err.code == ERR_NOT_FOUND;
		}
	}
	compare(c, path, &trials[0], &trials[1]);
	trial_done(&trials[0]);
	trial_done(&trials[1]);
}

static int load(struct comparing *c, const struct command_line *line)
{
	struct err err;
	int code = place_find_home(&c->place, line);

	if (code == EXIT_OK && c->place.home && zone_load(c->place.home->zone, &c->zone, &err) < 0)
		code = command_failed(&err);
	for (size_t i = 0; i < 2 && code == EXIT_OK; i++)
		if (adapter_load(line->operands[i], &c->adapters[i], NULL, &err) < 0)
			code = command_failed(&err);
	return code;
}

int adapter_diff(const struct command_line *line)
{
	_cleanup_(tear_down) struct comparing c = {.table = table_of(columns)};
	struct buf out = BUF_INIT;
	int code = load(&c, line);

	if (code != EXIT_OK)
		return code;
	for (size_t i = 2; i < line->n; i++)
		compare_file(&c, line->operands[i]);
	if (line->json) {
		table_to_json(&c.table, &out);
		(void)printf("{\"same\":%llu,\"added\":%llu,\"gone\":%llu,\"different\":%llu,"
			     "\n\"changes\":%s}\n",
			     (unsigned long long)c.same, (unsigned long long)c.added,
			     (unsigned long long)c.gone, (unsigned long long)c.different, out.p);
	} else {
		if (table_rows(&c.table) > 0)
			table_print_list(&c.table, "changes", false);
		(void)printf("events: %llu the same, %llu added, %llu gone, %llu different\n",
			     (unsigned long long)c.same, (unsigned long long)c.added,
			     (unsigned long long)c.gone, (unsigned long long)c.different);
	}
	buf_done(&out);
	if (c.unreadable)
		return EXIT_INVALID;
	return c.added + c.gone + c.different > 0 ? EXIT_FAILED : EXIT_OK;
}
