/* A cell as text: for machines always the same, for people in their language.
 *
 *     type       machines                    people (en)          people (nb)
 *     COUNT      1234                        1,234                1 234
 *     DURATION   86400, 0.25 (seconds)       1.0 (column's unit)  1,0
 *     SHARE      0.873456                    87.3 %               87,3 %
 *     MEAN       12.500000                   12.50                12,50
 *     TIME       2026-04-20T09:14:22Z        20 Apr 2026 11:14:22 20.04.2026 11:14:22
 *     DATE       2026-04-20                  20 Apr 2026          20.04.2026
 *
 * A time that the clocks showed twice, as they were set back over it, has its offset after it:
 * 25 Oct 2026 02:30:00 +01:00. Rounding is half up, by whole numbers. An absent cell is "" for
 * machines and "–" for people. */
#pragma once

#include "base/buf.h"
#include "reports/model.h"

#define CELL_DECIMALS 6 /* of shares and means for machines */

void cell_machine(const struct cell *c, const struct column *column, struct buf *out);
void cell_human(const struct cell *c, const struct column *column, const struct document *d,
		struct buf *out);
/* As a floating point number, for a chart or a spreadsheet; durations in the column's unit. */
double cell_double(const struct cell *c, const struct column *column);
bool cell_is_absent(const struct cell *c, const struct column *column);
bool cell_is_number(enum cell_type type); /* stands to the right */

static inline bool cell_is_text(enum cell_type type)
{
	return type == CELL_TEXT || type == CELL_WORD || type == CELL_PLACE;
}

static inline struct cell cell_text(struct span s)
{
	return (struct cell){.absent = !s.p, .text = s};
}

static inline struct cell cell_str(const char *s)
{
	return cell_text(span_str(s));
}

static inline struct cell cell_count(int64_t n)
{
	return (struct cell){.n = n};
}

static inline struct cell cell_fraction(int64_t part, int64_t whole)
{
	return (struct cell){.part = part, .whole = whole, .absent = whole == 0};
}

static inline struct cell cell_time(usec_t at)
{
	return (struct cell){.at = at, .absent = at == USEC_NONE};
}

static inline struct cell cell_day(int32_t day)
{
	return (struct cell){.day = day};
}

/* "20 Apr 2026", "20.04.2026" */
void cell_add_day(int32_t day, enum lang lang, struct buf *out);
/* Words of the closed lists that reports show ("occupied": "opptatt");
 * itself where there is none. */
struct span cell_word(struct span word, enum lang lang);
/* Of them a ward or care level; NULL for a code that a home made up itself. */
const char *place_word(struct span code, enum lang lang);
/* A ward's or care level's code in words: "Dementia"; of a home's own what it looks like,
 * "Nord 2". */
void place_add(struct span code, enum lang lang, struct buf *out);
struct text word_text(const char *name); /* of those lists, in every language */
