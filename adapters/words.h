/* What exports call things: columns, statuses, levels of care, in Norwegian (both forms), Danish,
 * Swedish, German and English. Everything is compared folded (words_fold). */
#pragma once

#include "base/arena.h"
#include "bed/status.h"

enum role {
	ROLE_NONE,
	ROLE_BED,
	ROLE_ROOM,
	ROLE_WARD,
	ROLE_PLACE, /* house, floor: part of a bed's name if nothing else tells beds apart */
	ROLE_CARE,
	ROLE_STATUS,
	ROLE_PREVIOUS,
	ROLE_FREE,  /* yes: the bed is free */
	ROLE_TAKEN, /* yes: it is occupied */
	ROLE_TIME,  /* when the status changed */
	ROLE_DATE,  /* a date or time that may be something else: admission, export */
	ROLE_CLOCK, /* the time of day alone */
	ROLE_USER,
	ROLE_REASON,
	ROLE_PERSON, /* of a resident: never read */
	ROLE_TEXT,   /* free text: never read */
	ROLE_COUNT,
};
const char *role_name(enum role r);

#define WORDS_TOKENS_MAX 12

/* Lower case, Latin letters with marks to their base, everything else one "_"; "" for what has no
 * letter or digit. camelCase is parted too. */
struct span words_fold(struct arena *a, struct span text);

/* What a column of this name is, and how surely (0 to 100). */
enum role words_role(struct arena *a, struct span name, unsigned *ret_score);

/* A list of what a column is called that says of which kind a bed or a room is: nothing of today.
 */
#define WORDS_KINDS "type typ class klass klasse category kategori kategorie"

/* Is one of its words in the list "a b c"? */
bool words_name_has(struct arena *a, struct span name, const char *list);

/* A status said in words or a usual abbreviation (never a single letter or digit). BED_UNKNOWN:
 * some word of it is not known, or they disagree. */
enum bed_status words_status(struct arena *a, struct span value, enum reason *ret_reason);
enum care_level words_care(struct arena *a, struct span value);
/* "ja", "nei", "x", "true" …: 1, 0; -1: neither. */
int words_yes(struct arena *a, struct span value);

/* Is a file called so, whoever is in it? */
bool words_are_export(struct arena *a, struct span token);

/* The zone of the language that most of these words are of; NULL if none. votes: WORDS_LANGUAGES of
 * them. */
#define WORDS_LANGUAGES 5
void words_vote(struct span folded, unsigned votes[WORDS_LANGUAGES]);
const char *words_zone(const unsigned votes[WORDS_LANGUAGES], const char **ret_language);

/* ---- for the files of this room ---- */

bool words_listed(const char *list, struct span word); /* "a b c" */
size_t words_tokens(struct span folded, struct span ret_tokens[WORDS_TOKENS_MAX]);
