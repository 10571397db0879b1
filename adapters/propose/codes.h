/* What the codes of a column mean.
 *
 * A code may be shown (written into the YAML) if it is a word of words.h, or if it is short, stands
 * on many records, and the column has few different ones: then it cannot be a name, a number of a
 * person or a date.
 */
#pragma once

#include "adapters/propose/sample.h"

#define CODE_BYTES_MAX	  24
#define CODES_MAX	  24 /* different ones in a column of codes */
#define CODE_LETTERS_ONLY 12 /* longer codes than this must be known words */

struct code_meaning {
	struct span text;
	size_t count;
	int value;	    /* enum bed_status or care_level; 0: not known */
	enum reason reason; /* of a status */
	bool is_word;	    /* said in words, else by a letter, a digit or an abbreviation */
	bool is_shown;
};

struct codes {
	struct code_meaning list[SAMPLE_VALUES_MAX];
	size_t n;
	size_t known, unknown, hidden; /* records of each kind */
	size_t in_words;	       /* records whose code is a word */
	bool by_letters;	       /* some meaning rests on a letter or a digit */
};

/* role: ROLE_STATUS, ROLE_FREE or ROLE_TAKEN say how yes and no are read; ROLE_CARE. */
void codes_read(const struct column *c, enum role role, struct arena *a, struct codes *ret);
/* In a list of all beds "discharge" may be one that is still to come. */
void codes_doubt_discharge(struct codes *c);
/* NULL: it is not among them. */
const struct code_meaning *codes_find(const struct codes *c, struct span text);
bool codes_may_show(const struct column *c, const struct sample_value *v);
