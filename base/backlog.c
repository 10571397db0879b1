#include "base/backlog.h"

static enum backlog_news begin(struct backlog *b, usec_t now, uint64_t settled, uint64_t waiting,
			       uint64_t least)
{
	if (waiting <= least)
		return BACKLOG_NOTHING;
	*b = (struct backlog){
	    .active = true,
	    .done = settled,
	    .of = settled + waiting,
	    .began = now,
	    .last = now,
	    .log_at = now + BACKLOG_LOG_EVERY,
	};
	return BACKLOG_BEGAN;
}

/* Each step weighs as much as the time it took. */
static void measure(struct backlog *b, usec_t now, uint64_t settled)
{
	double took = (double)(now - b->last) / (double)USEC_PER_SEC;
	double window = (double)BACKLOG_WINDOW / (double)USEC_PER_SEC;

	if (took <= 0)
		return;
	double rate = (double)settled / took, weight = took < window ? took / window : 1;
	double known = (double)(b->last - b->began) / (double)USEC_PER_SEC;
	if (known < window)
		weight = took / (known + took); /* the mean of all, as long as it is young */
	b->rate += (rate - b->rate) * weight;
}

enum backlog_news backlog_step(struct backlog *b, usec_t now, uint64_t settled, uint64_t waiting,
			       uint64_t least)
{
	if (!b->active)
		return begin(b, now, settled, waiting, least);
	measure(b, now, settled);
	b->last = now;
	b->done += settled;
	b->of = b->done + waiting;
	if (waiting == 0) {
		b->active = false;
		return BACKLOG_OVER;
	}
	if (now < b->log_at)
		return BACKLOG_NOTHING;
	b->log_at = now + BACKLOG_LOG_EVERY;
	return BACKLOG_PROGRESS;
}

int64_t backlog_left(const struct backlog *b)
{
	if (!b->active || b->rate < 0.01)
		return -1;
	return (int64_t)((double)(b->of - b->done) / b->rate) + 1;
}
