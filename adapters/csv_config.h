/* `csv:` of an adapter, and the columns that its templates ask for. Inside the CSV driver. */
#pragma once

#include "adapters/csv.h"
#include "adapters/csv_lines.h"
#include "adapters/csv_paper.h"
#include "adapters/format.h"

#define CSV_WANTED_MAX 64

/* A column that a template reads; field_ref.index is its place in the list. */
struct csv_wanted {
	struct span name;
	bool optional; /* written "NAME?": the file may lack it */
	bool is_group; /* no column: the value of the heading above, group of csv_paper */
	bool fills_down;
	size_t group;
};

struct csv_config {
	struct arena arena;
	struct csv_options options;
	bool header;
	bool finds_header;   /* it is the first row with all columns that are read */
	bool find_delimiter; /* from the first line */
	/* Of a delimiter of several characters, or NULL: then options.delimiter is it. */
	const char *long_delimiter;
	const struct span *columns; /* names where the file has none */
	size_t n_columns;
	const struct csv_place *places; /* of the columns in a line; NULL: parted by a delimiter */
	struct csv_paper paper;
	bool is_paper; /* something of it is used */
	struct csv_wanted wanted[CSV_WANTED_MAX];
	size_t n_wanted;
};

extern const struct conf_key csv_config_keys[];
int csv_configure(struct conf *conf, const struct conf_node *node, void **ret_config,
		  struct err *err);
void csv_config_free(void *config);
int csv_resolve(void *config, struct span text, struct field_ref *ret, struct err *err);
