/* Visits in memory, and as they are written together:
 *
 *     digest of the visit (32 bytes)  n  bed (n bytes)  n  bed before (n bytes)
 *
 * n: one byte; VISIT_NO_BED where there is none, which differs from an empty one. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "bed/ident.h"
#include "outbox/digest_table.h"

#define VISIT_NO_BED 0xFF

struct kept_bed {
	uint8_t n;
	char text[IDENT_MAX];
};

struct kept_visit {
	struct digest visit;
	usec_t at;     /* when it was put last */
	bool known;    /* else: asked for, and not there */
	bool changed;  /* in this transaction */
	bool unmerged; /* the table `visits` does not say so yet */
	struct kept_bed bed, before;
};

struct visit_set {
	struct kept_visit *visits;
	size_t n;
	struct digest_table table;
};

#define VISIT_SET_INIT ((struct visit_set){.n = 0})

/* What is no identifier is no bed. */
void kept_bed_set(struct kept_bed *to, struct span bed);
struct span kept_bed_span(const struct kept_bed *b);

/* Until the next one is added. NULL: it is not there. */
struct kept_visit *visit_set_find(const struct visit_set *s, const struct digest *visit);
struct kept_visit *visit_set_add(struct visit_set *s, const struct digest *visit);
void visit_set_clear(struct visit_set *s); /* and gives its room back */

void visit_write(const struct kept_visit *v, struct buf *out);
/* Takes one visit off *written into the set, as known. false: there is none, or no whole one. */
bool visit_read(struct visit_set *s, struct span *written, usec_t at);
