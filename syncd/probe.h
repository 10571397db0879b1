/* Trying a road step by step, without sending a batch: for `bedpost doctor`. Blocks, for a few
 * seconds at most a step. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "syncd/enrolment.h"

#define PROBE_TIMEOUT (10 * USEC_PER_SEC) /* of each road */

enum probe_step {
	PROBE_RESOLVE,
	PROBE_CONNECT,
	PROBE_SECURE, /* TLS with both certificates; SSH with the pinned host key */
	PROBE_LOGIN,  /* SFTP: the home's key is taken */
	PROBE_ANSWER, /* HTTPS: the region answers; SFTP: inbox/ and ack/ are there */
	PROBE_WRITE,  /* SFTP, if asked for: a file in inbox/ can be made and removed */
	PROBE_DONE,
};

struct probe {
	enum probe_step reached; /* the step that failed, or DONE */
	struct err why;		 /* unless DONE */
	char address[64];	 /* that was reached; "" if none */
	int status;		 /* HTTPS: of the answer */
	usec_t
	    clock_ahead; /* HTTPS: how far our clock must be ahead of the region's; see has_clock */
	bool has_clock;
};

/* The steps RESOLVE and CONNECT. True: ret_fd is the caller's. */
bool probe_tcp(const char *host, uint16_t port, struct probe *p, int *ret_fd);
/* GET of the door for events: anything but a POST is refused there,
 * and that refusal is the answer. */
void probe_https(const struct enrolment *e, const char *agent, struct probe *ret);
/* The enrolment has an SFTP part. write: also make a hidden, empty file in inbox/ and remove it. */
void probe_sftp(const struct enrolment *e, bool write, struct probe *ret);
