/* What a report is made of, whatever it is written as: a head, charts, and tables of typed cells.
 *
 *     document ── title, parameters, notes
 *        ├─ chart ── days, one line of values per series
 *        └─ table ── columns (key, title, type, unit)
 *              ├─ row, row, row …     handed over one at a time: a table may be longer than memory
 *              └─ total               a row that sums up, last
 *
 * A cell holds a value and no text of it: each format writes it its own way (cell.h). Quantities
 * are exact: durations are whole microseconds, shares and means a fraction of two integers;
 * rounding happens when they are written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/span.h"
#include "reports/text.h"

#define MODEL_COLUMNS_MAX 24

enum cell_type {
	CELL_TEXT,
	CELL_WORD,  /* a name of a closed list ("occupied"): people read it in their language */
	CELL_PLACE, /* a ward's code: of the common ones likewise, of a home's own marked as that */
	CELL_COUNT, /* a whole number */
	CELL_DURATION, /* microseconds; machines read seconds, people the column's unit */
	CELL_SHARE,    /* part of a whole; machines read 0.873456, people 87.3 % */
	CELL_MEAN,     /* part of a whole as a plain number */
	CELL_TIME,     /* an instant */
	CELL_DATE,     /* a day of the calendar */
};

enum cell_unit { UNIT_NONE, UNIT_DAYS, UNIT_HOURS, UNIT_MINUTES, UNIT_SECONDS };

/* Which member counts follows from the column's type. */
struct cell {
	bool absent; /* nothing is known; not 0 and not "" */
	union {
		struct span text;
		int64_t n; /* COUNT, DURATION */
		struct {
			usec_t at;
			const struct zone *zone; /* in which people read it; NULL: the document's */
		};
		int32_t day; /* DATE: days since 1970-01-01 */
		struct {
			int64_t part, whole; /* a whole of 0 makes the cell absent */
		};
	};
};

#define CELL_ABSENT ((struct cell){.absent = true})

/* Where a column stands: people's formats are only so wide. */
enum column_shown { SHOWN, SHOWN_OFF_PAPER, SHOWN_TO_MACHINES /* and in spreadsheets */ };

struct column {
	const char *key; /* in csv, json, xml */
	struct text title;
	enum cell_type type;
	enum cell_unit unit;
	unsigned width; /* characters that people's formats give it; a share of the page */
	enum column_shown shown;
};

struct table {
	const char *key;
	struct text title;
	const struct column *columns;
	size_t n_columns;
};

enum row_kind { ROW_PLAIN, ROW_TOTAL };

enum chart_kind { CHART_LINES, CHART_STACKED };

#define CHART_SERIES_MAX 6

struct series {
	const char *key;
	struct text title;
	const struct cell *values; /* one per day, SHARE or MEAN */
};

struct chart {
	const char *key;
	struct text title;
	enum chart_kind kind;
	enum cell_type type; /* of the values: SHARE (the axis ends at 100 %) or MEAN */
	const int32_t *days;
	size_t n_days;
	struct series series[CHART_SERIES_MAX];
	size_t n_series;
};

struct parameter {
	const char *key;
	struct text title;
	struct cell value;
	enum cell_type type;
};

#define MODEL_PARAMETERS_MAX 12
#define MODEL_NOTES_MAX	     8

struct document {
	const char *name; /* "occupancy" */
	struct text title;
	const char *subtitle; /* the period and the homes, in the document's language */
	enum lang lang;
	const struct zone *zone; /* in which people read instants */
	bool zone_named;	 /* with each of them: not all in the document are of one */
	usec_t generated_at;
	struct parameter parameters[MODEL_PARAMETERS_MAX];
	size_t n_parameters;
	struct text notes[MODEL_NOTES_MAX]; /* what one must know to read the numbers */
	size_t n_notes;
};
