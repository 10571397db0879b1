/* An adapter proposed from a sample export.
 *
 *     propose(bytes, &options, &p)  →  p.yaml: an adapter with comments
 *                                           p.guesses: what was decided, why, and how surely
 *                                           p.to_fill: what somebody must still say
 *
 * Patient safety: a value of the sample stands in the YAML (and in a guess) only if it is a code of
 * a status, a ward or a care level, as codes.h defines a code. A column's name is shown only where
 * the first row is a header beyond doubt. Columns that look like person data are named as not read.
 */
#pragma once

#include "adapters/adapter.h"

#define PROPOSE_BYTES_MAX ((size_t)8 << 20) /* of a sample are looked at */

enum certainty { UNSURE, LIKELY, SURE };
const char *certainty_name(enum certainty c); /* "unsure" "likely" "sure" */

struct guess {
	const char *what; /* "format", "delimiter", "new_status" … */
	const char *is;	  /* what was decided: never a value of the sample but a code */
	const char *why;
	enum certainty certainty;
};

struct propose_options {
	const char *name;	    /* the adapter's; NULL: from the file's name */
	const char *facility;	    /* NULL: the home's own */
	const char *zone;	    /* of the home; NULL: guessed from the language */
	const char *const *samples; /* the files' base names, for `match` */
	size_t n_samples;
	const struct span *more; /* the bytes of the samples behind the first */
	size_t n_more;
};

#define PROPOSE_GUESSES_MAX 64

struct proposal {
	struct arena arena;
	struct buf yaml;
	enum adapter_format format;
	enum adapter_mode mode;
	const char *name;
	struct guess guesses[PROPOSE_GUESSES_MAX];
	size_t n_guesses;
	const char *to_fill[PROPOSE_GUESSES_MAX]; /* sentences */
	size_t n_to_fill;
	const char *alarm; /* what would be wrong and not seen; NULL: nothing */
};
void proposal_done(struct proposal *p);

/* bytes: of the first sample, its first PROPOSE_BYTES_MAX: it says how such files are laid out.
 * What stands in the others counts as well: their codes, times and beds. INVALID: nothing can be
 * proposed, and why. *ret is proposal_done()'s in any case. */
int propose(struct span bytes, const struct propose_options *options, struct proposal *ret,
	    struct err *err);

/* ---- for the files of this room ---- */

void propose_guess(struct proposal *p, enum certainty certainty, const char *what, const char *is,
		   const char *format, ...) _printf_(5, 6);
void propose_fill(struct proposal *p, const char *format, ...) _printf_(2, 3);
