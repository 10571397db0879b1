/* The reports: a table of names, and the one way to run each. */
#pragma once

#include "base/err.h"
#include "reports/question.h"
#include "reports/writer.h"
#include "store/pg.h"

struct report_run {
	struct pg *pg; /* inside its snapshot */
	const struct frame *frame;
	struct document *document; /* title, subtitle and the common parameters are set */
	struct writer *writer;	   /* NULL for an export */
	struct output *out;	   /* an export's */
	/* Called now and then with how far it is; may be NULL. */
	void (*progress)(void *arg, int64_t done, int64_t of);
	void *progress_arg;
	struct arena *arena; /* of the report's; freed when it is written */
};

/* What a report's question may hold besides zone, language and, for csv, the table. */
enum report_takes {
	TAKES_FACILITY = 1 << 0,
	TAKES_REGION = 1 << 1,
	TAKES_BED = 1 << 2,
	TAKES_PERIOD = 1 << 3, /* from, to, month */
	TAKES_KNOWN_AT = 1 << 4,
	NEEDS_FACILITY = 1 << 5,
	TAKES_WARD = 1 << 6,
	DAYS_OF_HOMES = 1 << 7, /* counts by each home's own days, whatever zone is asked for */
};

/* Over the API: who answers for a home or watches a region, each within their scope; or
 * administrators alone. */
enum report_readers { FOR_SCOPE, FOR_ADMINISTRATORS };

struct report {
	const char *name; /* NULL ends the list */
	struct text title, about;
	unsigned takes; /* of enum report_takes */
	enum report_readers readers;
	int (*run)(struct report_run *r, struct err *err);
	const char *only; /* an export's one format, which is its own and no writer's; NULL: any */
};

/* The report can be written so. */
bool report_has_format(const struct report *report, const struct writer_format *f);

extern const struct report reports[];
const struct report *report_find(struct span name); /* NULL: none of that name */

struct report_options {
	const struct question *question;
	const struct writer_format *format;
	const char *only; /* csv: the table */
	void (*progress)(void *arg, int64_t done, int64_t of);
	void *progress_arg;
};

/* In one snapshot that nobody's writing changes, read only; what is made goes to out, which the
 * caller commits. */
int report_write(const struct report *report, struct pg *pg, const struct report_options *o,
		 struct output *out, struct err *err);

/* For the reports: */
void report_note(struct report_run *r, struct text note);
void report_parameter(struct report_run *r, const char *key, struct text title, enum cell_type type,
		      struct cell value);
/* The table, in the run's arena, with columns that only some reports need shown as they are needed:
 * "zone" where rows are of several, "closed_s" where a home was closed. */
#define REPORT_ZONE_COLUMN                                                                         \
	{                                                                                          \
		"zone", TEXT_INIT("Time zone", "Tidssone"), CELL_TEXT, UNIT_NONE, 16               \
	}
const struct table *report_table(struct report_run *r, const struct table *t, bool many_zones);
void report_progress(const struct report_run *r, int64_t done, int64_t of);

int report_occupancy(struct report_run *r, struct err *err);
int report_availability(struct report_run *r, struct err *err);
int report_turnover(struct report_run *r, struct err *err);
int report_freshness(struct report_run *r, struct err *err);
int report_conflicts(struct report_run *r, struct err *err);
int report_alerts(struct report_run *r, struct err *err);
int report_audit(struct report_run *r, struct err *err);
int report_have(struct report_run *r, struct err *err);
int report_fhir(struct report_run *r, struct err *err);
int report_facility_history(struct report_run *r, struct err *err);
