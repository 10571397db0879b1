/* bedpost files show, bedpost files reject: a census that is held, and what it would change. */
#include "cli/home/held.h"

#include <string.h>

#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/hold.h"

static bool is_held(const struct listing_file *f)
{
	return f->id && strcmp(f->state, "held") == 0;
}

int held_find(struct outbox *o, const char *operand, struct arena *a, struct listing_file *ret,
	      struct err *err)
{
	struct listing_file *files = NULL;
	size_t n = 0;
	int64_t id;
	int r;

	if (span_to_i64(span_str(operand), &id) && id > 0) {
		r = listing_file(o, id, a, ret, err);
		if (r == 0 && !is_held(ret))
			return err_set(err, ERR_CONFLICT, "file %lld is not held: it is %s",
				       (long long)id, ret->state);
		return r;
	}
	r = listing_files_named(o, operand, 0, a, &files, &n, err);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (!is_held(&files[i]))
			continue;
		*ret = files[i];
		return 0;
	}
	return r < 0 ? r
		     : err_set(err, ERR_NOT_FOUND,
			       "no file of this name is held (bedpost files lists them)");
}

/* ---- show ---- */

static const struct table_column columns[] = {
    {"bed_id", "BED"},
    {"was", "NOW"},
    {"becomes", "WOULD BE"},
    {0},
};

static void add_beds(struct table *t, const struct hold *h)
{
	for (size_t i = 0; i < h->n_beds; i++) {
		const struct hold_bed *b = &h->beds[i];
		table_text(t, b->bed_id);
		table_text(t, bed_status_name(b->was));
		table_text(t,
			   b->becomes == BED_UNKNOWN ? "not in it" : bed_status_name(b->becomes));
	}
}

static void print_json(const struct listing_file *f, const struct hold *h, const struct table *t)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	char at[CLOCK_RFC3339_MAX];

	buf_addf(&out, "{\"id\":%lld,\"name\":", (long long)f->id);
	table_add_json_text(&out, span_str(f->name));
	buf_adds(&out, ",\"adapter\":");
	table_add_json_text(&out, span_str(f->adapter));
	buf_addf(&out,
		 ",\"held_since\":\"%s\",\"known\":%llu,\"changed\":%llu,\"vanished\":%llu,"
		 "\"added\":%llu,\"beds\":",
		 clock_format_rfc3339(h->since, at), (unsigned long long)h->counts.known,
		 (unsigned long long)h->counts.changed, (unsigned long long)h->counts.vanished,
		 (unsigned long long)h->counts.added);
	table_to_json(t, &out);
	buf_adds(&out, "}\n");
	(void)fwrite(out.p, 1, out.n, stdout);
}

int files_show(const struct command_line *line)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(columns);
	struct listing_file file;
	struct hold hold;
	struct err err;
	char at[CLOCK_RFC3339_MAX];
	int code = place_open(&place, line);

	if (code != EXIT_OK)
		return code;
	if (held_find(place.outbox, line->operands[0], &a, &file, &err) < 0 ||
	    hold_read(place.outbox, file.id, &a, &hold, &err) < 0)
		return command_failed(&err);
	add_beds(&t, &hold);
	if (line->json) {
		print_json(&file, &hold, &t);
		return EXIT_OK;
	}
	(void)printf("file %lld, %s, held since %s\n%s\n\n", (long long)file.id, file.name,
		     clock_format_rfc3339(hold.since, at), file.message);
	table_print(&t, false);
	return EXIT_OK;
}

/* ---- reject ---- */

int files_reject(const struct command_line *line)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(outbox_closep) struct outbox *o = NULL;
	struct listing_file file = {.where = ""};
	struct err err;
	int code = place_open(&place, line);

	if (code != EXIT_OK)
		return code;
	if (held_find(place.outbox, line->operands[0], &a, &file, &err) < 0 ||
	    outbox_open(place.home->state_dir, place.home->facility, OUTBOX_WRITE, &o, &err) < 0 ||
	    hold_reject(o, file.id, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)printf("{\"id\":%lld,\"state\":\"rejected\"}\n", (long long)file.id);
	else
		(void)printf("file %lld is rejected; it lies in %s\n", (long long)file.id,
			     file.where[0] ? file.where : place.home->rejected_dir);
	return EXIT_OK;
}
