/* Kinds are drawn by weight and tried on a bed drawn among those that fit; the weights lean towards
 * discharges when the home fills up, so that it stays near FULL_PERCENT for as long as it runs. */
#include "sim/home.h"

#include "bed/ident.h"

#define FULL_PERCENT 85
#define NO_BED	     SIZE_MAX
#define DRAWS_MAX    16 /* tries to find a kind that fits before taking the first that does */

struct kind_rule {
	unsigned weight, weight_full; /* below and above FULL_PERCENT */
	enum bed_status from;	      /* of the bed it happens to; UNKNOWN: any */
	enum bed_status to;
	enum reason reason;
};

static const struct kind_rule rules[SIM_KIND_COUNT] = {
    [SIM_ADMIT] = {26, 12, BED_AVAILABLE, BED_OCCUPIED, REASON_ADMIT},
    [SIM_DISCHARGE] = {10, 30, BED_OCCUPIED, BED_MAINTENANCE, REASON_DISCHARGE},
    [SIM_CLEANED] = {50, 50, BED_MAINTENANCE, BED_AVAILABLE, REASON_OPENED},
    [SIM_PREADMIT] = {8, 4, BED_AVAILABLE, BED_RESERVED, REASON_PREADMIT},
    [SIM_PREADMIT_CANCEL] = {2, 2, BED_RESERVED, BED_AVAILABLE, REASON_RESERVATION_CANCELLED},
    [SIM_TRANSFER] = {8, 8, BED_AVAILABLE, BED_OCCUPIED, REASON_TRANSFER},
    [SIM_ADMIT_CANCEL] = {2, 2, BED_OCCUPIED, BED_AVAILABLE, REASON_ADMIT_CANCELLED},
    [SIM_TRANSFER_CANCEL] = {2, 2, BED_MAINTENANCE, BED_OCCUPIED, REASON_TRANSFER_CANCELLED},
    [SIM_DISCHARGE_CANCEL] = {2, 2, BED_MAINTENANCE, BED_OCCUPIED, REASON_DISCHARGE_CANCELLED},
    [SIM_LEAVE] = {3, 3, BED_OCCUPIED, BED_RESERVED, REASON_LEAVE_OF_ABSENCE},
    [SIM_RETURN] = {6, 6, BED_RESERVED, BED_OCCUPIED, REASON_RETURN},
    [SIM_CLOSE] = {2, 2, BED_AVAILABLE, BED_MAINTENANCE, REASON_CLOSED},
    [SIM_UPDATE] = {6, 6, BED_OCCUPIED, BED_OCCUPIED, REASON_ADMIT},
};

void home_init(struct sim_home *h, const char *id, const struct sim_ward *wards, size_t n_wards,
	       sim_bed_namer namer, size_t n_beds, uint64_t seed)
{
	*h = (struct sim_home){.id = id, .n_beds = n_beds, .arena = ARENA_INIT};
	h->random = random_seeded(seed, span_hash(span_str(id)));
	h->beds = arena_array(&h->arena, struct sim_bed, n_beds);
	for (size_t i = 0; i < n_beds; i++) {
		/* Ward after ward rather than in turn: a census reads so. */
		size_t per_ward = (n_beds + n_wards - 1) / n_wards, at = i % per_ward;
		struct sim_bed *b = &h->beds[i];
		b->ward = &wards[i / per_ward];
		namer(b->ward, at, &h->arena, b);
		b->id =
		    ident_make(&h->arena, span_str(arena_printf(&h->arena, "bed_%s_%s_%s",
								b->ward->code, b->room, b->name)));
		b->care_level = CARE_LIGHT + (b->ward->care[at % strlen(b->ward->care)] - '1');
	}
}

void home_done(struct sim_home *h)
{
	arena_done(&h->arena);
	*h = (struct sim_home){0};
}

static void apply(struct sim_home *h, const struct sim_step *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sim_bed *b = &h->beds[s->changes[i].bed];
		b->status = s->changes[i].status;
		b->visit = b->status == BED_OCCUPIED || b->status == BED_RESERVED ? s->visit : 0;
		b->last = s->kind;
	}
}

static struct sim_step step(enum sim_kind kind, size_t bed, uint64_t visit, usec_t at)
{
	return (struct sim_step){.kind = kind,
				 .visit = visit,
				 .at = at,
				 .n = 1,
				 .changes = {{bed, rules[kind].to, rules[kind].reason}}};
}

struct sim_step home_opening(struct sim_home *h, size_t i, usec_t at)
{
	size_t draw = random_below(&h->random, 100);
	enum sim_kind kind = draw < 72	 ? SIM_ADMIT
			     : draw < 78 ? SIM_PREADMIT
			     : draw < 84 ? SIM_CLOSE
					 : SIM_CLEANED;
	bool with_visit = kind == SIM_ADMIT || kind == SIM_PREADMIT;
	struct sim_step s = step(kind, i, with_visit ? ++h->visits : 0, at);

