/* The paths of all fields, followed together. How far they are at an element is its place: one set
 * of states for each path (xml_match.h). An export repeats itself: where a child of some name leads
 * is worked out when it is first met at a place, and looked up ever after.
 *
 * Places and ways are kept up to a limit; what is met beyond it is worked out each time. So is a
 * child on whose attributes a path depends, for two of one name can lead to different places.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/xml_match.h"

#define XML_SLOTS_MAX  66 /* paths that are followed at once */
#define XML_PLACES_MAX 64
#define XML_WAYS_MAX   384
#define XML_WAYS_SIZE  512 /* a power of two */

/* Some of the paths, a bit for each. */
struct xml_slots {
	uint64_t words[(XML_SLOTS_MAX + 63) / 64];
};

static inline void xml_slots_add(struct xml_slots *s, size_t i)
{
	s->words[i / 64] |= 1ULL << i % 64;
}

static inline bool xml_slots_has(const struct xml_slots *s, size_t i)
{
	return s->words[i / 64] >> i % 64 & 1;
}

/* Takes the first off; false: none is left. */
static inline bool xml_slots_take(struct xml_slots *s, size_t *ret_i)
{
	for (size_t w = 0; w < sizeof(s->words) / sizeof(s->words[0]); w++) {
		if (!s->words[w])
			continue;
		*ret_i = w * 64 + (size_t)__builtin_ctzll(s->words[w]);
		s->words[w] &= s->words[w] - 1;
		return true;
	}
	return false;
}

struct xml_place {
	bool is_kept; /* equal places are equal pointers */
	uint32_t states[XML_SLOTS_MAX];
};

struct xml_name_met;

/* Of an element's first attributes, names of those that are read, each where it stood. */
#define XML_READ_MAX 4
struct xml_read {
	const unsigned char *names[XML_READ_MAX];
};

/* From a place by a name to a child's place. */
struct xml_way {
	const struct xml_place *from, *to; /* from NULL: no way is kept here */
	const unsigned char *local, *uri;
	bool leads; /* a path ends at the child, or leads through it */
	bool asks;  /* of the child's attributes: it is worked out each time */
	bool ends_any;
	struct xml_slots ends; /* the paths that end at the child */
	/* The caller's: as what the name is counted, NULL; and which attributes need no look. */
	struct xml_name_met *met;
	struct xml_read read;
};

struct xml_follow {
	const struct xml_match_path *paths; /* the caller's */
	size_t n;
	size_t n_places, n_ways;
	struct xml_place places[XML_PLACES_MAX];
	struct xml_way ways[XML_WAYS_SIZE]; /* open addressing */
	struct xml_way way;		    /* the last one that is not kept */
};

/* The place where every path begins that does not lead upwards. */
const struct xml_place *xml_follow_begin(struct xml_follow *f, const struct xml_match_path *paths,
					 size_t n);
/* Where a child leads. own: memory for its place if that is not kept; it lives as long as the
 * child is open. The way is valid until the next call. */
struct xml_way *xml_follow_child(struct xml_follow *f, const struct xml_place *from,
				 const unsigned char *local, const unsigned char *uri,
				 const struct xml_match_attributes *all, struct xml_place *own);
