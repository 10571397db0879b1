/* Time by the clock, and of this process on the processor. The second is what a shared machine
 * tells truly. */
#pragma once

#include <sys/resource.h>

#include "base/clock.h"

struct bench_time {
	double wall, cpu; /* seconds */
};

static inline double bench_seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static inline struct bench_time bench_now(void)
{
	struct rusage use;

	(void)getrusage(RUSAGE_SELF, &use);
	return (struct bench_time){(double)clock_monotonic() / 1e6,
				   bench_seconds(use.ru_utime) + bench_seconds(use.ru_stime)};
}

static inline struct bench_time bench_since(struct bench_time start)
{
	struct bench_time now = bench_now();

	return (struct bench_time){now.wall - start.wall, now.cpu - start.cpu};
}

static inline double bench_less(double a, double b)
{
	return a == 0 || b < a ? b : a;
}

/* The best of several rounds, each for itself; 0: none yet. */
static inline struct bench_time bench_best(struct bench_time a, struct bench_time b)
{
	return (struct bench_time){bench_less(a.wall, b.wall), bench_less(a.cpu, b.cpu)};
}
