/* What CSV and XML do with a record: mapped, it becomes an event, a bad record, or nothing. */
#pragma once

#include "adapters/format.h"

struct record_run {
	const struct format_setup *setup;
	struct run_out *out;
	struct mapping_given given; /* what holds for every record */
	struct arena arena;	    /* of one record */
	uint64_t records;	    /* how many there were */
};

void record_run_init(struct record_run *r, const struct format_setup *setup, struct run_out *out);
void record_run_done(struct record_run *r);

/* Maps the record (its number is set here) and reports it. < 0 only if the sink fails. */
int record_run_map(struct record_run *r, struct record *record, struct err *err);
/* A record that cannot be read. */
int record_run_bad(struct record_run *r, uint64_t line, uint64_t offset, const char *field,
		   const char *value_class, const char *reason, const char *message,
		   struct err *err);
