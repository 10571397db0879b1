/* What the endpoints that change something at the region share: the body, the merge, the answer. */
#pragma once

#include "regional/api/room.h"
#include "regional/merge/change.h"

#define CHANGES_BODY_MAX 4096

/* {"status":…} and the text `key`, and no other key. *ret_text is SPAN_NONE if `key` is absent.
 * false: it has answered with 400. */
bool changes_read_body(struct httpd_rq *rq, const char *key, enum bed_status *ret_status,
		       struct span *ret_text);
/* If-Match: "7". false: it has answered, with 428 where it is missing and wanted. */
bool changes_read_version(struct httpd_rq *rq, bool wanted, int64_t *ret);

/* Makes the change in who's name, waits for its commit, and answers with the bed as it stands. In a
 * job's thread only. */
void changes_make(struct api *a, struct httpd_rq *rq, const struct who *who, struct change *c);
