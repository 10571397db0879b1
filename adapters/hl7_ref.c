/* References to HL7 fields as adapter writers know them from HL7's own tables: PV1-3.1,
 * PV1-3[2].1.1, PL.1. */
#include "adapters/hl7_text.h"

#include <ctype.h>
#include <string.h>

#define NUMBER_MAX 999

static bool take_number(struct span *s, uint16_t *ret)
{
	unsigned n = 0;
	size_t i = 0;
	for (; i < s->n && isdigit((unsigned char)s->p[i]) && n <= NUMBER_MAX; i++)
		n = n * 10 + (unsigned)(s->p[i] - '0');
	if (n == 0 || n > NUMBER_MAX)
		return false;
	*s = span_of(s->p + i, s->n - i);
	*ret = (uint16_t)n;
	return true;
}

static bool take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_of(s->p + 1, s->n - 1);
	return true;
}

static size_t take_segment(struct span *s, char segment[4])
{
	size_t n = 0;
	while (n < s->n && n < 4 && isalnum((unsigned char)s->p[n]))
		n++;
	bool location = n == 2 && strncasecmp(s->p, "PL", 2) == 0;
	if ((n != 3 && !location) || isdigit((unsigned char)s->p[0]))
		return 0;
	memset(segment, 0, 4);
	for (size_t i = 0; i < n; i++)
		segment[i] = (char)toupper((unsigned char)s->p[i]);
	*s = span_of(s->p + n, s->n - n);
	return n;
}

/* [repetition], .component, .subcomponent: all may be missing, in this order */
static bool take_parts(struct span *s, struct field_ref *ref)
{
	if (take(s, '[') && !(take_number(s, &ref->hl7.repetition) && take(s, ']')))
		return false;
	if (take(s, '.') && !take_number(s, &ref->hl7.component))
		return false;
	if (ref->hl7.component && take(s, '.') && !take_number(s, &ref->hl7.subcomponent))
		return false;
	return s->n == 0;
}

static bool parse(struct span s, struct field_ref *ref)
{
	size_t n = take_segment(&s, ref->hl7.segment);
	if (n == 0)
		return false;
	if (n == 2) { /* PL.component.subcomponent */
		if (!take(&s, '.') && !take(&s, '-'))
			return false;
		return take_number(&s, &ref->hl7.component) &&
		       (s.n == 0 ||
			(take(&s, '.') && take_number(&s, &ref->hl7.subcomponent) && s.n == 0));
	}
	if (!take(&s, '-') && !take(&s, '.'))
		return false;
	return take_number(&s, &ref->hl7.field) && take_parts(&s, ref);
}

int hl7_ref_parse(struct span text, struct field_ref *ret, struct err *err)
{
	struct field_ref ref = {.text = ret->text};
	memset(&ref.hl7, 0, sizeof(ref.hl7));
	if (!parse(span_trim(text), &ref))
		return err_set(
		    err, ERR_INVALID,
		    "\"" SPAN_FMT
		    "\" is not a reference to an HL7 field; write PV1-3.1 (segment, field, "
		    "component), PV1-3[2].1.1 (with repetition and subcomponent) or PL.1 "
		    "(component of "
		    "the bed's location)",
		    SPAN_ARG(text));
	*ret = ref;
	return 0;
}
