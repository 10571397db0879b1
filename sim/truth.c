#include "sim/truth.h"

void truth_beds(const struct sim_home *homes, size_t n, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "%s\n\"%s\":{", i ? "," : "", homes[i].id);
		for (size_t k = 0; homes[i].file && k < homes[i].n_beds; k++) {
			const struct sim_bed *b = &homes[i].beds[k];
			buf_addf(out, "%s\"" SPAN_FMT "\":\"%s\"", k ? "," : "", SPAN_ARG(b->id),
				 bed_status_name(b->status));
		}
		buf_addc(out, '}');
	}
	buf_adds(out, "\n}\n");
}

/* Adds the row of (ward of bed k, level) unless an earlier bed already made it. */
static void add_row(const struct sim_home *h, size_t k, bool *first, struct buf *out)
{
	size_t counts[BED_STATUS_COUNT] = {0}, total = 0;
	const struct sim_bed *of = &h->beds[k];

	for (size_t i = 0; i < h->n_beds; i++) {
		const struct sim_bed *b = &h->beds[i];
		if (b->ward != of->ward || b->care_level != of->care_level)
			continue;
		if (i < k)
			return;
		counts[b->status]++;
		total++;
	}
	buf_addf(
	    out,
	    "%s{\"ward\":\"%s\",\"care_level\":\"%s\",\"total_beds\":%zu,\"available_beds\":%zu,"
	    "\"occupied_beds\":%zu,\"reserved_beds\":%zu,\"maintenance_beds\":%zu}",
	    *first ? "" : ",", of->ward->ward, care_level_name(of->care_level), total,
	    counts[BED_AVAILABLE], counts[BED_OCCUPIED], counts[BED_RESERVED],
	    counts[BED_MAINTENANCE]);
	*first = false;
}

void truth_availability(const struct sim_home *homes, size_t n, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < n; i++) {
		bool first = true;
		buf_addf(out, "%s\n\"%s\":[", i ? "," : "", homes[i].id);
		for (size_t k = 0; homes[i].file && k < homes[i].n_beds; k++)
			add_row(&homes[i], k, &first, out);
		buf_addc(out, ']');
	}
	buf_adds(out, "\n}\n");
}
