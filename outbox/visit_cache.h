/* The visits that one file speaks of, in memory: read from the table once, written back once. Of a
 * visit a file often holds several messages, and each asks where it lies and says where it lies
 * now.
 *
 * Inside a transaction of the caller, and only while nobody else writes `visits`. Not written:
 * nothing has happened. With VISIT_CACHE_MAX different visits they are written and forgotten. */
#pragma once

#include "adapters/memory.h"
#include "bed/ident.h"
#include "outbox/db.h"

#define VISIT_CACHE_MAX 16384

struct visit_cache;

struct visit_cache *visit_cache_new(struct db *db, usec_t now);
void visit_cache_free(struct visit_cache *c);
/* 1: known, and the spans of *ret live until the next call; 0: not known. */
int visit_cache_get(struct visit_cache *c, const struct digest *visit, struct visit_memory *ret,
		    struct err *err);
/* A bed is an identifier: a longer text than IDENT_MAX is remembered as none. The spans are not
 * those of a get. */
int visit_cache_put(struct visit_cache *c, const struct digest *visit, const struct visit_memory *v,
		    struct err *err);
/* All that were put → the table. */
int visit_cache_write(struct visit_cache *c, struct err *err);
/* Forgets everything, written or not. */
void visit_cache_clear(struct visit_cache *c);
