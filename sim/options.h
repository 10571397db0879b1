/* The command line, as one table that parsing and --help share. */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "sim/drop.h"

#define OPTIONS_HOMES_MAX 20000
#define OPTIONS_NAMES_MAX 64

enum sim_fault {
	FAULT_DUPLICATE = 1 << 0,
	FAULT_BAD = 1 << 1,
	FAULT_ORDER = 1 << 2,
	FAULT_LATE = 1 << 3,
	FAULT_ALL = 15,
};

struct sim_options {
	uint64_t homes; /* how many; their names are fac_sim_0001 … unless given */
	const char *names[OPTIONS_NAMES_MAX];
	size_t n_names;
	const char *format; /* "csv", "hl7", "xml", "mixed" */
	const char *out;
	uint64_t beds;
	double rate; /* files a second of all homes together; 0: as fast as it can */
	uint64_t events_per_file;
	uint64_t count;	 /* files in all; 0: no bound */
	usec_t duration; /* 0: no bound */
	uint64_t seed;
	usec_t start; /* USEC_NONE: the machine's clock */
	usec_t step;
	enum drop_way ready;
	unsigned faults;     /* of enum sim_fault */
	uint64_t fault_rate; /* percent of files */
	const char *truth, *expect;
	bool json, help, version;
};

struct sim_options options_default(void);
/* Strings point into argv. Usage errors are INVALID. */
int options_parse(int argc, char **argv, struct sim_options *ret, struct err *err);
void options_help(FILE *to);
