/* bedpost adapter check: every problem of every adapter, as file:line:column. */
#include <stdio.h>

#include "adapters/adapter.h"
#include "cli/home/commands.h"
#include "cli/home/yaml_files.h"
#include "cli/table.h"

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
		(void)printf("%s: ok: adapter %s, %s, %zu test(s)\n", path, adapter_name(a),
			     adapter_format_name(adapter_format(a)),
			     adapter_tests(a, &(const struct adapter_test *){NULL}));
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

static bool check_one(const char *path, bool json, struct buf *out)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err = {0};

	(void)adapter_load(path, &a, &conf, &err);
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
	struct buf out = BUF_INIT;
	bool all_good = true;

	int code = yaml_files_of(line, &files);
	if (code != EXIT_OK)
		return code;
	for (size_t i = 0; i < files.n; i++)
		all_good &= check_one(files.path[i], line->json, &out);
	if (line->json)
		(void)printf("{\"adapters\":[%s]}\n", out.p ? out.p : "");
	else if (files.n == 0)
		(void)printf("none\n");
	buf_done(&out);
	return all_good ? EXIT_OK : EXIT_INVALID;
}
