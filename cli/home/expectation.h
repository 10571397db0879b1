/* What a test of an adapter expects of its input, in a JSON file:
 *
 *     {"events": [{"bed_id": "bed_d_12_a", "new_status": "occupied", …}, …],
 *      "bad": [{"record": 3, "line": 4, "field": "STATUS", "reason": "unmapped"}]}
 *
 * or an array of events alone. Only the keys that stand there are compared; without "bad", bad
 * records are not. */
#pragma once

#include "base/buf.h"
#include "cli/home/trial.h"

struct expectation;
int expectation_load(const char *path, struct expectation **ret, struct err *err);
void expectation_free(struct expectation *e);
DEFINE_CLEANUP(struct expectation *, expectation_free)

const char *
expectation_facility(const struct expectation *e); /* of the first event; NULL if it names none */

/* Gives the number of differences, told in out (event_diff.h). */
size_t expectation_compare(const struct expectation *e, const struct trial *t, struct buf *out);

/* What the trial made, as an expectation: with the keys that `old` compares, or, without an old one
 * (NULL), all that do not hang on the home and the file's bytes. */
void expectation_write(const struct expectation *old, const struct trial *t, struct buf *out);
