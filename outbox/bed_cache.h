/* The beds that one file moves, in memory: read from the table once, written back once. A file of
 * thousands of events is about a home's hundred beds.
 *
 *     bed_cache_get() → look, projection_move() → bed_cache_changed() … → bed_cache_write()
 *
 * Inside a transaction of the caller, and only while nobody else writes `beds`. Not written:
 * nothing has happened. Memory is bounded: with BED_CACHE_MAX different beds they are written and
 * forgotten. */
#pragma once

#include "outbox/projection.h"

#define BED_CACHE_MAX 16384

struct bed_cache;

struct bed_cache *bed_cache_new(struct db *db);
void bed_cache_free(struct bed_cache *c);
/* *ret lives until the next get. */
int bed_cache_get(struct bed_cache *c, struct span bed_id, struct projected_bed **ret,
		  struct err *err);
/* The bed that the last get gave was moved. */
void bed_cache_changed(struct bed_cache *c);
/* All that were moved → the table. */
int bed_cache_write(struct bed_cache *c, struct err *err);
/* Forgets everything, written or not. */
void bed_cache_clear(struct bed_cache *c);
