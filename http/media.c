/* q is read as "zero or not": the server has one form per route, so there is nothing to rank. */
#include "http/media.h"

static bool is_refused(struct span params)
{
	struct span part, value;

	while (span_cut(&params, ';', &part)) {
		value = span_trim(part);
		if (value.n < 3 || (value.p[0] | 0x20) != 'q' || value.p[1] != '=')
			continue;
		double q = 1;
		return span_to_double(span_of(value.p + 2, value.n - 2), &q) && q <= 0;
	}
	return false;
}

/* 3 exact, 2 type/ *, 1 * / *, 0 no fit */
static int range_fits(struct span range, struct span type)
{
	struct span rest = type, main_type;

	if (span_eq(range, SPAN("*/*")))
		return 1;
	if (span_eq_nocase(range, type))
		return 3;
	if (!span_ends(range, SPAN("/*")))
		return 0;
	(void)span_cut(&rest, '/', &main_type);
	return span_eq_nocase(span_of(range.p, range.n - 2), main_type) ? 2 : 0;
}

bool media_accepts(struct span accept, struct span type)
{
	struct span item, range;
	bool accepted = false;
	int best = 0;

	if (!span_trim(accept).n)
		return true;
	while (span_cut(&accept, ',', &item)) {
		(void)span_cut(&item, ';', &range);
		int fit = range_fits(span_trim(range), type);
		if (fit > best) {
			best = fit;
			accepted = !is_refused(item);
		}
	}
	return accepted;
}

bool media_in_list(struct span content_type, struct span list)
{
	struct span type, item;

	if (!content_type.p)
		return false;
	(void)span_cut(&content_type, ';', &type);
	type = span_trim(type);
	while (span_cut(&list, ',', &item))
		if (span_eq_nocase(span_trim(item), type))
			return true;
	return false;
}

bool media_accepts_coding(struct span accept_encoding, struct span coding)
{
	struct span item, name;

	while (span_cut(&accept_encoding, ',', &item)) {
		(void)span_cut(&item, ';', &name);
		if (span_eq_nocase(span_trim(name), coding))
			return !is_refused(item);
	}
	return false;
}
