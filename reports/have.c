/* EDXL-HAVE 1.0 (OASIS Standard incorporating Approved Errata, 22 December 2009): what is free now.
 *
 *     HospitalStatus
 *       Hospital                     one per home
 *         Organization               its name (CIQ xNL) and place (GML)
 *         HospitalBedCapacityStatus
 *           BedCapacity              RehabLongTermCare; a sub-category per ward and care level
 *         LastUpdateTime             the time through which the home's beds are known
 *
 * By section 3.2.4 of the standard: a Capacity belongs to the BedType or SubCategoryBedType before
 * it, and where sub-categories are given the parent has a CapacityStatus only, which must be
 * VacantAvailable. A home without a free bed therefore has no sub-categories. */
#include "reports/export.h"
#include "reports/writer.h"

static const char have_begin[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<HospitalStatus xmlns=\"urn:oasis:names:tc:emergency:EDXL:HAVE:1.0\""
    " xmlns:xnl=\"urn:oasis:names:tc:ciq:xnl:3\" xmlns:gml=\"http://www.opengis.net/gml\">\n";

static void add_organization(const struct export_home *h, struct buf *b)
{
	buf_adds(b, "<Organization>\n<OrganizationInformation>\n<xnl:OrganisationName xnl:ID=\"");
	writer_add_xml(b, h->id);
	buf_adds(b, "\">\n<xnl:NameElement>");
	writer_add_xml(b, h->name);
	buf_adds(b, "</xnl:NameElement>\n</xnl:OrganisationName>\n</OrganizationInformation>\n");
	if (h->has_place)
		buf_addf(b,
			 "<OrganizationGeoLocation>\n<gml:Point gml:id=\"%.*s\" "
			 "srsName=\"urn:ogc:def:crs:EPSG::4326\">\n<gml:pos>%.6f %.6f</gml:pos>\n"
			 "</gml:Point>\n</OrganizationGeoLocation>\n",
			 SPAN_ARG(h->id), h->latitude, h->longitude);
	buf_adds(b, "</Organization>\n");
}

static void add_capacity(int64_t available, int64_t baseline, struct buf *b)
{
	buf_addf(b,
		 "<Capacity>\n<CapacityStatus>%s</CapacityStatus>\n"
		 "<AvailableCount>%lld</AvailableCount>\n<BaselineCount>%lld</BaselineCount>\n"
		 "</Capacity>\n",
		 available > 0 ? "VacantAvailable" : "NotAvailable", (long long)available,
		 (long long)baseline);
}

static void add_beds(const struct export_home *h, struct buf *b)
{
	int64_t available = 0, total = 0;

	for (size_t i = 0; i < h->n_places; i++) {
		available += h->places[i].beds[EXPORT_AVAILABLE];
		total += h->places[i].total;
	}
	buf_adds(b, "<HospitalBedCapacityStatus>\n<BedCapacity>\n"
		    "<BedType>RehabLongTermCare</BedType>\n");
	if (available == 0) {
		add_capacity(0, total, b);
	} else {
		buf_adds(b, "<Capacity>\n<CapacityStatus>VacantAvailable</CapacityStatus>\n"
			    "</Capacity>\n");
		for (size_t i = 0; i < h->n_places; i++) {
			buf_adds(b, "<SubCategoryBedType>");
			writer_add_xml(b, h->places[i].ward);
			buf_adds(b, ", ");
			writer_add_xml(b, h->places[i].care_level);
			buf_adds(b, "</SubCategoryBedType>\n");
			add_capacity(h->places[i].beds[EXPORT_AVAILABLE], h->places[i].total, b);
		}
	}
	buf_adds(b, "</BedCapacity>\n</HospitalBedCapacityStatus>\n");
}

static int write_home(struct report_run *r, const struct export_home *h, struct buf *b,
		      struct err *err)
{
	char at[CLOCK_RFC3339_MAX];

	buf_adds(b, "<Hospital>\n");
	add_organization(h, b);
	if (h->n_places > 0)
		add_beds(h, b);
	buf_addf(b, "<LastUpdateTime>%s</LastUpdateTime>\n</Hospital>\n",
		 clock_format_rfc3339(h->as_of != USEC_NONE ? h->as_of : r->frame->now, at));
	return output_flush_buf(r->out, b, err);
}

int report_have(struct report_run *r, struct err *err)
{
	struct export_home *homes;
	struct buf b = BUF_INIT;
	size_t n = 0;
	int e = export_read(r, &homes, &n, err);

	if (e == 0)
		e = output_write(r->out, span_str(have_begin), err);
	for (size_t i = 0; i < n && e == 0; i++)
		e = write_home(r, &homes[i], &b, err);
	buf_done(&b);
	return e < 0 ? e : output_write(r->out, SPAN("</HospitalStatus>\n"), err);
}
