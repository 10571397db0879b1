#include "watcher/queue_heap.h"

#include <assert.h>
#include <stdlib.h>

void queue_heap_done(struct queue_heap *h)
{
	free(h->files);
}

static void put_at(struct queue_heap *h, size_t i, struct queue_file *f)
{
	h->files[i] = f;
	f->at = i;
}

static void sift_up(struct queue_heap *h, size_t i)
{
	struct queue_file *f = h->files[i];

	for (; i > 0 && h->before(f, h->files[(i - 1) / 2]); i = (i - 1) / 2)
		put_at(h, i, h->files[(i - 1) / 2]);
	put_at(h, i, f);
}

static void sift_down(struct queue_heap *h, size_t i)
{
	struct queue_file *f = h->files[i];

	for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
		if (child + 1 < h->n && h->before(h->files[child + 1], h->files[child]))
			child++;
		if (!h->before(h->files[child], f))
			break;
		put_at(h, i, h->files[child]);
	}
	put_at(h, i, f);
}

void queue_heap_add(struct queue_heap *h, struct queue_file *f)
{
	assert(!f->heap);
	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 64;
		h->files = reallocarray(h->files, h->cap, sizeof(*h->files));
		if (!h->files)
			abort();
	}
	f->heap = h;
	put_at(h, h->n++, f);
	sift_up(h, f->at);
}

void queue_heap_leave(struct queue_file *f)
{
	struct queue_heap *h = f->heap;

	if (!h)
		return;
	assert(h->files[f->at] == f);
	size_t i = f->at;
	struct queue_file *last = h->files[--h->n];
	f->heap = NULL;
	if (last == f)
		return;
	put_at(h, i, last);
	sift_up(h, i);
	sift_down(h, last->at);
}

struct queue_file *queue_heap_first(const struct queue_heap *h)
{
	return h->n > 0 ? h->files[0] : NULL;
}
