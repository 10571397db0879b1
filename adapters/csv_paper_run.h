/* A list made for paper, as it is read: what each line is, the headings and the cells above that
 * still hold. Inside the CSV driver. */
#pragma once

#include "adapters/csv_config.h"
#include "adapters/record_run.h"

struct csv_paper_run;

/* records and config outlive it. */
struct csv_paper_run *csv_paper_run_new(const struct csv_config *config,
					struct record_run *records);
void csv_paper_run_free(struct csv_paper_run *p);
DEFINE_CLEANUP(struct csv_paper_run *, csv_paper_run_free)

/* Before anything else is asked of a row. line: as it stands in the file, or SPAN_NONE where it has
 * a delimiter. */
void csv_paper_run_look(struct csv_paper_run *p, const struct csv_row *row, struct span line);
/* Before the header: a ward's name may stand above it. */
void csv_paper_run_title(struct csv_paper_run *p);
/* The header once more: what came since the last row was the end of one page and the beginning of
 * another. */
void csv_paper_run_header(struct csv_paper_run *p);
/* columns: where each that is read is in a row. *ret_is_row false: it was no row, and is dealt
 * with. */
int csv_paper_run_row(struct csv_paper_run *p, const struct csv_row *row, const size_t *columns,
		      bool *ret_is_row, struct err *err);
/* The end: what came since the last row and nobody knows is told. */
int csv_paper_run_finish(struct csv_paper_run *p, struct err *err);
/* field: what stands in the row itself. */
struct span csv_paper_run_value(const struct csv_paper_run *p, size_t wanted, struct span field);
