/* Condition variables whose waits end by clock_monotonic(): a clock that somebody sets ends none
 * early, and none late. */
#pragma once

#include <pthread.h>

#include "base/clock.h"

void cond_init(pthread_cond_t *cond);
/* Waits for a signal, no longer than until that moment; the lock is held. False: the moment has
 * come. A caller looks again whether what it waits for is so, as with any condition variable. */
bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, usec_t until);
