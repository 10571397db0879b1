/* Lists that were made for paper: pages with titles and sums, a ward's name above its beds, a name
 * that stands only in the first of its rows. `rows`, `pass`, `groups` and `fill_down` of `csv:`.
 *
 *     Sengeoversikt            Side 1      a title: before a header
 *     Afdeling: Solsiden                   a heading: groups: {ward: "Afdeling: {}"}
 *     Stue  Seng  Status                   the header
 *        1  A     Ledig                    a row: rows: {Stue: "[0-9]*", Status: "*"}
 *     I alt Solsiden: 12 senge             passed over: pass: ["I alt *"]
 *
 * Pure: a line is given, what it is comes back. A line is looked at as its words with one blank
 * between, whatever parts them in the file.
 */
#pragma once

#include "adapters/csv.h"
#include "base/buf.h"
#include "base/conf.h"

#define CSV_ROWS_MAX   16
#define CSV_PASS_MAX   64
#define CSV_GROUPS_MAX 8
#define CSV_FILL_MAX   8

/* A column that says of a line whether it is a row. */
struct csv_shape {
	struct span name;
	const char *glob; /* "*": filled */
	size_t wanted;	  /* its place among the columns that are read */
};

/* "Afdeling: {}": globs before and behind what is the value. */
struct csv_heading {
	const char *before, *behind;
	size_t group;
};

struct csv_paper {
	struct csv_shape rows[CSV_ROWS_MAX];
	size_t n_rows;
	const char *pass[CSV_PASS_MAX];
	size_t n_pass;
	struct span groups[CSV_GROUPS_MAX]; /* names, as a template writes them */
	size_t n_groups;
	struct csv_heading headings[CSV_PASS_MAX];
	size_t n_headings;
	struct span fill_down[CSV_FILL_MAX];
	size_t n_fill_down;
};

/* Of one section: nodes NULL where a key is absent. Everything is copied to the arena. */
struct csv_paper_keys {
	const struct conf_node *rows, *pass, *groups, *fill_down;
};
void csv_paper_read(struct csv_paper *p, struct conf *conf, const struct csv_paper_keys *keys,
		    struct arena *arena);
bool csv_paper_is_used(const struct csv_paper *p);
/* Is it one of the groups? */
bool csv_paper_group(const struct csv_paper *p, struct span name, size_t *ret);
bool csv_paper_fills_down(const struct csv_paper *p, struct span name);

/* A line as its words, and what stands apart in it: by two blanks or more, or by a delimiter. */
struct csv_words {
	struct buf text;  /* one blank between */
	struct buf parts; /* the same with a line end between what stands apart */
	size_t n_parts;
};
void csv_words_done(struct csv_words *w);
/* Of a line, or of a row's fields; what was in it before is gone. */
void csv_words_of_line(struct csv_words *w, struct span line);
void csv_words_of_row(struct csv_words *w, const struct csv_row *row);

/* Nothing but - = _ + | * and blanks. */
bool csv_paper_is_rule(struct span words);
bool csv_paper_is_passed(const struct csv_paper *p, const char *words);
/* A heading: which group, and its value. The whole line is one, or a part of it. One that is
 * nothing but the value ("{}") is a line in one part. Those that begin with a text are known before
 * lines are passed over, the others after. */
enum csv_heading_kind { HEADING_BY_TEXT, HEADING_OTHER };
bool csv_paper_is_heading(const struct csv_paper *p, enum csv_heading_kind kind,
			  const struct csv_words *w, size_t *ret_group, struct span *ret_value);
bool csv_paper_fits(const struct csv_shape *shape, struct span value, struct arena *scratch);
