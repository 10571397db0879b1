/* A set of places (numbers from 1) as runs: a sound chain of any length is one run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct places {
	struct places_run {
		int64_t from, through;
	} * runs; /* in order, never touching */
	size_t n, cap;
};

void places_done(struct places *p);
void places_add(struct places *p, int64_t place); /* at the end it costs nothing */
bool places_has(const struct places *p, int64_t place);
int64_t places_last(const struct places *p); /* 0 of none */
/* The first run of places missing within from … last; false: none. */
bool places_hole(const struct places *p, int64_t from, int64_t last, int64_t *ret_from,
		 int64_t *ret_through);
/* Those missing one by one, up to max of them; gives how many. */
size_t places_vacant(const struct places *p, int64_t from, int64_t last, int64_t *ret, size_t max);
