/* A run keeps no state: what was made is what stands in the folders, for a file's name says its
 * period and a file is whole or not there. So a run may come late, twice or be killed, and the next
 * one makes what is missing. A lock on the schedule keeps two runs apart. */
#include "cli/report/run_schedule.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/report/make.h"
#include "cli/table.h"
#include "reports/schedule.h"

#define RANDOM_HEX 16 /* of a half-written file's name: ".<name>.<16 hex digits>" */

struct options {
	bool now, check;
	const char *only, *at, *database;
	int64_t timeout;
};

static const struct command_option options[] = {
    {"now", 0, COMMAND_FLAG, offsetof(struct options, now), NULL,
     "make the last period of each report now, due or not, made already or not"},
    {"check", 0, COMMAND_FLAG, offsetof(struct options, check), NULL,
     "make nothing: say what is wrong with FILE, and what is due when"},
    {"only", 'n', COMMAND_STRING, offsetof(struct options, only), "NAME",
     "of the file's reports this one only"},
    {"at", 0, COMMAND_STRING, offsetof(struct options, at), "TIME",
     "as if it were that time (RFC 3339)"},
    {"database", 'd', COMMAND_STRING, offsetof(struct options, database), "CONNINFO",
     "PostgreSQL, instead of what region.yaml says"},
    {"timeout", 0, COMMAND_INT, offsetof(struct options, timeout), "SECONDS",
     "give up on a question to PostgreSQL after", MAKE_STATEMENT_SECONDS},
    {0},
};

struct run {
	const struct command_line *line;
	const struct options *o;
	usec_t now;
	struct table table;
	size_t failed, away;
	struct arena arena;
};

static const struct table_column columns[] = {
    {"name", "REPORT"}, {"period", "PERIOD"},	       {"format", "FORMAT"}, {"outcome", "OUTCOME"},
    {"file", "FILE"},	{"due_at", "DUE", TABLE_TIME}, {"error", "ERROR"},   {0}};

static void say(struct run *r, const struct schedule_entry *e, const char *label,
		const char *format, const char *outcome, const char *path, usec_t due_at,
		const char *error)
{
	table_text(&r->table, e->name);
	table_text(&r->table, label);
	table_text(&r->table, format);
	table_text(&r->table, outcome);
	table_text(&r->table, path);
	table_time(&r->table, due_at);
	table_text(&r->table, error);
}

/* In the run's arena. */
static const char *path_of(struct run *r, const struct schedule_entry *e,
			   const struct writer_format *f, const char *label)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	schedule_file_name(e, f, label, &name);
	return arena_printf(&r->arena, "%s/" SPAN_FMT, e->folder, SPAN_ARG(buf_span(&name)));
}

/* ---- making ---- */

static void make_file(struct run *r, const struct schedule_entry *e, const struct due *due,
		      const struct writer_format *f)
{
	const char *path = path_of(r, e, f, due->label),
		   *label = arena_strdup(&r->arena, due->label);
	const char *format = schedule_format_name(f);
	bool is_there = access(path, F_OK) == 0;
	struct schedule_days days;
	struct err err;

	if (r->o->check || (is_there && !r->o->now)) {
		say(r, e, label, format, is_there ? "made" : "due", path, due->at, NULL);
		return;
	}
	struct question q = schedule_question(e, due, &days);
	int failed =
	    make_report(&(struct make){.config = r->line->config,
				       .database = r->o->database,
				       .statement_seconds = r->o->timeout,
				       .report = e->report,
				       .question = &q,
				       .format = f,
				       .table = strcmp(format, "csv") == 0 ? e->table : NULL,
				       .out = path},
			&err);
	if (failed < 0) {
		r->failed++;
		r->away += err.retriable;
		(void)command_error(EXIT_FAILED, "%s, %s: %s", e->name, due->label, err.message);
	}
	say(r, e, label, format, failed < 0 ? "failed" : "written", path, due->at,
	    failed < 0 ? arena_strdup(&r->arena, err.message) : NULL);
}

/* ---- taking away ---- */

struct names {
	char **list;
	size_t n;
};

static void names_add(struct names *names, const char *name)
{
	names->list = reallocarray(names->list, names->n + 1, sizeof(char *));
	char *copy = strdup(name);

	if (!names->list || !copy)
		abort();
	names->list[names->n++] = copy;
}

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

/* The newest first: names differ in their period alone, and periods sort as they follow. */
static int newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

static bool is_half_written(const struct schedule_entry *e, const struct writer_format *f,
			    struct span name)
{
	return name.n > RANDOM_HEX + 2 && name.p[0] == '.' &&
	       name.p[name.n - RANDOM_HEX - 1] == '.' &&
	       strspn(name.p + name.n - RANDOM_HEX, "0123456789abcdef") == RANDOM_HEX &&
	       schedule_owns(e, f, span_of(name.p + 1, name.n - RANDOM_HEX - 2));
}

