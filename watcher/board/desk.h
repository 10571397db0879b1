/* One thread for what takes its time: hashing a PIN, committing to disk. The server's own threads
 * hand requests over and go on. One after the other, so that guesses cannot be made side by side.
 */
#pragma once

#include "base/err.h"
#include "http/httpd.h"

#define DESK_QUEUE_MAX 64

struct desk;
/* work answers rq. */
int desk_open(void (*work)(struct httpd_rq *rq, void *user), void *user, struct desk **ret,
	      struct err *err);
/* From a handler: rq is answered later, or with 503 now if too many wait. */
void desk_submit(struct desk *d, struct httpd_rq *rq);
void desk_close(struct desk *d); /* after what waits; NULL allowed */
