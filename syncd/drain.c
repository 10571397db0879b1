#include "syncd/drain.h"

static enum drain_news begin(struct drain *d, usec_t now, uint64_t settled, uint64_t queued)
{
	if (queued <= DRAIN_BACKLOG)
		return DRAIN_NOTHING;
	*d = (struct drain){
	    .active = true,
	    .sent = settled,
	    .of = settled + queued,
	    .began = now,
	    .last = now,
	    .log_at = now + DRAIN_LOG_EVERY,
	};
	return DRAIN_BEGAN;
}

/* Each step weighs as much as the time it took. */
static void measure(struct drain *d, usec_t now, uint64_t settled)
{
	double took = (double)(now - d->last) / (double)USEC_PER_SEC;
	double window = (double)DRAIN_WINDOW / (double)USEC_PER_SEC;

	if (took <= 0)
		return;
	double rate = (double)settled / took, weight = took < window ? took / window : 1;
	double known = (double)(d->last - d->began) / (double)USEC_PER_SEC;
	if (known < window)
		weight = took / (known + took); /* the mean of all, as long as it is young */
	d->rate += (rate - d->rate) * weight;
}

enum drain_news drain_step(struct drain *d, usec_t now, uint64_t settled, uint64_t queued)
{
	if (!d->active)
		return begin(d, now, settled, queued);
	measure(d, now, settled);
	d->last = now;
	d->sent += settled;
	d->of = d->sent + queued;
	if (queued == 0) {
		d->active = false;
		return DRAIN_OVER;
	}
	if (now < d->log_at)
		return DRAIN_NOTHING;
	d->log_at = now + DRAIN_LOG_EVERY;
	return DRAIN_PROGRESS;
}

int64_t drain_left(const struct drain *d)
{
	if (!d->active || d->rate < 0.01)
		return -1;
	return (int64_t)((double)(d->of - d->sent) / d->rate) + 1;
}