	apply(h, &s);
	return s;
}

static bool fits(const struct sim_home *h, enum sim_kind kind, const struct sim_bed *b)
{
	if (b->frozen > h->file)
		return false;
	if (kind == SIM_ADMIT && b->status == BED_RESERVED) /* the expected one arrives */
		return b->last != SIM_LEAVE;
	if (kind == SIM_ADMIT_CANCEL && b->last != SIM_ADMIT)
		return false;
	if (b->status == BED_RESERVED && (kind == SIM_RETURN) != (b->last == SIM_LEAVE))
		return false;
	return b->status == rules[kind].from;
}

static size_t pick(struct sim_home *h, enum sim_kind kind)
{
	size_t start = random_below(&h->random, h->n_beds);

	for (size_t i = 0; i < h->n_beds; i++) {
		size_t at = (start + i) % h->n_beds;
		if (fits(h, kind, &h->beds[at]))
			return at;
	}
	return NO_BED;
}

static bool is_free_to_change(const struct sim_home *h, const struct sim_step *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sim_bed *b = &h->beds[s->changes[i].bed];
		if (b->frozen > h->file || b->last != s->kind || b->status != s->changes[i].status)
			return false;
	}
	return s->n > 0;
}

/* Takes back the last transfer or discharge while its beds are as it left them. */
static bool undo(struct sim_home *h, enum sim_kind kind, usec_t at, struct sim_step *ret)
{
	const struct sim_step *u = &h->undoable;
	enum sim_kind of = kind == SIM_TRANSFER_CANCEL ? SIM_TRANSFER : SIM_DISCHARGE;

	if (u->kind != of || !is_free_to_change(h, u))
		return false;
	*ret = step(kind, u->changes[u->n - 1].bed, u->visit, at);
	if (of == SIM_TRANSFER)
		ret->changes[ret->n++] =
		    (struct sim_change){u->changes[0].bed, BED_AVAILABLE, rules[kind].reason};
	h->undoable.n = 0;
	return true;
}

static bool try_kind(struct sim_home *h, enum sim_kind kind, usec_t at, struct sim_step *ret)
{
	if (kind == SIM_TRANSFER_CANCEL || kind == SIM_DISCHARGE_CANCEL)
		return undo(h, kind, at, ret);
	size_t bed = pick(h, kind);
	if (bed == NO_BED)
		return false;
	uint64_t visit = h->beds[bed].visit;
	size_t from = kind == SIM_TRANSFER ? pick(h, SIM_DISCHARGE) : NO_BED;
	if (kind == SIM_TRANSFER) {
		if (from == NO_BED)
			return false;
		visit = h->beds[from].visit;
	} else if ((kind == SIM_ADMIT && !visit) || kind == SIM_PREADMIT) {
		visit = ++h->visits;
	}
	*ret = step(kind, bed, visit, at);
	if (kind == SIM_TRANSFER)
		ret->changes[ret->n++] =
		    (struct sim_change){from, BED_MAINTENANCE, REASON_TRANSFER};
	if (kind == SIM_TRANSFER || kind == SIM_DISCHARGE)
		h->undoable = *ret;
	return true;
}

static bool is_full(const struct sim_home *h)
{
	size_t occupied = 0;

	for (size_t i = 0; i < h->n_beds; i++)
		occupied += h->beds[i].status == BED_OCCUPIED;
	return occupied * 100 >= h->n_beds * FULL_PERCENT;
}

static enum sim_kind draw_kind(struct sim_home *h, bool full)
{
	size_t sum = 0, k = 0;

	for (size_t i = 0; i < SIM_KIND_COUNT; i++)
		sum += full ? rules[i].weight_full : rules[i].weight;
	size_t draw = random_below(&h->random, sum);
	while (draw >= (full ? rules[k].weight_full : rules[k].weight)) {
		draw -= full ? rules[k].weight_full : rules[k].weight;
		k++;
	}
	return k;
}

bool home_next(struct sim_home *h, usec_t at, struct sim_step *ret)
{
	bool full = is_full(h), found = false;

	for (size_t i = 0; i < DRAWS_MAX && !found; i++)
		found = try_kind(h, draw_kind(h, full), at, ret);
	for (size_t k = 0; k < SIM_KIND_COUNT && !found; k++)
		found = try_kind(h, k, at, ret);
	if (found)
		apply(h, ret);
	return found;
}

struct sim_step home_bad(struct sim_home *h, usec_t at)
{
	size_t bed = random_below(&h->random, h->n_beds);

	return (struct sim_step){
	    .kind = SIM_BAD, .at = at, .n = 1, .changes = {{bed, BED_UNKNOWN, REASON_OTHER}}};
}
