/* An EHR's manner of writing: steps of a home → the bytes of a drop file. Each is exactly the
 * manner of one of samples/, so that sample's adapter reads what is written here:
 *
 *   csv  samples/csv-visma          hl7  samples/hl7-simhospital          xml  samples/xml-gerica
 *
 * Residents stand in the files because they do in real ones; all are made up and hold SIM_CANARY.
 */
#pragma once

#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sim/home.h"

#define SIM_CANARY "ZZCANARY"

struct sim_format {
	const char *name;
	const char *prefix, *suffix; /* of file names: PREFIX<start>-<number>SUFFIX */
	const char *zone;	     /* of the local times in it */
	const struct sim_ward *wards;
	size_t n_wards;
	sim_bed_namer namer;
	void (*write)(const struct sim_home *h, const struct sim_step *steps, size_t n,
		      usec_t start, const struct zone *zone, struct buf *out);
};

extern const struct sim_format sim_format_csv, sim_format_hl7, sim_format_xml;
const struct sim_format *sim_format_named(const char *name); /* NULL if there is none */

/* The local time of the zone, for strftime. */
struct tm format_local(usec_t at, const struct zone *zone);
/* Does the local time at `at` come for the second time, so that a text without an offset would be
 * read as the first? */
bool format_is_second_time(usec_t at, const struct zone *zone);
/* A made-up member of staff: the same for the same number. */
const char *format_staff(uint64_t n);
