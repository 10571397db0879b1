/* Read from its end: a facility may hold "-" itself, an epoch has a fixed length. */
#include "bed/batch_name.h"

#include <inttypes.h>
#include <stdio.h>

#include "bed/ident.h"
#include "bed/wire.h"

void batch_name_format(const struct batch_name *n, char out[BATCH_NAME_MAX])
{
	(void)snprintf(out, BATCH_NAME_MAX, SPAN_FMT "-" SPAN_FMT "-%" PRIu64 "-%" PRIu64,
		       SPAN_ARG(n->facility), SPAN_ARG(n->epoch), n->first, n->last);
}

/* Takes "-<number>" off the end. */
static bool take_number(struct span *rest, uint64_t *ret)
{
	size_t i = rest->n;

	while (i > 0 && rest->p[i - 1] != '-')
		i--;
	struct span digits = span_of(rest->p + i, rest->n - i);
	if (i == 0 || (digits.n > 1 && digits.p[0] == '0') || !span_to_u64(digits, ret))
		return false;
	rest->n = i - 1;
	return true;
}

static bool is_epoch(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return s.n == WIRE_EPOCH_CHARS;
}

bool batch_name_parse(struct span name, struct batch_name *ret)
{
	struct span suffix = SPAN(BATCH_NAME_SUFFIX), rest = name;
	struct batch_name n;

	if (name.n >= BATCH_NAME_MAX || !span_ends(name, suffix))
		return false;
	rest.n -= suffix.n;
	if (!take_number(&rest, &n.last) || !take_number(&rest, &n.first) ||
	    rest.n <= WIRE_EPOCH_CHARS + 1)
		return false;
	size_t at = rest.n - WIRE_EPOCH_CHARS;
	n.epoch = span_of(rest.p + at, WIRE_EPOCH_CHARS);
	n.facility = span_of(rest.p, at - 1);
	if (rest.p[at - 1] != '-' || !is_epoch(n.epoch) || !ident_is_facility(n.facility) ||
	    n.first == 0 || n.last + 1 < n.first || n.last == UINT64_MAX)
		return false;
	*ret = n;
	return true;
}

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int batch_name_cmp(const struct batch_name *a, const struct batch_name *b)
{
	int c = span_cmp(a->epoch, b->epoch);

	if (c == 0)
		c = cmp_u64(a->first, b->first);
	return c ? c : cmp_u64(a->last, b->last);
}
