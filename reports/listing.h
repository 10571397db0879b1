/* Tables whose rows are those of a question to PostgreSQL: column i of the table is column i of the
 * result, of the type that the table's column has (COUNT: bigint; DURATION: microseconds as bigint;
 * TIME: timestamptz; TEXT, WORD: text; DATE: days since 1970 as bigint). Further columns of the
 * result are the report's own. */
#pragma once

#include "reports/report.h"

#define LISTING_PAGE 5000 /* rows held at once */

/* The rows, into the open table. */
int listing_rows(struct report_run *r, const struct table *t, const struct pg_result *rows,
		 struct err *err);
/* The table with all rows of one question: for what is bounded by the number of homes. */
int listing_table(struct report_run *r, const struct table *t, const char *sql,
		  const struct pg_params *p, struct err *err);

/* The table, page by page, for what is as long as the log: the result's first columns are a time, a
 * facility and its number n, and sql takes listing_scope()'s parameters, then these three of the
 * row before the page, then the page's length. */
int listing_pages(struct report_run *r, const struct table *t, const char *sql, struct err *err);

/* $1 from, $2 to: no home's period reaches beyond; $3 known at or null, $4 facility or null, $5
 * region or null, $6 bed or null; arrays by the homes' time zones: $7 name, $8 and $9 the period's
 * beginning and end, $10 the zone in which rows are read; $11 ward or null. */
void listing_scope(const struct report_run *r, struct pg_params *p);
/* Of the ward asked for: column is its code, null for none. */
#define LISTING_OF_WARD(column) "($11::text IS NULL OR coalesce(" column ", 'unassigned') = $11)"
/* The homes asked for: the columns of facilities, closed, name_of, begins, ends, zone. */
#define LISTING_HOMES                                                                              \
	"(SELECT f.*, f.revoked_at IS NOT NULL AS closed, z.*"                                     \
	" FROM facilities f JOIN unnest($7::text[], $8::timestamptz[], $9::timestamptz[],"         \
	" $10::text[]) AS z(name_of, begins, ends, zone) ON z.name_of = f.timezone"                \
	" WHERE ($4::text IS NULL OR f.id = $4) AND ($5::text IS NULL OR f.region_id = $5)) AS h"
