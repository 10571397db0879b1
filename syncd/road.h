/* Which of the roads to the region the next batch takes: a state machine over values, with `now`
 * (monotonic) and randomness passed in.
 *
 *     preferred ── `after` failures in a row, or one that is not worth repeating ──> the next one
 *         ^                                                                             │
 *         └── a batch that was answered ── probe, with back-off ────────────────────────┘
 *
 * While a less preferred road carries, one batch now and then goes by the most preferred one: a
 * probe. Its answer brings everything back there; its failure costs nothing but the time it took,
 * and the same batch then goes by the road that carries. A batch may so travel two roads; the
 * region counts it once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define ROAD_PROBE_BASE (10 * USEC_PER_SEC)
#define ROAD_PROBE_CAP	(5 * USEC_PER_MIN)

struct road {
	size_t n;	   /* roads, in order of preference: 0 is the most preferred */
	size_t current;	   /* carries */
	size_t used;	   /* by the attempt under way or the last one */
	unsigned after;	   /* failures in a row before the next road is tried */
	unsigned failures; /* in a row, of current */
	size_t in_vain;	   /* roads left since anything was answered */
	unsigned probes;   /* failed, in a row */
	usec_t probe_at;   /* current > 0: when the next probe is due */
};

enum road_effect {
	ROAD_STAYS,
	ROAD_CHANGED, /* current is another one */
	ROAD_PROBED,  /* failed: it was only a probe; current still carries */
};

void road_init(struct road *r, size_t n, unsigned after);
/* The road for the next attempt. */
size_t road_choose(struct road *r, usec_t now);
/* What became of the attempt. STAYS, or CHANGED when a probe was answered. */
enum road_effect road_answered(struct road *r);
/* leave: trying this one again is not worth it (it needs a person, or was silent for all the time
 * it had), so the next road is tried at once. */
enum road_effect road_failed(struct road *r, usec_t now, bool leave, uint64_t random);
/* After CHANGED by a failure: the new road has not failed since anything was answered, so it is
 * worth trying without a wait. */
bool road_is_fresh(const struct road *r);
void road_probe_soon(struct road *r, usec_t now); /* somebody has mended something */
