/* The CSV scanner: RFC 4180, and what exports do beside it.
 *
 *     csv_feed(piece) → csv_next() → ROW, ROW, BAD, ROW, MORE → csv_feed(piece, last) → … → MORE
 *
 * Any delimiter and quote of one ASCII character; LF, CRLF or CR ends a line; a quoted field may
 * hold delimiters and line ends, and the quote itself doubled. Spaces around a quoted field are not
 * part of it; other spaces are. Lines that hold nothing but spaces, and lines that start with the
 * comment sign, are not rows.
 *
 * A broken row is reported once, and reading goes on at the next line after the field that broke
 * it: a quote that is never closed costs its own line, not those after it.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"

#define CSV_RECORD_MAX	((size_t)1 << 20)
#define CSV_FIELD_MAX	((size_t)64 << 10)
#define CSV_COLUMNS_MAX 4096

struct csv_options {
	char delimiter;
	char quote;	     /* '\0': none, quotes are ordinary characters */
	const char *comment; /* NULL or "": none */
	uint64_t skip_lines; /* before the first row */
};

struct csv;

enum csv_step {
	CSV_MORE, /* nothing more until the next piece; after the last one: the end */
	CSV_ROW,
	CSV_BAD,
};

enum csv_fault {
	CSV_SOUND,
	CSV_QUOTE_OPEN,	  /* a quote that is never closed, within the file or the longest record */
	CSV_QUOTE_INSIDE, /* text after the closing quote of a field */
	CSV_RECORD_LONG,
	CSV_FIELD_LONG,
	CSV_TOO_MANY_FIELDS,
	CSV_NUL, /* a NUL byte */
};

struct csv_row {
	const struct span *fields; /* unquoted; they live until the next call */
	size_t n;
	uint64_t line;	 /* 1-based, where the row starts */
	uint64_t offset; /* in what was fed, see csv_count() */
	enum csv_fault fault;
	size_t field; /* 0-based, where the fault is */
};

struct csv *csv_new(const struct csv_options *options);
void csv_free(struct csv *c);
DEFINE_CLEANUP(struct csv *, csv_free)
/* Row offsets from now on: `base` more, and in characters of UTF-8 rather than bytes. For text that
 * was decoded from a single-byte character set, offsets are then those of the file. */
void csv_count(struct csv *c, uint64_t base, bool characters);
void csv_feed(struct csv *c, struct span bytes, bool last);
/* What was fed and is not yet part of a row that was given. */
struct span csv_unread(const struct csv *c);
enum csv_step csv_next(struct csv *c, struct csv_row *ret);
const char *csv_fault_text(enum csv_fault fault); /* a sentence for people */
