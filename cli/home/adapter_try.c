/* bedpost adapter try: the events a file would make, what is bad in it,
 * and what would not be read. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bed/ident.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/home/trial.h"
#include "cli/home/yaml_files.h"
#include "cli/table.h"
#include "watcher/catalog.h"
#include "watcher/folder.h"

#define FACILITY_DEFAULT "fac_example"
#define FOLDER_DEPTH_MAX 16

struct trying {
	const struct try_options *options;
	bool json;
	struct place place; /* home NULL: there is none */
	struct zone *zone;
	const char *facility;	/* --facility; NULL: the adapter's, the home's or the default */
	struct adapter *one;	/* --adapter FILE, --format */
	struct catalog catalog; /* the home's adapters */
	const struct adapter *named; /* --adapter NAME */
	struct buf out;		     /* JSON of the files so far */
	size_t n;
	int code; /* the worst so far */
	struct arena arena;
};

/* ---- printing ---- */

static const struct table_column event_columns[] = {
    {"record", "RECORD", TABLE_NUMBER},
    {"bed_id", "BED"},
    {"ward", "WARD"},
    {"care_level", "CARE LEVEL"},
    {"previous_status", "FROM"},
    {"new_status", "TO"},
    {"reason", "REASON"},
    {"changed_at", "CHANGED", TABLE_TIME},
    {"changed_by", "BY"},
    {0},
};

static void print_events(const struct trial *t)
{
	_cleanup_(table_done) struct table table = table_of(event_columns);

	for (size_t i = 0; i < t->n_events; i++) {
		const struct event *e = &t->events[i];
		table_number(&table, e->source.record);
		table_span(&table, e->bed_id);
		table_span(&table, e->ward);
		table_text(&table, care_level_name(e->care_level));
		table_text(&table, bed_status_name(e->previous_status));
		table_text(&table, bed_status_name(e->new_status));
		table_text(&table, reason_name(e->reason));
		table_time(&table, e->changed_at);
		table_span(&table, e->changed_by);
	}
	if (t->n_events > 0)
		table_print(&table, false);
	if (t->summary.events > t->n_events)
		(void)printf("… and %llu more (--limit)\n",
			     (unsigned long long)(t->summary.events - t->n_events));
}

static const struct table_column bad_columns[] = {
    {"record", "RECORD", TABLE_NUMBER},
    {"line", "LINE", TABLE_NUMBER},
    {"offset", NULL, TABLE_NUMBER},
    {"field", "FIELD"},
    {"value_class", "VALUE"},
    {"reason", "REASON"},
    {"message", "MESSAGE"},
    {0},
};

static struct table bad_table(const struct trial *t, bool warnings)
{
	struct table table = table_of(bad_columns);

	for (size_t i = 0; i < t->n_bad; i++) {
		const struct bad_record *b = &t->bad[i];
		if (b->warning != warnings)
			continue;
		table_number(&table, (int64_t)b->record);
		table_number(&table, (int64_t)b->line);
		table_number(&table, (int64_t)b->offset);
		table_text_if(&table, b->field);
		table_text_if(&table, b->value_class);
		table_text(&table, b->reason);
		table_text(&table, b->message);
	}
	return table;
}

static const struct table_column note_columns[] = {
    {"count", "TIMES", TABLE_NUMBER},
    {"what", "NOTE"},
    {0},
};

/* What the file holds and the adapter leaves: kind, name, and how often it stands there. */
static const struct table_column coverage_columns[] = {
    {"kind", "KIND"}, {"name", "NAME"}, {"count", "TIMES", TABLE_NUMBER}, {"what", NULL}, {0},
};

/* left: what is not read or has no code; unmet: codes of the maps that no record has. */
static struct table coverage_table(const struct trial *t, bool left, bool unmet)
{
	struct table table = table_of(coverage_columns);

