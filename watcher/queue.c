/* A table of files by folder and name (open addressing), and two heaps: those that are ready, by
 * age, and those that wait, by the time of their next look. However many files there are, the next
 * one is found without going through them. */
#include "watcher/queue.h"

#include <assert.h>
#include <string.h>

#include "watcher/queue_heap.h"

struct queue {
	struct queue_file **slots; /* NULL: free; a power of two of them */
	size_t n_slots, n_used;
	struct queue_heap ready, looks;
	size_t n_state[QUEUE_STUCK + 1];
	uint64_t scan;
};

bool queue_stat_eq(const struct queue_stat *a, const struct queue_stat *b)
{
	return a->inode == b->inode && a->size == b->size && a->mtime == b->mtime;
}

/* The oldest first, then by name. */
static bool is_older(const struct queue_file *a, const struct queue_file *b)
{
	if (a->stat.mtime != b->stat.mtime)
		return a->stat.mtime < b->stat.mtime;
	int order = strcmp(a->name, b->name);
	return order != 0 ? order < 0 : a->folder < b->folder;
}

static bool looks_sooner(const struct queue_file *a, const struct queue_file *b)
{
	return a->look < b->look;
}

struct queue *queue_new(void)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		abort();
	q->n_slots = 64;
	q->slots = calloc(q->n_slots, sizeof(*q->slots));
	if (!q->slots)
		abort();
	q->ready.before = is_older;
	q->looks.before = looks_sooner;
	return q;
}

static void file_free(struct queue_file *f)
{
	free(f->name);
	free(f);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n_slots; i++)
		if (q->slots[i])
			file_free(q->slots[i]);
	free(q->slots);
	queue_heap_done(&q->ready);
	queue_heap_done(&q->looks);
	free(q);
}

/* ---- the table ---- */

static size_t home_slot(const struct queue *q, unsigned folder, const char *name)
{
	return (span_hash(span_str(name)) + folder * 0x9e3779b97f4a7c15u) & (q->n_slots - 1);
}

/* Where the file is, or the free slot where it would be. */
static size_t slot_of(const struct queue *q, unsigned folder, const char *name)
{
	size_t i = home_slot(q, folder, name);

	while (q->slots[i] &&
	       (q->slots[i]->folder != folder || strcmp(q->slots[i]->name, name) != 0))
		i = (i + 1) & (q->n_slots - 1);
	return i;
}

static void grow(struct queue *q)
{
	struct queue_file **old = q->slots;
	size_t n = q->n_slots;

	q->n_slots = 2 * n;
	q->slots = calloc(q->n_slots, sizeof(*q->slots));
	if (!q->slots)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i])
			q->slots[slot_of(q, old[i]->folder, old[i]->name)] = old[i];
	free(old);
}

static struct queue_file *add(struct queue *q, unsigned folder, const char *name)
{
	struct queue_file *f = calloc(1, sizeof(*f));

	if (!f || !(f->name = strdup(name)))
		abort();
	f->folder = folder;
	if (2 * (q->n_used + 1) > q->n_slots)
		grow(q);
	q->slots[slot_of(q, folder, name)] = f;
	q->n_used++;
	q->n_state[f->state]++;
	return f;
}

/* Those behind it in the same run move up, so that no search ends too early. */
static void take_out(struct queue *q, struct queue_file *f)
{
	size_t mask = q->n_slots - 1, hole = slot_of(q, f->folder, f->name);

	assert(q->slots[hole] == f);
	q->slots[hole] = NULL;
	q->n_used--;
	for (size_t i = (hole + 1) & mask; q->slots[i]; i = (i + 1) & mask) {
		struct queue_file *next = q->slots[i];
		q->slots[i] = NULL;
		q->slots[slot_of(q, next->folder, next->name)] = next;
	}
}

struct queue_file *queue_find(struct queue *q, unsigned folder, const char *name)
{
	return q->slots[slot_of(q, folder, name)];
}

/* ---- states ---- */

/* look: as in the struct; only who waits has one. */
static void set_state(struct queue *q, struct queue_file *f, enum queue_state state, usec_t look)
{
	queue_heap_leave(f);
	q->n_state[f->state]--;
	f->state = state;
	f->look = look;
	q->n_state[state]++;
	switch (state) {
	case QUEUE_READY: queue_heap_add(&q->ready, f); break;
	case QUEUE_WAITING:
		if (look != USEC_NONE)
			queue_heap_add(&q->looks, f);
		break;
	case QUEUE_TAKEN:
	case QUEUE_STUCK: break;
	}
}

/* When the rule will be fulfilled if nothing more happens: now or earlier, later, or USEC_NONE. */
static usec_t ready_at(const struct queue_file *f, const struct queue_sight *s, usec_t now,
		       usec_t wall)
{
	usec_t since = f->since;

	switch (s->rule) {
	case READY_RENAME: return now;
	case READY_DONE_FILE: return s->done ? now : USEC_NONE;
	case READY_QUIET: return since + s->quiet;
	case READY_CLOSE: break;
	}
	if (s->open)
		return since + QUEUE_SETTLE_OPEN;
	if (s->closed && s->stat.size > 0)
		return now;
	usec_t age = wall - s->stat.mtime;
	if (s->trusts_clock && age > now - since)
		since = now - age;
	return since + QUEUE_SETTLE;
}

