/* Which events are kept already. An event's id follows from the file that it came from and its
 * place there (bed/event.h): so no event of a file is kept that none is kept of, which one question
 * a file tells; and of one that is read on in its order none can come twice. Only for events of a
 * file that was read before (a census of the same bytes, a replay), or that come out of their
 * order, are ids compared; those that are kept of the file are then in memory, 16 bytes each.
 *
 * Ids need no index so, in which they would lie by the time of the change and not in the order in
 * which they come: writing it took most of what a file of a thousand events cost.
 *
 * Lives as long as one file's transaction. */
#pragma once

#include "bed/event.h"
#include "outbox/db.h"
#include "outbox/digest_table.h"

#define SOURCE_MAX 64 /* bytes of event.source.file */

struct sources {
	struct db *db;
	char name[SOURCE_MAX + 1]; /* of the one at hand: event.source.file, "" for none */
	bool has_one;
	uint64_t place;	     /* of its last event: record and ordinal */
	int64_t first, last; /* its events of this transaction that are not yet noted; 0: none */
	bool is_compared;    /* its ids are in memory */
	struct digest_table table;
	struct source_id *ids;
	size_t n;
};

void sources_init(struct sources *s, struct db *db);
void sources_done(struct sources *s);
/* 1: an event of this id is kept; 0: none is. */
int sources_know(struct sources *s, const struct event *e, struct err *err);
/* The event that was asked for last was added as number n. */
void sources_added(struct sources *s, const struct event *e, int64_t n);
/* Before the transaction ends: notes which events came of which file. */
int sources_write(struct sources *s, struct err *err);
/* What the transaction did was taken back. */
void sources_clear(struct sources *s);
/* Forgets the files of which no event is kept any more. */
int sources_prune(struct db *db, int64_t rows, int64_t *ret_rows, struct err *err);
