/* A batch's name as a file, where it travels as one (SFTP):
 *
 *     <facility>-<epoch>-<first>-<last>.ndjson.zst      inbox/, and inbox/.<name>.part before it is
 * whole <facility>-<epoch>-<first>-<last>.json            ack/: the answer to it
 *
 * Unique for what it holds: (facility, epoch, seq) names an event for ever. A heartbeat's last is
 * first - 1. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

#define BATCH_NAME_SUFFIX  ".ndjson.zst"
#define BATCH_NAME_ANSWER  ".json"
#define BATCH_NAME_PARTIAL ".part"
#define BATCH_NAME_MAX	   192 /* longer than any name, also of a part, with its NUL */

struct batch_name {
	struct span facility, epoch;
	uint64_t first, last;
};

/* The name without a suffix. */
void batch_name_format(const struct batch_name *n, char out[BATCH_NAME_MAX]);
/* A whole batch's name, with BATCH_NAME_SUFFIX. False for any other text, also for one that says
 * the same numbers differently ("007"). Spans point into name. */
bool batch_name_parse(struct span name, struct batch_name *ret);
/* In the order in which batches of one home are to be merged. */
int batch_name_cmp(const struct batch_name *a, const struct batch_name *b);