	for (size_t i = 0; i < t->summary.n_notes; i++) {
		const struct adapter_note *n = &t->summary.notes[i];
		if (n->kind == UNREAD_NOTHING || !(n->kind == UNREAD_UNMET ? unmet : left))
			continue;
		table_text(&table, adapter_unread_name(n->kind));
		table_text(&table, n->name);
		table_number(&table, (int64_t)n->count);
		table_text(&table, n->what);
	}
	return table;
}

/* People see what is covered in a table of its own. */
static struct table note_table(const struct trial *t, bool all)
{
	struct table table = table_of(note_columns);

	for (size_t i = 0; i < t->summary.n_notes; i++) {
		if (!all && t->summary.notes[i].kind != UNREAD_NOTHING)
			continue;
		table_number(&table, (int64_t)t->summary.notes[i].count);
		table_text(&table, t->summary.notes[i].what);
	}
	return table;
}

static void print_section(const char *title, struct table *table)
{
	if (table_rows(table) > 0) {
		(void)printf("\n%s\n", title);
		table_print(table, false);
	}
	table_done(table);
}

static void print_text(const char *path, const struct adapter *a, const struct trial *t)
{
	const struct adapter_summary *s = &t->summary;
	struct table bad = bad_table(t, false), warnings = bad_table(t, true),
		     notes = note_table(t, false), left = coverage_table(t, true, false),
		     unmet = coverage_table(t, false, true);
	struct buf name = BUF_INIT;

	table_add_visible(&name, span_str(path));
	(void)printf("%s: adapter %s (%s%s%s): %llu records, %llu events, %llu bad", name.p,
		     adapter_name(a), adapter_format_name(adapter_format(a)),
		     s->encoding[0] ? ", " : "", s->encoding, (unsigned long long)s->records,
		     (unsigned long long)s->events, (unsigned long long)s->bad);
	if (s->duplicates > 0)
		(void)printf(", %llu read before", (unsigned long long)s->duplicates);
	(void)printf("\n");
	buf_done(&name);
	print_events(t);
	print_section("Bad records", &bad);
	print_section("Warnings", &warnings);
	if (s->bad + s->warnings > t->n_bad)
		(void)printf("… and %llu more that are bad or warned of\n",
			     (unsigned long long)(s->bad + s->warnings - t->n_bad));
	print_section("Notes", &notes);
	print_section("Not read, or not mapped", &left);
	print_section("In a map, but in no record", &unmet);
	if (t->err.code)
		(void)printf("\nThe file cannot be read: %s\n", t->err.message);
	else if (t->rejected)
		(void)printf("\nThe watcher would reject the file: %s\n", t->rejected_message);
}

static void add_section(struct buf *out, const char *key, struct table *table)
{
	buf_addf(out, ",\n\"%s\":", key);
	table_to_json(table, out);
	table_done(table);
}

static void add_text_or_null(struct buf *out, const char *s)
{
	if (s)
		table_add_json_text(out, span_str(s));
	else
		buf_adds(out, "null");
}

static void add_json(struct buf *out, const char *path, const struct adapter *a,
		     const struct trial *t)
{
	const struct adapter_summary *s = &t->summary;
	struct table bad = bad_table(t, false), warnings = bad_table(t, true),
		     notes = note_table(t, true), coverage = coverage_table(t, true, true);

	buf_adds(out, "{\"file\":");
	table_add_json_text(out, span_str(path));
	buf_addf(out, ",\"adapter\":\"%s\",\"format\":\"%s\",\"encoding\":", adapter_name(a),
		 adapter_format_name(adapter_format(a)));
	table_add_json_text(out, span_str(s->encoding));
	buf_adds(out, ",\"error\":");
	add_text_or_null(out, t->err.code ? t->err.message : NULL);
	buf_adds(out, ",\"rejected\":");
	add_text_or_null(out, t->rejected);
	buf_addf(out,
		 ",\"records\":%llu,\"events_made\":%llu,\"bad_records\":%llu,\"duplicates\":%llu,"
		 "\n\"events\":[",
		 (unsigned long long)s->records, (unsigned long long)s->events,
		 (unsigned long long)s->bad, (unsigned long long)s->duplicates);
	for (size_t i = 0; i < t->n_events; i++) {
		buf_adds(out, i > 0 ? ",\n " : "");
		event_to_json(&t->events[i], out);
	}
	buf_addc(out, ']');
	add_section(out, "bad", &bad);
	add_section(out, "warnings", &warnings);
	add_section(out, "notes", &notes);
	add_section(out, "coverage", &coverage);
	buf_addc(out, '}');
}

