#include "adapters/csv_config.h"

#include <stddef.h>
#include <string.h>

#define COMMENT_MAX    8
#define SKIP_LINES_MAX 100000

struct csv_keys {
	const char *delimiter, *quote, *comment, *header;
	int64_t skip_lines;
	const struct conf_node *columns, *rows, *pass, *groups, *fill_down;
};

#define KEY(field) offsetof(struct csv_keys, field)

const struct conf_key csv_config_keys[] = {
    {"delimiter", CONF_STRING, KEY(delimiter), .by_default = ",",
     .help = "up to 8 characters; tab; auto: , ; tab or |, whichever the first row has most"},
    {"quote", CONF_STRING, KEY(quote), .by_default = "\"",
     .help = "one character; empty or none: quotes are ordinary characters"},
    {"header", CONF_STRING, KEY(header), .by_default = "true",
     .help = "true: the first row holds the columns' names; find: the first one that has all that "
	     "are read; false"},
    {"columns", CONF_NODE, KEY(columns),
     .help =
	 "the columns' names where the file has no header, default: 1, 2, 3 ...; or their places: "
	 "{bed: 1-8, status: 9}"},
    {"comment", CONF_STRING, KEY(comment), .help = "lines that start with it are not rows"},
    {"skip_lines", CONF_INT, KEY(skip_lines), .min = 0, .max = SKIP_LINES_MAX, .by_default = "0",
     .help = "lines before the header or the first row"},
    {"rows", CONF_NODE, KEY(rows),
     .help = "of a list made for paper: what stands in a row's columns: {BED: \"[0-9]*\", STATUS: "
	     "\"*\"}; other lines are none"},
    {"pass", CONF_NODE, KEY(pass),
     .help = "lines that are no rows, as globs on their words: [\"Page *\", \"Total *\"]"},
    {"groups", CONF_NODE, KEY(groups),
     .help = "headings above rows, and what their value is called: {ward: \"Ward: {}\"}"},
    {"fill_down", CONF_NODE, KEY(fill_down),
     .help = "columns that stand only in the first of several rows"},
    {NULL}};

/* One ASCII character that is no line end; "tab" and "\t" for a tab. */
static bool one_char(const char *text, char *ret)
{
	if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
		text = "\t";
	*ret = text[0];
	return text[0] && !text[1] && (unsigned char)text[0] < 0x80 && text[0] != '\n' &&
	       text[0] != '\r';
}

/* Several characters, or one that is not ASCII. */
static bool is_long(const char *text)
{
	size_t n = strlen(text);

	return n > 1 && n <= CSV_DELIMITER_MAX && strcmp(text, "tab") != 0 &&
	       strcmp(text, "\\t") != 0 && !strpbrk(text, "\r\n");
}

static void read_signs(struct csv_config *c, struct conf *conf, const struct conf_node *node,
		       const struct csv_keys *k)
{
	c->find_delimiter = strcmp(k->delimiter, "auto") == 0;
	if (!c->find_delimiter && is_long(k->delimiter))
		c->long_delimiter = k->delimiter;
	else if (!c->find_delimiter && !one_char(k->delimiter, &c->options.delimiter))
		conf_problem(conf, conf_get(node, "delimiter"),
			     "delimiter: expected up to %d characters, tab, or auto",
			     CSV_DELIMITER_MAX);
	if (!k->quote[0] || strcmp(k->quote, "none") == 0)
		c->options.quote = '\0';
	else if (!one_char(k->quote, &c->options.quote))
		conf_problem(conf, conf_get(node, "quote"),
			     "quote: expected one ASCII character, or none");
	else if (c->options.quote == c->options.delimiter)
		conf_problem(conf, conf_get(node, conf_get(node, "quote") ? "quote" : "delimiter"),
			     "quote: is the delimiter too; quote: none says that there is none");
	c->options.comment = k->comment;
	if (k->comment && strlen(k->comment) > COMMENT_MAX)
		conf_problem(conf, conf_get(node, "comment"),
			     "comment: expected up to %d characters", COMMENT_MAX);
}

