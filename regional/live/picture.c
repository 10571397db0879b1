/* Homes and rows are only ever added, so a place in an array stays good. */
#include "regional/live/picture.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void picture_done(struct picture *p)
{
	free(p->facilities);
	free(p->rows);
	index_done(&p->facility_index);
	index_done(&p->row_index);
	*p = (struct picture){0};
}

static bool is_facility(const void *array, size_t at, const void *key)
{
	const struct facility *all = array;
	const struct span *id = key;

	return span_eq_str(*id, all[at].id);
}

static bool is_row(const void *array, size_t at, const void *key)
{
	const struct picture_row *all = array;

	return avail_same_key(&all[at].a, key);
}

static size_t find_facility(const struct picture *p, struct span id)
{
	return index_find(&p->facility_index, span_hash(id), is_facility, p->facilities, &id);
}

const struct facility *picture_facility(const struct picture *p, struct span id)
{
	size_t at = find_facility(p, id);

	return at == INDEX_NONE ? NULL : &p->facilities[at];
}

const struct picture_row *picture_row(const struct picture *p, struct span facility,
				      struct span ward, enum care_level care_level)
{
	struct avail key = {.care_level = care_level};

	avail_copy_text(key.facility_id, facility);
	avail_copy_text(key.ward, ward);
	size_t at = index_find(&p->row_index, avail_hash(&key), is_row, p->rows, &key);
	return at == INDEX_NONE ? NULL : &p->rows[at];
}

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

bool picture_set_facility(struct picture *p, const struct facility *f)
{
	assert(f);
	size_t at = find_facility(p, span_str(f->id));

	if (at == INDEX_NONE) {
		p->facilities = array_grow(p->facilities, p->n_facilities, &p->cap_facilities,
					   sizeof(*p->facilities));
		index_add(&p->facility_index, span_hash(span_str(f->id)), p->n_facilities);
		p->facilities[p->n_facilities++] = *f;
		return true;
	}
	struct facility *old = &p->facilities[at];
	bool same =
	    strcmp(old->region_id, f->region_id) == 0 && strcmp(old->name, f->name) == 0 &&
	    strcmp(old->region_name, f->region_name) == 0 &&
	    strcmp(old->address, f->address) == 0 && same_number(old->latitude, f->latitude) &&
	    same_number(old->longitude, f->longitude) &&
	    old->last_contact_at == f->last_contact_at && old->offline_since == f->offline_since &&
	    old->closed_at == f->closed_at && old->as_of == f->as_of;
	*old = *f;
	return !same;
}

bool picture_set_row(struct picture *p, const struct avail *a, usec_t now, usec_t truth_since)
{
	uint64_t hash = avail_hash(a);
	size_t facility = find_facility(p, span_str(a->facility_id));
	size_t at = index_find(&p->row_index, hash, is_row, p->rows, a);

	if (facility == INDEX_NONE)
		return false;
	if (at == INDEX_NONE) {
		p->rows = array_grow(p->rows, p->n_rows, &p->cap_rows, sizeof(*p->rows));
		index_add(&p->row_index, hash, p->n_rows);
		p->rows[p->n_rows++] =
		    (struct picture_row){.a = *a, .facility = facility, .touched = now};
		return true;
	}
	struct picture_row *old = &p->rows[at];
	bool is_truth = truth_since != USEC_NONE && old->touched < truth_since;
	if (a->rev <= old->a.rev && !(is_truth && a->rev != old->a.rev)) {
		if (a->rev == old->a.rev && a->as_of > old->a.as_of)
			old->a.as_of = a->as_of;
		return false;
	}
	bool changed = !avail_same_numbers(a, &old->a) || a->as_of != old->a.as_of;
	old->a = *a;
	old->touched = now;
	return changed;
}

const char *freshness_name(enum freshness f)
{
	static const char *const names[] = {"fresh", "stale", "offline", "closed"};

	return names[f];
}

usec_t picture_as_of(const struct facility *f, const struct avail *a)
{
	return f->as_of > a->as_of ? f->as_of : a->as_of;
}

enum freshness picture_freshness(const struct facility *f, usec_t as_of, usec_t now,
				 const struct freshness_rule *rule)
{
	if (picture_is_closed(f))
		return CLOSED;
	return f->offline_since != USEC_NONE ? OFFLINE
					     : freshness_of(f->last_contact_at, as_of, now, rule);
}
