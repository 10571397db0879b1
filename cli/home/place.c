/* A home.yaml that is wrong is always said in full: a command that guessed on would mislead. */
#include "cli/home/place.h"

#include <stdio.h>

#include "cli/home/commands.h"

void place_done(struct place *p)
{
	outbox_close(p->outbox);
	home_free(p->home);
	*p = PLACE_INIT;
}

static int load(struct place *p, const struct command_line *line, bool may_be_missing)
{
	struct buf problems = BUF_INIT;
	struct err err;
	int code = EXIT_OK;
	int r = home_load(line->config, &p->home, &problems, &err);

	if (r < 0 && !(may_be_missing && r == -ERR_NOT_FOUND)) {
		if (problems.n > 0)
			(void)fputs(problems.p, stderr);
		code = command_failed(&err);
	}
	buf_done(&problems);
	return code;
}

int place_open_home(struct place *p, const struct command_line *line)
{
	return load(p, line, false);
}

int place_find_home(struct place *p, const struct command_line *line)
{
	return load(p, line, true);
}

int place_open(struct place *p, const struct command_line *line)
{
	struct err err;
	int code = place_open_home(p, line);

	if (code != EXIT_OK)
		return code;
	if (outbox_open(p->home->state_dir, p->home->facility, OUTBOX_READ, &p->outbox, &err) < 0) {
		code = command_failed(&err);
		if (err.code == ERR_DENIED)
			(void)command_error(EXIT_DENIED,
					    "run it as root or as the user of the watcher");
		return code;
	}
	outbox_set_min_free(p->outbox, p->home->min_free);
	return EXIT_OK;
}

int place_list(const struct command_line *line, const char *key, const struct table_column *columns,
	       place_add_fn *add)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(columns);
	struct err err;
	int code = place_open(&place, line);

	if (code != EXIT_OK)
		return code;
	if (add(&place, line, &a, &t, &err) < 0)
		return command_failed(&err);
	table_print_list(&t, key, line->json);
	return EXIT_OK;
}

void place_tell_more(const struct command_line *line, size_t n, int64_t last)
{
	const struct list_options *o = line->options;

	if (!line->json && o->limit && n == (size_t)o->limit && last)
		(void)fprintf(stderr, "%zu shown; the next: --after %lld\n", n, (long long)last);
}