static bool has_column(const struct csv_config *c, struct span name, size_t *ret)
{
	for (size_t i = 0; i < c->n_columns; i++) {
		if (span_eq(c->columns[i], name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* "9", "1-8", "20-" */
static bool read_place(struct span text, struct csv_place *ret)
{
	struct span from, rest = text;
	uint64_t first, last;
	bool range = memchr(text.p ? text.p : "", '-', text.n);

	if (!text.n || !span_cut(&rest, '-', &from) || !span_to_u64(span_trim(from), &first))
		return false;
	rest = span_trim(rest);
	if (!range)
		last = first;
	else if (!rest.n)
		last = CSV_PLACE_OPEN;
	else if (!span_to_u64(rest, &last))
		return false;
	if (first < 1 || last < first || first > CSV_RECORD_MAX ||
	    (last != CSV_PLACE_OPEN && last > CSV_RECORD_MAX))
		return false;
	*ret = (struct csv_place){(uint32_t)first, (uint32_t)last};
	return true;
}

/* Columns of fixed width: each name with its place in the line. A header, if there is one, is
 * passed over. */
static void read_places(struct csv_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node);
	struct span *names = arena_array(&c->arena, struct span, n + 1);
	struct csv_place *places = arena_array(&c->arena, struct csv_place, n + 1);

	if (n == 0 || n > CSV_COLUMNS_MAX)
		conf_problem(conf, node,
			     "columns: expected names and their places, {bed: 1-8, status: 9}");
	for (size_t i = 0; i < n && i < CSV_COLUMNS_MAX; i++) {
		const struct conf_node *value = conf_pair(node, i, &names[i]);
		names[i] = span_trim(names[i]);
		if (!read_place(conf_text(value), &places[i]))
			conf_problem(
			    conf, value,
			    "columns: expected the first and the last character of the column, "
			    "counted from 1: 1-8, 9 or 20-");
		c->n_columns = i + 1;
	}
	c->columns = names;
	c->places = places;
}

static void read_columns(struct csv_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node), twin;

	if (!node)
		return;
	if (conf_kind(node) == CONF_MAPPING) {
		read_places(c, conf, node);
		return;
	}
	if (conf_kind(node) != CONF_SEQUENCE || n == 0 || n > CSV_COLUMNS_MAX) {
		conf_problem(conf, node, "columns: expected a list of names");
		return;
	}
	if (c->header) {
		conf_problem(
		    conf, node,
		    "columns: names the columns of a file without a header; add header: false");
		return;
	}
	struct span *names = arena_array(&c->arena, struct span, n);
	c->columns = names;
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *item = conf_item(node, i);
		struct span name = span_trim(conf_text(item));
		if (conf_kind(item) != CONF_SCALAR)
			conf_problem(conf, item, "columns: expected a name");
		else if (name.n && has_column(c, name, &twin))
			conf_problem(conf, item, "columns: \"" SPAN_FMT "\" is also column %zu",
				     SPAN_ARG(name), twin + 1);
		names[i] = name;
		c->n_columns = i + 1;
	}
}

static void read_whether_header(struct csv_config *c, struct conf *conf,
				const struct conf_node *node, const struct csv_keys *k)
{
	c->finds_header = strcmp(k->header, "find") == 0;
	c->header = c->finds_header;
	if (!c->finds_header && !conf_to_bool(span_str(k->header), &c->header))
		conf_problem(conf, conf_get(node, "header"),
			     "header: expected true, false or find");
	if (c->finds_header && c->find_delimiter)
		conf_problem(conf, conf_get(node, "header"),
			     "header: find wants a delimiter that is told");
}

/* A column of `rows` or `fill_down` must be one. */
static void check_named(struct csv_config *c, struct conf *conf, const struct conf_node *node,
			const char *key, struct span name, size_t *ret_wanted)
{
	struct field_ref ref = {0};
	struct err err;
	size_t group;

	if (csv_paper_group(&c->paper, name, &group))
		conf_problem(conf, conf_get(node, key), "%s: \"" SPAN_FMT "\" is one of groups",
			     key, SPAN_ARG(name));
	else if (csv_resolve(c, name, &ref, &err) < 0)
		conf_problem(conf, conf_get(node, key), "%s: %s", key, err.message);
	*ret_wanted = ref.index;
}

static void read_paper(struct csv_config *c, struct conf *conf, const struct conf_node *node,
		       const struct csv_keys *k)
{
	const struct csv_paper_keys keys = {k->rows, k->pass, k->groups, k->fill_down};
	struct csv_paper *p = &c->paper;
	size_t wanted;

	csv_paper_read(p, conf, &keys, &c->arena);
	c->is_paper = csv_paper_is_used(p);
	for (size_t i = 0; i < p->n_rows; i++)
		check_named(c, conf, node, "rows", p->rows[i].name, &p->rows[i].wanted);
	for (size_t i = 0; i < p->n_fill_down; i++)
		check_named(c, conf, node, "fill_down", p->fill_down[i], &wanted);
}

int csv_configure(struct conf *conf, const struct conf_node *node, void **ret_config,
		  _unused_ struct err *err)
{
	struct csv_config *c = calloc(1, sizeof(*c));
	struct csv_keys k = {0};

	if (!c)
		abort();
	conf_read(conf, node, csv_config_keys, &k);
	c->options.skip_lines = (uint64_t)k.skip_lines;
	read_signs(c, conf, node, &k);
	read_whether_header(c, conf, node, &k);
	read_columns(c, conf, k.columns);
	if (c->places) {
		if (conf_get(node, "delimiter"))
			conf_problem(conf, conf_get(node, "delimiter"),
				     "delimiter: columns with places have none");
		c->header = c->header && conf_get(node, "header");
	}
	read_paper(c, conf, node, &k);
	*ret_config = c;
	return 0;
}

void csv_config_free(void *config)
{
	struct csv_config *c = config;

	arena_done(&c->arena);
	free(c);
}

/* Columns without names are called by their number. */
static int check_number(struct span name, struct err *err)
{
	uint64_t n;

	if (!span_to_u64(name, &n) || n < 1 || n > CSV_COLUMNS_MAX)
		return err_set(err, ERR_INVALID,
			       "\"" SPAN_FMT
			       "\": the file has no header and columns: is not given, so columns "
			       "are called {1}, {2}, {3} ...",
			       SPAN_ARG(name));
	return 0;
}

static int check_column(const struct csv_config *c, struct span name, struct err *err)
{
	size_t at;

	if (has_column(c, name, &at))
		return 0;
	const char **names = calloc(c->n_columns + 1, sizeof(*names));
	if (!names)
		abort();
	for (size_t i = 0; i < c->n_columns; i++)
		names[i] = c->columns[i].p ? c->columns[i].p : "";
	const char *near = conf_did_you_mean(name, names);
	int r =
	    err_set(err, ERR_INVALID, "\"" SPAN_FMT "\" is not in columns:%s%s%s", SPAN_ARG(name),
		    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	free(names);
	return r;
}

int csv_resolve(void *config, struct span text, struct field_ref *ret, struct err *err)
{
	struct csv_config *c = config;
	size_t group = 0;
	bool is_group = csv_paper_group(&c->paper, text, &group);
	int r = is_group || (c->header && !c->places) ? 0
		: c->columns			      ? check_column(c, text, err)
						      : check_number(text, err);

	if (r < 0)
		return r;
	for (ret->index = 0; ret->index < c->n_wanted; ret->index++)
		if (span_eq(c->wanted[ret->index].name, text))
			return 0;
	if (c->n_wanted == CSV_WANTED_MAX)
		return err_set(err, ERR_INVALID, "more than %d columns are read", CSV_WANTED_MAX);
	c->wanted[c->n_wanted++] =
	    (struct csv_wanted){.name = arena_span(&c->arena, text),
				.optional = text.n > 1 && span_ends(text, SPAN("?")),
				.is_group = is_group,
				.group = group,
				.fills_down = csv_paper_fills_down(&c->paper, text)};
	return 0;
}