/* What a killed run left behind goes; nobody else writes: we hold the lock. */
static void list_files(const struct schedule_entry *e, const struct writer_format *f, DIR *folder,
		       struct names *ret)
{
	const struct dirent *d;

	rewinddir(folder);
	while ((d = readdir(folder))) {
		if (schedule_owns(e, f, span_str(d->d_name)))
			names_add(ret, d->d_name);
		else if (is_half_written(e, f, span_str(d->d_name)))
			(void)unlinkat(dirfd(folder), d->d_name, 0);
	}
}

static void take_away_old(struct run *r, const struct schedule_entry *e)
{
	DIR *folder = opendir(e->folder);

	for (size_t i = 0; folder && i < e->n_formats; i++) {
		struct names names = {0};
		list_files(e, e->formats[i], folder, &names);
		if (names.n)
			qsort(names.list, names.n, sizeof(char *), newest_first);
		for (size_t k = (size_t)e->keep; e->keep && k < names.n; k++) {
			const char *name =
			    arena_printf(&r->arena, "%s/%s", e->folder, names.list[k]);
			if (unlinkat(dirfd(folder), names.list[k], 0) == 0)
				say(r, e, NULL, schedule_format_name(e->formats[i]), "removed",
				    name, USEC_NONE, NULL);
		}
		names_done(&names);
	}
	if (folder)
		(void)closedir(folder);
}

/* ---- the run ---- */

static void run_entry(struct run *r, const struct schedule_entry *e)
{
	int back = r->o->now ? 1 : (int)e->catch_up;
	enum due_range range = (enum due_range)e->range;

	/* The oldest first: what is missed if the run is ended is the newest, which comes next. */
	while (back-- > 0) {
		struct due due = due_of(range, e->at, e->zone, r->now, back);
		for (size_t i = 0; i < e->n_formats; i++)
			make_file(r, e, &due, e->formats[i]);
	}
	if (r->o->check) {
		struct due next = due_of(range, e->at, e->zone, r->now, -1);
		say(r, e, arena_strdup(&r->arena, next.label), NULL, "next", NULL, next.at, NULL);
		return;
	}
	take_away_old(r, e);
}

/* The lock ends with the program. */
static int lock(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return command_error(errno == ENOENT ? EXIT_MISSING : EXIT_FAILED, "%s: %s", path,
				     strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		(void)close(fd);
		return command_error(EXIT_AGAIN, "%s: another run is at work", path);
	}
	*ret_fd = fd;
	return EXIT_OK;
}

static int run_all(struct run *r, const struct schedule *s)
{
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	bool found = !r->o->only;

	conf_problems_print(s->document, &problems);
	if (problems.n)
		(void)fwrite(problems.p, 1, problems.n, stderr);
	for (size_t i = 0; i < s->n; i++) {
		const struct schedule_entry *e = &s->entries[i];
		if (r->o->only && (!e->name || strcmp(e->name, r->o->only) != 0))
			continue;
		found = true;
		if (e->is_good)
			run_entry(r, e);
	}
	table_print(&r->table, r->line->json);
	if (!found)
		return command_error(EXIT_MISSING, "no report of that name in the file: %s",
				     r->o->only);
	if (r->failed)
		return r->failed == r->away ? EXIT_AGAIN : EXIT_FAILED;
	return conf_problem_count(s->document) ? EXIT_INVALID : EXIT_OK;
}

static int run_schedule(const struct command_line *line)
{
	struct run r = {.line = line, .o = line->options, .now = clock_now()};
	const char *path = line->operands[0];
	_cleanup_(closep) int fd = -1;
	struct schedule s;
	struct err err;

	if (r.o->at && clock_parse_rfc3339(span_str(r.o->at), &r.now, &err) < 0)
		return command_error(EXIT_USAGE, "--at: %s", err.message);
	if (r.o->now && r.o->check)
		return command_error(EXIT_USAGE, "--now goes without --check");
	int code = r.o->check ? EXIT_OK : lock(path, &fd);
	if (code != EXIT_OK)
		return code;
	if (schedule_load(path, &s, &err) < 0)
		return command_failed(&err);
	r.table = table_of(columns);
	code = run_all(&r, &s);
	table_done(&r.table);
	arena_done(&r.arena);
	schedule_done(&s);
	return code;
}

const struct command run_schedule_command = {
    .name = "schedule",
    .operands = "FILE",
    .min = 1,
    .max = 1,
    .help = "make what the reports in FILE have due and not made yet (also: --schedule FILE)",
    .more = "Run it from a timer, as often as you like. A report that stands is not made again; "
	    "what was\n"
	    "missed is made up for. What is wrong with one report does not stop the others.\n"
	    "bedpost-reports(5) describes FILE.\n",
    .options = options,
    .options_size = sizeof(struct options),
    .run = run_schedule,
};
