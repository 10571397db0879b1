/* A table of files by folder and name (open addressing), and a heap of those that are ready.
 * Waiting files are few and looked through; a storm of files is ready, and the heap hands it out in
 * order. */
#include "watcher/queue.h"

#include <assert.h>
#include <string.h>

struct queue {
	struct queue_file **slots; /* NULL: free; a power of two of them */
	size_t n_slots, n_used;
	struct queue_file **heap;
	size_t n_heap, cap_heap;
	size_t n_state[QUEUE_STUCK + 1];
	size_t due_from; /* where queue_due() goes on looking */
	uint64_t scan;
};

bool queue_stat_eq(const struct queue_stat *a, const struct queue_stat *b)
{
	return a->inode == b->inode && a->size == b->size && a->mtime == b->mtime;
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
	free(q->heap);
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

/* ---- the heap ---- */

static bool comes_before(const struct queue_file *a, const struct queue_file *b)
{
	if (a->stat.mtime != b->stat.mtime)
		return a->stat.mtime < b->stat.mtime;
	int order = strcmp(a->name, b->name);
	return order != 0 ? order < 0 : a->folder < b->folder;
}

static void put_at(struct queue *q, size_t i, struct queue_file *f)
{
	q->heap[i] = f;
	f->at = i;
}

static void sift_up(struct queue *q, size_t i)
{
	struct queue_file *f = q->heap[i];

	for (; i > 0 && comes_before(f, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
		put_at(q, i, q->heap[(i - 1) / 2]);
	put_at(q, i, f);
}

static void sift_down(struct queue *q, size_t i)
{
	struct queue_file *f = q->heap[i];

	for (size_t child; (child = 2 * i + 1) < q->n_heap; i = child) {
		if (child + 1 < q->n_heap && comes_before(q->heap[child + 1], q->heap[child]))
			child++;
		if (!comes_before(q->heap[child], f))
			break;
		put_at(q, i, q->heap[child]);
	}
	put_at(q, i, f);
}

static void heap_push(struct queue *q, struct queue_file *f)
{
	if (q->n_heap == q->cap_heap) {
		q->cap_heap = q->cap_heap ? 2 * q->cap_heap : 64;
		q->heap = reallocarray(q->heap, q->cap_heap, sizeof(*q->heap));
		if (!q->heap)
			abort();
	}
	put_at(q, q->n_heap++, f);
	sift_up(q, f->at);
}

static void heap_remove(struct queue *q, struct queue_file *f)
{
	size_t i = f->at;

	assert(q->heap[i] == f);
	struct queue_file *last = q->heap[--q->n_heap];
	if (last == f)
		return;
	put_at(q, i, last);
	sift_up(q, i);
	sift_down(q, last->at);
}

/* ---- states ---- */

static void set_state(struct queue *q, struct queue_file *f, enum queue_state state)
{
	if (f->state == QUEUE_READY)
		heap_remove(q, f);
	q->n_state[f->state]--;
	f->state = state;
	q->n_state[state]++;
	switch (state) {
	case QUEUE_READY: heap_push(q, f); break;
	case QUEUE_WAITING:
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
		if (f->state == QUEUE_READY)
			set_state(q, f, QUEUE_WAITING); /* its place in the order is another */
		f->stat = s->stat;
		f->since = now;
		f->delay = 0;
	}
	if (s->stuck) {
		set_state(q, f, QUEUE_STUCK);
		return f;
	}
	if (f->state == QUEUE_READY && !has_changed)
		return f;
	if (f->state == QUEUE_STUCK && !has_changed && !s->closed)
		return f;
	if (f->delay > 0 && f->look != USEC_NONE && f->look > now && !s->closed)
		return f; /* a retry that is not due */
	usec_t at = ready_at(f, s, now, wall);
	f->look = s->open ? next_look_at_open(f, now) : at;
	set_state(q, f, at != USEC_NONE && at <= now ? QUEUE_READY : QUEUE_WAITING);
	return f;
}

struct queue_file *queue_due(struct queue *q, usec_t now)
{
	if (q->n_state[QUEUE_WAITING] == 0)
		return NULL;
	for (size_t n = 0; n < q->n_slots; n++) {
		size_t i = (q->due_from + n) & (q->n_slots - 1);
		struct queue_file *f = q->slots[i];
		if (f && f->state == QUEUE_WAITING && f->look != USEC_NONE && f->look <= now) {
			f->look = USEC_NONE;
			q->due_from = i;
			return f;
		}
	}
	return NULL;
}

usec_t queue_next_look(const struct queue *q)
{
	usec_t next = USEC_NONE;

	if (q->n_state[QUEUE_WAITING] == 0)
		return USEC_NONE;
	for (size_t i = 0; i < q->n_slots; i++) {
		const struct queue_file *f = q->slots[i];
		if (f && f->state == QUEUE_WAITING && f->look != USEC_NONE &&
		    (next == USEC_NONE || f->look < next))
			next = f->look;
	}
	return next;
}

struct queue_file *queue_take(struct queue *q)
{
	if (q->n_heap == 0)
		return NULL;
	struct queue_file *f = q->heap[0];
	set_state(q, f, QUEUE_TAKEN);
	return f;
}

void queue_done(struct queue *q, struct queue_file *f)
{
	if (f->state == QUEUE_READY)
		heap_remove(q, f);
	q->n_state[f->state]--;
	take_out(q, f);
	file_free(f);
}

void queue_retry(struct queue *q, struct queue_file *f, usec_t now)
{
	f->delay = f->delay ? 2 * f->delay : QUEUE_RETRY_MIN;
	if (f->delay > QUEUE_RETRY_MAX)
		f->delay = QUEUE_RETRY_MAX;
	f->look = now + f->delay;
	set_state(q, f, QUEUE_WAITING);
}

void queue_stuck(struct queue *q, struct queue_file *f)
{
	set_state(q, f, QUEUE_STUCK);
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
void queue_scan_end(struct queue *q, unsigned folder, void (*gone)(void *ctx, struct queue_file *f),
		    void *ctx)
{
	struct queue_file **lost = calloc(q->n_used + 1, sizeof(struct queue_file *));
	size_t n = 0;

	if (!lost)
		abort();
	for (size_t i = 0; i < q->n_slots; i++) {
		struct queue_file *f = q->slots[i];
		if (f && f->folder == folder && f->scan != q->scan && f->state != QUEUE_TAKEN)
			lost[n++] = f;
	}
	for (size_t i = 0; i < n; i++) {
		gone(ctx, lost[i]);
		queue_done(q, lost[i]);
	}
	free(lost);
}

void queue_unstick(struct queue *q, usec_t now)
{
	for (size_t i = 0; i < q->n_slots; i++) {
		struct queue_file *f = q->slots[i];
		if (f && f->state == QUEUE_STUCK) {
			set_state(q, f, QUEUE_WAITING);
			f->look = now;
		}
	}
}