/* ---- one file ---- */

static void worse(struct trying *t, int code)
{
	if (t->code != EXIT_INVALID && code != EXIT_OK)
		t->code = code;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const struct adapter *adapter_for(struct trying *t, const char *path)
{
	if (t->one)
		return t->one;
	return t->named ? t->named : catalog_pick(&t->catalog, base_name(path), NULL);
}

static const char *facility_for(const struct trying *t, const struct adapter *a)
{
	if (t->facility)
		return t->facility;
	if (adapter_facility(a))
		return adapter_facility(a);
	return t->place.home ? t->place.home->facility : FACILITY_DEFAULT;
}

static void begin_file(struct trying *t)
{
	if (t->n++ > 0)
		t->json ? buf_adds(&t->out, ",\n") : (void)printf("\n");
}

static void no_adapter(struct trying *t, const char *path)
{
	static const char text[] = "no adapter matches its name; say --adapter or --format";

	if (t->json) {
		buf_adds(&t->out, "{\"file\":");
		table_add_json_text(&t->out, span_str(path));
		buf_addf(&t->out,
			 ",\"adapter\":null,\"error\":\"%s\",\"records\":0,\"events\":[],\"bad\":[]"
			 ",\"notes\":[]}",
			 text);
	} else {
		(void)command_error(EXIT_INVALID, "%s: %s", base_name(path), text);
	}
	worse(t, EXIT_INVALID);
}

static void try_file(struct trying *t, const char *path)
{
	const struct adapter *a = adapter_for(t, path);
	struct trial trial;

	begin_file(t);
	if (!a) {
		no_adapter(t, path);
		return;
	}
	const struct trial_settings settings = {
	    .adapter = a,
	    .facility = facility_for(t, a),
	    .zone = t->zone,
	    .limit = (size_t)t->options->limit,
	    .file_time = USEC_NONE,
	    .watched = true,
	};
	trial_run(&settings, path, &trial);
	if (t->json)
		add_json(&t->out, path, a, &trial);
	else
		print_text(path, a, &trial);
	bool has_bad = trial.summary.bad > 0 || trial.rejected;
	worse(t, trial.err.code ? EXIT_INVALID : has_bad ? EXIT_FAILED : EXIT_OK);
	trial_done(&trial);
}

static int is_shown(const struct dirent *e)
{
	return !folder_ignores(e->d_name);
}

/* The files of a folder by name, and of those in it; what is no regular file is passed over. */
static int try_folder(struct trying *t, const char *dir, unsigned depth)
{
	struct dirent **names;
	struct err err;
	int n = scandir(dir, &names, is_shown, alphasort), code = EXIT_OK;

	if (n < 0) {
		(void)err_errno(&err, errno, "%s", dir);
		return command_failed(&err);
	}
	for (int i = 0; i < n; i++) {
		_cleanup_(freep) char *path = NULL;
		struct stat st;
		if (asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0)
			abort();
		free(names[i]);
		if (code != EXIT_OK || lstat(path, &st) < 0)
			continue;
		if (S_ISREG(st.st_mode))
			try_file(t, path);
		else if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX)
			code = try_folder(t, path, depth + 1);
	}
	free(names);
	return code;
}

/* ---- settings ---- */

static void adapter_is_off(void *ctx, const char *path, const char *text)
{
	(void)ctx, (void)path;
	(void)fprintf(stderr, "%s%s", text, span_ends(span_str(text), SPAN("\n")) ? "" : "\n");
}

