/* Walks one home's chain from its first row to its last and names what is wrong with it: pure, fed
 * with rows in the order of their places (n), in bounded memory.
 *
 *     audit_walk_begin ─► audit_walk_row … ─► audit_walk_end ─► found() … in order of places
 *
 * What can be told of a row that somebody with the owner's rights has touched:
 *
 *     changed     the row is not what its hash was made of; or its hash was made anew, and is not
 *                 the one that its successor follows
 *     removed     nobody stands at this place (the row is gone, so only its place can be named)
 *     added       it stands where another row belongs, or beyond the home's head
 *     moved       it is whole, but was written for another place
 *     rewritten   the chain is sound in itself, but not the one that was signed: whoever did it
 *                 hashed everything anew; a row between the two places is another one
 *
 * Rows that only moved because others before them were renumbered are named as one run.
 */
#pragma once

#include "store/audit.h"

#define AUDIT_FINDINGS_MAX 1000 /* of one home, runs counted once; more are only counted */
#define AUDIT_SUSPECTS_MAX 256	/* rows held back to see where they belong */
#define AUDIT_SAME_MAX	   16	/* rows at one place that are weighed against each other */

enum audit_fault {
	AUDIT_CHANGED,
	AUDIT_REMOVED,
	AUDIT_ADDED,
	AUDIT_MOVED,
	AUDIT_REWRITTEN,
};
const char *audit_fault_name(enum audit_fault f);

struct audit_finding {
	enum audit_fault fault;
	int64_t n, through; /* places; through = n for one row */
	int64_t was;	    /* MOVED: the place that n was written for */
	char event_id[48];  /* of the row at n; "" where there is none */
	usec_t received_at; /* likewise; USEC_NONE */
	const char *day;    /* REWRITTEN, or REMOVED beyond the head: of the signature that tells */
};

/* A head that was signed once (store/heads.h). */
struct audit_signed {
	int64_t n;
	struct digest hash;
	char day[11];
};

typedef void (*audit_found_t)(void *user, struct span facility_id, const struct audit_finding *f);

struct audit_walk_options {
	struct span facility_id; /* live until the end */
	int64_t first;		 /* the first place walked; above 1 the row before it is trusted */
	bool to_head;		 /* the walk goes to the chain's end, which must be: */
	int64_t head_n;
	struct digest head;
	const struct audit_signed *heads; /* by n; live until the end */
	size_t n_heads;
	audit_found_t found;
	void *user;
};

struct audit_walk;
struct audit_walk *audit_walk_begin(const struct audit_walk_options *o);
/* What the row's columns say is copied. foreign: it holds what no row of ours can hold, such as an
 * empty text where nothing is meant. */
void audit_walk_row(struct audit_walk *w, const struct audit_stored *row, struct span prev,
		    struct span hash, bool foreign);
/* Tells what was found and frees. Gives how many places are wrong, those not told of included. */
int64_t audit_walk_end(struct audit_walk *w);
void audit_walk_drop(struct audit_walk *w); /* frees and tells nothing: the rows did not all come */