/* Soon at first, then as long as it has been open. */
static usec_t next_look_at_open(const struct queue_file *f, usec_t now)
{
	usec_t pause = now - f->since;

	pause = pause < QUEUE_OPEN_LOOK_MIN ? QUEUE_OPEN_LOOK_MIN : pause;
	return now + (pause > QUEUE_OPEN_LOOK_MAX ? QUEUE_OPEN_LOOK_MAX : pause);
}

struct queue_file *queue_see(struct queue *q, const struct queue_sight *s, usec_t now, usec_t wall)
{
	struct queue_file *f = queue_find(q, s->folder, s->name);
	bool is_new = !f;

	if (is_new)
		f = add(q, s->folder, s->name);
	f->scan = q->scan;
	if (f->state == QUEUE_TAKEN)
		return f;
	bool has_changed = is_new || !queue_stat_eq(&f->stat, &s->stat);
	if (has_changed) {
		if (f->state == QUEUE_READY) /* its place in the order is another */
			set_state(q, f, QUEUE_WAITING, USEC_NONE);
		f->stat = s->stat;
		f->since = now;
		f->delay = 0;
	}
	if (s->stuck) {
		set_state(q, f, QUEUE_STUCK, USEC_NONE);
		return f;
	}
	if (f->state == QUEUE_READY && !has_changed)
		return f;
	if (f->state == QUEUE_STUCK && !has_changed && !s->closed)
		return f;
	if (f->delay > 0 && f->look != USEC_NONE && f->look > now && !s->closed)
		return f; /* a retry that is not due */
	usec_t at = ready_at(f, s, now, wall);
	bool is_ready = at != USEC_NONE && at <= now;
	set_state(q, f, is_ready ? QUEUE_READY : QUEUE_WAITING,
		  is_ready  ? USEC_NONE
		  : s->open ? next_look_at_open(f, now)
			    : at);
	return f;
}

struct queue_file *queue_due(struct queue *q, usec_t now)
{
	struct queue_file *f = queue_heap_first(&q->looks);

	if (!f || f->look > now)
		return NULL;
	set_state(q, f, QUEUE_WAITING, USEC_NONE);
	return f;
}

usec_t queue_next_look(const struct queue *q)
{
	const struct queue_file *f = queue_heap_first(&q->looks);

	return f ? f->look : USEC_NONE;
}

struct queue_file *queue_take(struct queue *q)
{
	struct queue_file *f = queue_heap_first(&q->ready);

	if (f)
		set_state(q, f, QUEUE_TAKEN, USEC_NONE);
	return f;
}

void queue_done(struct queue *q, struct queue_file *f)
{
	queue_heap_leave(f);
	q->n_state[f->state]--;
	take_out(q, f);
	file_free(f);
}

void queue_retry(struct queue *q, struct queue_file *f, usec_t now)
{
	f->delay = f->delay ? 2 * f->delay : QUEUE_RETRY_MIN;
	if (f->delay > QUEUE_RETRY_MAX)
		f->delay = QUEUE_RETRY_MAX;
	set_state(q, f, QUEUE_WAITING, now + f->delay);
}

void queue_stuck(struct queue *q, struct queue_file *f)
{
	set_state(q, f, QUEUE_STUCK, USEC_NONE);
}

size_t queue_count(const struct queue *q, enum queue_state state)
{
	return q->n_state[state];
}

void queue_scan_begin(struct queue *q)
{
	q->scan++;
}

/* Taking one out moves others up into slots already passed; so what is gone is gathered first. */
/* seen: what this scan saw stays; 0: nothing does. */
static void forget(struct queue *q, unsigned folder, uint64_t seen,
		   void (*gone)(void *ctx, struct queue_file *f), void *ctx)
{
	struct queue_file **lost = calloc(q->n_used + 1, sizeof(struct queue_file *));
	size_t n = 0;

	if (!lost)
		abort();
	for (size_t i = 0; i < q->n_slots; i++) {
		struct queue_file *f = q->slots[i];
		if (f && f->folder == folder && (seen == 0 || f->scan != seen) &&
		    f->state != QUEUE_TAKEN)
			lost[n++] = f;
	}
	for (size_t i = 0; i < n; i++) {
		gone(ctx, lost[i]);
		queue_done(q, lost[i]);
	}
	free(lost);
}

void queue_scan_end(struct queue *q, unsigned folder, void (*gone)(void *ctx, struct queue_file *f),
		    void *ctx)
{
	forget(q, folder, q->scan, gone, ctx);
}

void queue_forget_folder(struct queue *q, unsigned folder,
			 void (*gone)(void *ctx, struct queue_file *f), void *ctx)
{
	forget(q, folder, 0, gone, ctx);
}

void queue_unstick(struct queue *q, usec_t now)
{
	for (size_t i = 0; i < q->n_slots; i++) {
		struct queue_file *f = q->slots[i];
		if (f && f->state == QUEUE_STUCK)
			set_state(q, f, QUEUE_WAITING, now);
	}
}

void queue_retell(struct queue *q)
{
	for (size_t i = 0; i < q->n_slots; i++)
		if (q->slots[i] && q->slots[i]->state == QUEUE_STUCK)
			q->slots[i]->retell = true;
}
