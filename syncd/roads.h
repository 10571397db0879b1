/* The roads that home.yaml names, opened with the home's enrolment, and which of them is in use. */
#pragma once

#include "outbox/home.h"
#include "syncd/enrolment.h"
#include "syncd/road.h"
#include "syncd/transport.h"

struct roads {
	struct enrolment *enrolment;
	struct transport *transports[HOME_TRANSPORT_COUNT]; /* in order of preference */
	size_t n;
	struct road road;
};

/* INVALID if the enrolment is another home's, or lacks the part that a road needs. Start from {0};
 * called again it reads the enrolment anew, and where that fails all stays as it was. No exchange
 * may be under way. agent: see transport_https.h. */
int roads_open(struct roads *r, const struct home *home, const char *agent, struct err *err);
void roads_done(struct roads *r);

/* For the next attempt. */
struct transport *roads_choose(struct roads *r, usec_t now);
/* Of the attempt under way or the last one. */
struct transport *roads_used(const struct roads *r);
/* That carries. */
struct transport *roads_current(const struct roads *r);
bool roads_is_https(const struct transport *t);
const char *roads_url(const struct roads *r, const struct transport *t);
