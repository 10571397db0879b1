/* bedpost adapter check: every problem of every adapter, as file:line:column. */
#include <stdio.h>

#include "adapters/adapter.h"
#include "cli/home/commands.h"
#include "cli/home/golden.h"
#include "cli/home/yaml_files.h"
#include "cli/table.h"

/* The adapters that are good, as far as they were looked at. */
struct checked {
	struct arena arena;
	const char **names, **paths;
	size_t n;
};

static const struct table_column problem_columns[] = {
    {"line", "LINE", TABLE_NUMBER},
    {"column", "COLUMN", TABLE_NUMBER},
    {"message", "MESSAGE"},
    {"source", "SOURCE"},
    {0},
};

/* The problems as a table; where the file is no YAML at all, the one that err names. */
static void gather(const struct conf *conf, const struct err *err, struct table *t)
{
	for (size_t i = 0; conf && i < conf_problem_count(conf); i++) {
		struct conf_place p = conf_problem_at(conf, i);
		table_number(t, p.line);
		table_number(t, p.column);
		table_text(t, p.message);
		table_text(t, p.source);
	}
	if (table_rows(t) > 0)
		return;
	table_none(t);
	table_none(t);
	table_text(t, err->message);
	table_none(t);
}

static void print_text(const char *path, const struct adapter *a, const struct conf *conf,
		       const struct err *err)
{
	struct buf out = BUF_INIT;

	if (a) {
		_cleanup_(golden_done) struct golden golden = {0};
		struct err ignored;
		(void)golden_of(a, &golden, &ignored);
		(void)printf("%s: ok: adapter %s, %s, %zu test(s)\n", path, adapter_name(a),
			     adapter_format_name(adapter_format(a)), golden.n);
		return;
	}
	if (conf && conf_problem_count(conf) > 0)
		conf_problems_print(conf, &out);
	else
		buf_addf(&out, "%s\n", err->message);
	(void)fputs(out.p, stdout);
	buf_done(&out);
}

static void add_json(struct buf *out, const char *path, const struct adapter *a,
		     const struct conf *conf, const struct err *err)
{
	_cleanup_(table_done) struct table t = table_of(problem_columns);

	buf_adds(out, out->n > 0 ? ",\n " : "");
	buf_adds(out, "{\"file\":");
	table_add_json_text(out, span_str(path));
	if (a) {
		buf_adds(out, ",\"ok\":true,\"adapter\":");
		table_add_json_text(out, span_str(adapter_name(a)));
		buf_addf(out, ",\"format\":\"%s\",\"problems\":[]}",
			 adapter_format_name(adapter_format(a)));
		return;
	}
	gather(conf, err, &t);
	buf_adds(out, ",\"ok\":false,\"adapter\":null,\"format\":null,\"problems\":");
	table_to_json(&t, out);
	buf_addc(out, '}');
}

/* A watcher takes the first of two adapters of one name, for the name is part of an event's
 * identity. */
static void refuse_twin(struct checked *c, const char *path, struct adapter **a, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->names[i], adapter_name(*a)) != 0)
			continue;
		(void)err_set(err, ERR_EXISTS, "%s: an adapter \"%s\" is already in %s", path,
			      adapter_name(*a), c->paths[i]);
		adapter_free(TAKE_PTR(*a));
		return;
	}
	c->names[c->n] = arena_strdup(&c->arena, adapter_name(*a));
	c->paths[c->n++] = path;
}

static bool check_one(struct checked *c, const char *path, bool json, struct buf *out)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err = {0};

	if (adapter_load(path, &a, &conf, &err) == 0)
		refuse_twin(c, path, &a, &err);
	if (json)
		add_json(out, path, a, conf, &err);
	else
		print_text(path, a, conf, &err);
	conf_free(conf);
	return a != NULL;
}

int adapter_check(const struct command_line *line)
{
	_cleanup_(yaml_files_done) struct yaml_files files = {0};
	struct checked c = {0};
	struct buf out = BUF_INIT;
	bool all_good = true;

	int code = yaml_files_of(line, &files);
	if (code != EXIT_OK)
		return code;
	c.names = arena_array(&c.arena, const char *, files.n + 1);
	c.paths = arena_array(&c.arena, const char *, files.n + 1);
	for (size_t i = 0; i < files.n; i++)
		all_good &= check_one(&c, files.path[i], line->json, &out);
	if (line->json)
		(void)printf("{\"adapters\":[%s]}\n", out.p ? out.p : "");
	else if (files.n == 0)
		(void)printf("none\n");
	buf_done(&out);
	arena_done(&c.arena);
	return all_good ? EXIT_OK : EXIT_INVALID;
}
