/* Reports that are made again and again: the file of bedpost-report --schedule.
 *
 *     folder: /var/lib/bedpost/reports       what every report takes that says nothing else
 *     zone: Europe/Oslo
 *     lang: nb
 *     reports:
 *       - {name: month, report: occupancy, formats: [pdf, xlsx], range: last_month, at: "06:15",
 * keep: 24}
 *
 * One that makes no sense has its problems, with their places, and leaves the others alone. */
#pragma once

#include "base/buf.h"
#include "base/conf.h"
#include "reports/due.h"
#include "reports/question.h"

struct report;
struct writer_format;

#define SCHEDULE_FORMATS_MAX 8
#define SCHEDULE_NAME_MAX    200 /* bytes of a file's name */

struct schedule_entry {
	const char *name;
	bool is_good;
	const struct report *report;
	const struct writer_format *formats[SCHEDULE_FORMATS_MAX];
	size_t n_formats;
	struct question question; /* without a period */
	const char *table;
	int range;  /* enum due_range */
	int64_t at; /* seconds of the day */
	struct zone *zone;
	const char *folder;
	const char *file; /* its name: {name}, {report}, {facility}, {region}, {period}, {format} */
	int64_t keep;	  /* of the newest periods; 0: all */
	int64_t catch_up; /* this many periods back what is missing is made */
	const struct conf_node *node;
};

struct schedule {
	struct conf *document; /* owns the strings */
	struct schedule_entry *entries;
	size_t n;
};

/* An error where the file cannot be read as YAML; what is wrong in it is a problem of the document,
 * and the entry is not good. */
int schedule_load(const char *path, struct schedule *ret, struct err *err);
void schedule_done(struct schedule *s);
/* The question of one period. period: holds its texts. */
#define SCHEDULE_DAY_MAX 40
struct schedule_days {
	char from[SCHEDULE_DAY_MAX], to[SCHEDULE_DAY_MAX];
};
struct question schedule_question(const struct schedule_entry *e, const struct due *due,
				  struct schedule_days *days);
/* Its file's name. */
void schedule_file_name(const struct schedule_entry *e, const struct writer_format *format,
			const char *label, struct buf *out);
const char *schedule_format_name(const struct writer_format *format);
/* Could the file be one of this entry's, of whatever period? */
bool schedule_owns(const struct schedule_entry *e, const struct writer_format *format,
		   struct span name);
