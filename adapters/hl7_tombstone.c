#include "adapters/hl7_tombstone.h"

#include <string.h>

/* By what a cancel knows that it came first. */
enum sign {
	NO_BED,	       /* the visit has no bed */
	NO_PROMISE,    /* nor is one promised to it */
	NO_BED_BEFORE, /* nor had another one before */
	NOT_LEFT,      /* the visit still has its bed, or none is known at all */
	NOT_RESERVED,  /* the bed is known to be no reservation, or not known */
	NOT_OCCUPIED,
};

#define CANCEL_CHARS 3

static const struct pair {
	const char *cancel, *cancelled[2];
	enum sign sign;
} pairs[] = {
    {"A11", {"A01", "A04"}, NO_BED}, {"A12", {"A02"}, NO_BED_BEFORE},
    {"A13", {"A03"}, NOT_LEFT},	     {"A26", {"A15"}, NOT_RESERVED},
    {"A27", {"A14"}, NO_PROMISE},    {"A32", {"A10"}, NO_BED_BEFORE},
    {"A33", {"A09"}, NOT_RESERVED},  {"A38", {"A05"}, NO_PROMISE},
    {"A52", {"A21"}, NOT_RESERVED},  {"A53", {"A22"}, NOT_OCCUPIED},
};

static const struct pair *pair_of(struct span cancel)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (cancel.n == CANCEL_CHARS &&
		    memcmp(cancel.p, pairs[i].cancel, CANCEL_CHARS) == 0)
			return &pairs[i];
	return NULL;
}

bool hl7_tombstone_stops(const struct hl7_record *x)
{
	struct span text = x->adt.tombstone, cancel;
	int64_t at;
	if (!text.n || x->bad_time || !span_cut(&text, ' ', &cancel) || cancel.n < 1 ||
	    !span_to_i64(text, &at) || x->given.changed_at > at)
		return false;
	const struct pair *pair = pair_of(span_of(cancel.p + 1, cancel.n - 1));
	for (size_t i = 0; pair && i < ARRAY_LEN(pair->cancelled); i++)
		if (pair->cancelled[i] && strcmp(pair->cancelled[i], x->adt.trigger) == 0)
			return true;
	return false;
}

/* The status of the cancel's bed as it found it; BED_UNKNOWN: not known. */
static enum bed_status status_of(const struct hl7_record *x)
{
	const struct adapter_memory *memory = x->setup->memory;
	struct bed_memory bed;
	if (x->adt.n == 0 || !x->beds[0].n || !memory->bed(memory->ctx, x->beds[0], &bed))
		return BED_UNKNOWN;
	return bed.status;
}

static bool came_first(const struct hl7_record *x, enum sign sign)
{
	const struct visit_memory *was = &x->adt.remembered;
	switch (sign) {
	case NO_BED: return !was->bed.n;
	case NO_PROMISE: return !was->bed.n && !x->adt.promised.n;
	case NO_BED_BEFORE: return !was->before.n;
	case NOT_LEFT: return was->bed.n || !was->before.n;
	case NOT_RESERVED: return status_of(x) != BED_RESERVED;
	case NOT_OCCUPIED: return status_of(x) != BED_OCCUPIED;
	}
	return false;
}

struct span hl7_tombstone_of(const struct hl7_record *x)
{
	const struct pair *pair = pair_of(span_str(x->adt.trigger));
	if (!pair || !x->adt.has_visit || x->bad_time || !came_first(x, pair->sign))
		return SPAN_NONE;
	return span_str(
	    arena_printf(x->arena, "!%s %lld", pair->cancel, (long long)x->given.changed_at));
}