static int load_adapter_file(struct trying *t, const char *path)
{
	struct conf *conf = NULL;
	struct err err;
	int code = EXIT_OK;

	if (adapter_load(path, &t->one, &conf, &err) < 0) {
		struct buf problems = BUF_INIT;
		if (conf && conf_problem_count(conf) > 0) {
			conf_problems_print(conf, &problems);
			(void)fputs(problems.p, stderr);
			code = err_exit_code(&err);
		} else {
			code = command_failed(&err);
		}
		buf_done(&problems);
	}
	conf_free(conf);
	return code;
}

static int load_home_adapters(struct trying *t)
{
	const char *name = t->options->adapter;
	struct err err;

	if (!t->place.home)
		return command_error(
		    EXIT_USAGE,
		    "there is no home.yaml here: say --adapter FILE.yaml or --format hl7|csv|xml");
	if (catalog_load(&t->catalog, t->place.home->adapters, NULL, adapter_is_off, NULL, &err) <
	    0)
		return command_failed(&err);
	if (name && !(t->named = catalog_find(&t->catalog, name)))
		return command_error(EXIT_MISSING, "no adapter \"%s\" in %s", name,
				     t->place.home->adapters);
	return EXIT_OK;
}

static bool is_path(const char *s)
{
	struct span name = span_str(s);

	return strchr(s, '/') || span_ends(name, SPAN(".yaml")) || span_ends(name, SPAN(".yml"));
}

static int choose_adapter(struct trying *t)
{
	const struct try_options *o = t->options;
	enum adapter_format format;
	struct err err;

	if (o->adapter && o->format)
		return command_error(EXIT_USAGE, "--adapter and --format exclude each other");
	if (o->adapter && is_path(o->adapter))
		return load_adapter_file(t, yaml_files_find(t->place.home, o->adapter, &t->arena));
	if (!o->format)
		return load_home_adapters(t);
	if (!adapter_format_parse(span_str(o->format), &format))
		return command_error(EXIT_USAGE, "--format wants hl7, csv or xml");
	const char *zone = o->zone ? o->zone : t->place.home ? t->place.home->zone : "UTC";
	return adapter_builtin(format, zone, &t->one, &err) < 0 ? command_failed(&err) : EXIT_OK;
}

static int set_up(struct trying *t, const struct command_line *line)
{
	const struct try_options *o = t->options;
	struct err err;

	int code = place_find_home(&t->place, line);
	if (code != EXIT_OK)
		return code;
	t->facility = o->facility;
	if (o->facility && !ident_is_facility(span_str(o->facility)))
		return command_error(
		    EXIT_USAGE, "--facility wants \"fac_\" and then a-z, 0-9, \"_\", \".\", \"-\"");
	const char *zone = o->zone ? o->zone : t->place.home ? t->place.home->zone : NULL;
	if (zone && zone_load(zone, &t->zone, &err) < 0)
		return command_error(EXIT_USAGE, "--zone: %s", err.message);
	return choose_adapter(t);
}

static void tear_down(struct trying *t)
{
	adapter_free(t->one);
	catalog_done(&t->catalog);
	zone_free(t->zone);
	place_done(&t->place);
	buf_done(&t->out);
	arena_done(&t->arena);
}

static int try_operands(struct trying *t, const struct command_line *line, bool *ret_is_list)
{
	*ret_is_list = line->n > 1;
	for (size_t i = 0; i < line->n; i++) {
		struct stat st;
		if (stat(line->operands[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			*ret_is_list = true;
			int code = try_folder(t, line->operands[i], 0);
			if (code != EXIT_OK)
				return code;
		} else {
			try_file(t, line->operands[i]);
		}
	}
	return t->code;
}

int adapter_try(const struct command_line *line)
{
	_cleanup_(tear_down) struct trying t = {.options = line->options, .json = line->json};
	bool is_list = false;

	int code = set_up(&t, line);
	if (code != EXIT_OK)
		return code;
	code = try_operands(&t, line, &is_list);
	if (!line->json && t.n == 0)
		(void)printf("none\n");
	if (line->json)
		(void)printf("%s%s%s\n", is_list ? "{\"files\":[" : "", t.out.p ? t.out.p : "",
			     is_list ? "]}" : "");
	return code;
}
