#include "adapters/hl7_location.h"

#include <fnmatch.h>

struct span hl7_component(struct hl7_message *m, struct arena *a, ssize_t segment, unsigned field,
			  unsigned component)
{
	struct field_ref ref = {
	    .hl7 = {.field = (uint16_t)field, .component = (uint16_t)component}};
	return segment < 0 ? SPAN_NONE : hl7_get_at(m, (size_t)segment, &ref, a);
}

static struct span ward_of(struct hl7_message *m, struct arena *a, ssize_t segment, unsigned field)
{
	struct span ward = hl7_component(m, a, segment, field, HL7_PL_WARD);

	return ward.n ? ward : hl7_component(m, a, segment, field, HL7_PL_DESCRIPTION);
}

static bool is_ignored(struct hl7_message *m, const struct hl7_site *site, struct arena *a,
		       ssize_t segment, unsigned field)
{
	if (!site->ignore_beds || !site->ignore_beds[0])
		return false;
	struct span ward = ward_of(m, a, segment, field),
		    room = hl7_component(m, a, segment, field, 2),
		    bed = hl7_component(m, a, segment, field, 3);
	unsigned component = site->bed_component ? site->bed_component : 3;
	const char *whole = arena_printf(a, SPAN_FMT "^" SPAN_FMT "^" SPAN_FMT, SPAN_ARG(ward),
					 SPAN_ARG(room), SPAN_ARG(bed));
	struct span own = hl7_component(m, a, segment, field, component);
	const char *alone = arena_printf(a, SPAN_FMT, SPAN_ARG(own));
	for (const char *const *glob = site->ignore_beds; *glob; glob++)
		if (fnmatch(*glob, whole, 0) == 0 || fnmatch(*glob, alone, 0) == 0)
			return true;
	return false;
}

struct hl7_location hl7_location_read(struct hl7_message *m, const struct hl7_site *site,
				      struct arena *a, ssize_t segment, unsigned field)
{
	struct hl7_location l = {.state = HL7_LOCATION_NO_BED, .segment = segment, .field = field};
	if (segment < 0)
		return l;
	unsigned component = site->bed_component;
	if (hl7_is_null(span_trim(hl7_field(m, (size_t)segment, field))))
		l.state = HL7_LOCATION_DELETED;
	else if (component == 0 || hl7_component(m, a, segment, field, component).n)
		l.state = is_ignored(m, site, a, segment, field) ? HL7_LOCATION_IGNORED
								 : HL7_LOCATION_BED;
	return l;
}

bool hl7_location_same(struct hl7_message *m, struct arena *a, const struct hl7_location *x,
		       const struct hl7_location *y)
{
	if (!span_eq(ward_of(m, a, x->segment, x->field), ward_of(m, a, y->segment, y->field)))
		return false;
	for (unsigned component = 2; component <= 4; component++)
		if (!span_eq(hl7_component(m, a, x->segment, x->field, component),
			     hl7_component(m, a, y->segment, y->field, component)))
			return false;
	return true;
}
