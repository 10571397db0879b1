/* What a test of an adapter expects: a JSON array of events (or an object with such an array as
 * "events"), of which only the keys that stand there are compared. */
#pragma once

#include "base/buf.h"
#include "cli/home/trial.h"

struct expectation;
int expectation_load(const char *path, struct expectation **ret, struct err *err);
void expectation_free(struct expectation *e);
DEFINE_CLEANUP(struct expectation *, expectation_free)

size_t expectation_count(const struct expectation *e);
const char *
expectation_facility(const struct expectation *e); /* of the first event; NULL if it names none */

/* Gives the number of differences; each is a line in out: "event 3: new_status: expected
 * "occupied", is "available"". */
size_t expectation_compare(const struct expectation *e, const struct trial *t, struct buf *out);
