/* The queue's files in an order, the first at hand: a binary heap. A file stands in one heap at
 * most, and knows its place, so that it can leave from anywhere. */
#pragma once

#include "watcher/queue.h"

struct queue_heap {
	bool (*before)(const struct queue_file *a, const struct queue_file *b);
	struct queue_file **files;
	size_t n, cap;
};

void queue_heap_done(struct queue_heap *h); /* the files are not its own */
void queue_heap_add(struct queue_heap *h, struct queue_file *f);
void queue_heap_leave(struct queue_file *f); /* whichever it stands in, if any */
struct queue_file *queue_heap_first(const struct queue_heap *h); /* NULL: it is empty */
