/* Rows that the CSV scanner is not for: columns by their place in the line, or a delimiter of
 * several characters. A line is a row; its end is no part of any field.
 *
 *     1        9 10            columns: {BED: 1-8, ST: 9, SINCE: 10-25}
 *     D-12-A  O2026-04-20      characters, not bytes; a line may end before its last columns
 *
 *     D-12-A~|~O~|~"a ~|~ b"   delimiter: "~|~"; quotes as in CSV, but for line ends in them
 */
#pragma once

#include "adapters/csv.h"

#define CSV_DELIMITER_MAX 8 /* bytes */
#define CSV_PLACE_OPEN	  UINT32_MAX

/* 1-based, both included; to CSV_PLACE_OPEN: the line's end. */
struct csv_place {
	uint32_t from, to;
};

struct csv_lines_options {
	const struct csv_place *places; /* NULL: a delimiter */
	size_t n_places;
	const char *delimiter;
	char quote; /* '\0': none */
	const char *comment;
	uint64_t skip_lines;
};

struct csv_lines;

struct csv_lines *csv_lines_new(const struct csv_lines_options *options);
void csv_lines_free(struct csv_lines *c);
DEFINE_CLEANUP(struct csv_lines *, csv_lines_free)
/* As csv_count(), csv_feed(), csv_unread() and csv_next(). */
void csv_lines_count(struct csv_lines *c, uint64_t base, bool characters);
void csv_lines_feed(struct csv_lines *c, struct span bytes, bool last);
struct span csv_lines_unread(const struct csv_lines *c);
/* The line of the row that was given last; it lives as long. */
struct span csv_lines_text(const struct csv_lines *c);
enum csv_step csv_lines_next(struct csv_lines *c, struct csv_row *ret);
