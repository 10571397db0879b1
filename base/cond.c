#include "base/cond.h"

void cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t monotonic;

	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
}

bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, usec_t until)
{
	const struct timespec at = {.tv_sec = until / USEC_PER_SEC,
				    .tv_nsec = until % USEC_PER_SEC * 1000};

	return pthread_cond_timedwait(cond, lock, &at) == 0;
}
