/* The reading without a YAML: an export that already uses the event's own names needs none. */
#include "adapters/adapter.h"

static const char csv_yaml[] = "adapter: builtin-csv\n"
			       "format: csv\n"
			       "csv: {delimiter: auto}\n"
			       "event:\n"
			       "  bed_id: '{bed_id}'\n"
			       "  ward: '{ward?}'\n"
			       "  care_level: '{care_level?}'\n"
			       "  previous_status: '{previous_status?}'\n"
			       "  new_status: '{new_status}'\n"
			       "  changed_by: '{changed_by?}'\n"
			       "  changed_at: '{changed_at}'\n"
			       "  reason: '{reason?}'\n";

/* Each name as an element or as an attribute of the record, which is whatever holds a bed_id. */
static const char xml_yaml[] = "adapter: builtin-xml\n"
			       "format: xml\n"
			       "xml: {record: '//*[bed_id]'}\n"
			       "event:\n"
			       "  bed_id: '{bed_id}{@bed_id}'\n"
			       "  ward: '{ward}{@ward}'\n"
			       "  care_level: '{care_level}{@care_level}'\n"
			       "  previous_status: '{previous_status}{@previous_status}'\n"
			       "  new_status: '{new_status}{@new_status}'\n"
			       "  changed_by: '{changed_by}{@changed_by}'\n"
			       "  changed_at: '{changed_at}{@changed_at}'\n"
			       "  reason: '{reason}{@reason}'\n";

static const char hl7_yaml[] = "adapter: builtin-hl7\n"
			       "format: hl7\n";

int adapter_builtin(enum adapter_format format, const char *zone, struct adapter **ret,
		    struct err *err)
{
	static const char *const yaml[] = {
	    [FORMAT_CSV] = csv_yaml, [FORMAT_HL7] = hl7_yaml, [FORMAT_XML] = xml_yaml};
	struct buf text = BUF_INIT;

	buf_adds(&text, yaml[format]);
	if (zone) {
		buf_adds(&text, "zone: ");
		buf_add_json(&text, span_str(zone));
		buf_adds(&text, "\n");
	}
	int r = adapter_parse("", buf_span(&text), ret, NULL, err);
	buf_done(&text);
	return r;
}
