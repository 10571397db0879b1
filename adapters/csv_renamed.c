/* Names are compared folded, by the words of one that stand somewhere in the other. */
#include "adapters/csv_renamed.h"

#include <string.h>

#include "bed/ident.h"

#define WORD_MIN 3 /* shorter ones stand in nearly everything */

/* How many letters of `in` the words of `words` make up; 0: some word is not in it. */
static size_t covered(struct span words, struct span in)
{
	struct span word;
	size_t letters = 0;

	while (span_cut(&words, '_', &word)) {
		if (word.n < WORD_MIN || !memmem(in.p, in.n, word.p, word.n))
			return 0;
		letters += word.n;
	}
	return letters;
}

static size_t likeness(struct span a, struct span b)
{
	size_t in_b = covered(a, b), in_a = covered(b, a);
	size_t most = in_a > in_b ? in_a : in_b, longer = a.n > b.n ? a.n : b.n;

	return most * 2 >= longer ? most : 0;
}

const char *csv_renamed(struct arena *a, struct span wanted, const char *const *names)
{
	struct span folded = ident_make(a, wanted);
	const char *best = NULL;
	size_t most = 0;

	for (; folded.p && *names; names++) {
		struct span other = ident_make(a, span_str(*names));
		size_t like = other.p ? likeness(folded, other) : 0;
		if (like > most) {
			most = like;
			best = *names;
		}
	}
	return best;
}
