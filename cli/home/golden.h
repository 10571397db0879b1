/* The tests of an adapter: those it lists (`tests:`), and every export that lies in the folder
 *
 *     visma-beds.yaml
 *     tests/visma-beds/BEDS_0700.csv                  an export
 *     tests/visma-beds/BEDS_0700.csv.events.json      what must come of it (expectation.h)
 *
 * beside its YAML, which is named as the adapter is. */
#pragma once

#include "adapters/adapter.h"

#define GOLDEN_SUFFIX ".events.json"

struct golden {
	struct adapter_test *tests;
	size_t n;
	struct arena arena;
};
void golden_done(struct golden *g);

/* Fails where the folder is there and cannot be read. The adapter must outlive *ret. */
int golden_of(const struct adapter *a, struct golden *ret, struct err *err);
