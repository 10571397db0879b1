/* A report on its way into a format. What comes when:
 *
 *     begin(document)  chart()*  ( table()  row()*  table_end() )*  end()
 *
 * Rows are taken one at a time and not kept, so a table may be longer than memory. A cell's text
 * must live until row() returns; document, tables, columns and charts until end(). Errors stick:
 * the first is given again by every later call, so that a report may check at its end only. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "reports/model.h"
#include "reports/output.h"

struct writer;

struct writer_ops {
	int (*begin)(struct writer *w, struct err *err);
	int (*chart)(struct writer *w, const struct chart *c, struct err *err);
	int (*table)(struct writer *w, struct err *err);
	int (*row)(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err);
	int (*table_end)(struct writer *w, struct err *err);
	int (*end)(struct writer *w, struct err *err);
	void (*free)(struct writer *w);
};

/* Each format's own struct begins with this. */
struct writer {
	const struct writer_ops *ops;
	struct output *out;
	const struct document *document;
	const struct table *table; /* the one that is open */
	const char *only;	   /* csv: the key of the table to write; NULL: the first */
	size_t tables;		   /* begun so far */
	int64_t rows;		   /* of the open table */
	struct err failed;	   /* the first error */
};

struct writer_format {
	const char *name;	/* "csv"; NULL ends the list */
	const char *media_type; /* for HTTP */
	bool binary;		/* nothing for a terminal */
	struct writer *(*make)(void);
};

extern const struct writer_format writer_formats[];
const struct writer_format *writer_format_find(struct span name); /* NULL: none of that name */

/* out stays the caller's and outlives the writer. */
struct writer *writer_new(const struct writer_format *f, struct output *out);
void writer_free(struct writer *w);
DEFINE_CLEANUP(struct writer *, writer_free)

int writer_begin(struct writer *w, const struct document *d, struct err *err);
int writer_chart(struct writer *w, const struct chart *c, struct err *err);
int writer_table(struct writer *w, const struct table *t, struct err *err);
int writer_row(struct writer *w, const struct cell *cells, struct err *err);
int writer_total(struct writer *w, const struct cell *cells, struct err *err);
int writer_table_end(struct writer *w, struct err *err);
int writer_end(struct writer *w, struct err *err);

/* Escaped for XML and HTML, text and attributes alike; control characters that XML forbids become
 * U+FFFD. */
void writer_add_xml(struct buf *out, struct span s);
