#include "adapters/xml_follow.h"

#include <assert.h>
#include <string.h>

/* The place of the states in own, kept if there is room. */
static const struct xml_place *place_of(struct xml_follow *f, struct xml_place *own)
{
	const size_t bytes = f->n * sizeof(own->states[0]);

	for (size_t i = 0; i < f->n_places; i++)
		if (memcmp(f->places[i].states, own->states, bytes) == 0)
			return &f->places[i];
	own->is_kept = false;
	if (f->n_places == XML_PLACES_MAX)
		return own;
	struct xml_place *kept = &f->places[f->n_places++];
	memcpy(kept->states, own->states, bytes);
	kept->is_kept = true;
	return kept;
}

const struct xml_place *xml_follow_begin(struct xml_follow *f, const struct xml_match_path *paths,
					 size_t n)
{
	struct xml_place start = {0};

	assert(n <= XML_SLOTS_MAX);
	f->paths = paths;
	f->n = n;
	for (size_t i = 0; i < n; i++)
		start.states[i] = paths[i].ups ? 0 : 1;
	return place_of(f, &start);
}

/* Does any step that could be next ask for attributes of an element of this name? */
static bool asks(const struct xml_match_path *path, uint32_t states, const unsigned char *local,
		 const unsigned char *uri)
{
	for (size_t i = 0; i < path->n; i++)
		if (states >> i & 1 && path->steps[i].has_attribute &&
		    xml_match_name(&path->steps[i].name, local, uri))
			return true;
	return false;
}

static void work_out(struct xml_follow *f, const struct xml_place *from,
		     const struct xml_match_attributes *all, struct xml_way *way,
		     struct xml_place *own)
{
	for (size_t i = 0; i < f->n; i++) {
		bool end = false;
		own->states[i] = 0;
		if (!from->states[i])
			continue;
		own->states[i] = xml_match_advance(&f->paths[i], from->states[i], way->local,
						   way->uri, all, &end);
		if (end)
			xml_slots_add(&way->ends, i);
		way->ends_any = way->ends_any || end;
		way->leads = way->leads || end || own->states[i];
		way->asks = way->asks || asks(&f->paths[i], from->states[i], way->local, way->uri);
	}
	way->to = place_of(f, own);
}

/* The way's slot, or the empty one where it belongs. */
static struct xml_way *slot_of(struct xml_follow *f, const struct xml_place *from,
			       const unsigned char *local, const unsigned char *uri)
{
	uint64_t hash =
	    ((uintptr_t)from ^ (uintptr_t)local ^ (uintptr_t)uri << 7) * 0x9E3779B97F4A7C15ULL;
	size_t at = hash >> 32 & (XML_WAYS_SIZE - 1);
	struct xml_way *way = &f->ways[at];

	while (way->from && (way->from != from || way->local != local || way->uri != uri)) {
		at = (at + 1) & (XML_WAYS_SIZE - 1);
		way = &f->ways[at];
	}
	return way;
}

static __attribute__((noinline)) struct xml_way *
work_out_again(struct xml_follow *f, const struct xml_place *from, const unsigned char *local,
	       const unsigned char *uri, const struct xml_match_attributes *all,
	       struct xml_place *own, struct xml_way *slot)
{
	f->way = (struct xml_way){.local = local, .uri = uri};
	work_out(f, from, all, &f->way, own);
	if (!slot || !f->way.to->is_kept || f->n_ways == XML_WAYS_MAX)
		return &f->way;
	f->n_ways += !slot->from;
	f->way.from = from;
	*slot = f->way;
	return slot;
}

_hot_ struct xml_way *xml_follow_child(struct xml_follow *f, const struct xml_place *from,
				       const unsigned char *local, const unsigned char *uri,
				       const struct xml_match_attributes *all,
				       struct xml_place *own)
{
	struct xml_way *slot = from->is_kept ? slot_of(f, from, local, uri) : NULL;

	if (slot && slot->from && !slot->asks)
		return slot;
	return work_out_again(f, from, local, uri, all, own, slot);
}
