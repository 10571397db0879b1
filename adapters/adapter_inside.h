/* Inside adapters/: what an adapter holds. adapter.c reads it from YAML, adapter_run.c runs it. */
#pragma once

#include "adapters/format.h"

struct adapter {
	struct arena arena;
	struct conf *conf; /* owns the strings */
	const char *path;
	const char *name;
	int format;			 /* enum adapter_format */
	int mode;			 /* enum adapter_mode */
	const char *encoding, *facility; /* NULL: not given */
	const char *const *match;	 /* globs, NULL-terminated */
	struct adapter_ready ready;
	uint64_t max_bad; /* count, or percent */
	bool max_bad_percent;
	uint64_t max_bad_from; /* percent counts from so many records on */
	bool allow_empty;
	uint64_t hold; /* count, or percent */
	bool hold_percent;
	uint64_t hold_from; /* percent counts beyond so many beds */
	unsigned ack;	    /* enum adapter_ack */
	struct adapter_test *tests;
	size_t n_tests;
	const struct format_ops *ops;
	void *config;
	struct mapping *mapping;
	struct zone *zone; /* NULL: the home's */
	struct zone *utc;
};

extern const struct conf_key adapter_keys[]; /* of the YAML itself */
