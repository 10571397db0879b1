/* The XML driver: bytes → text → elements → records. */
#include "adapters/record_run.h"
#include "adapters/xml_config.h"
#include "adapters/xml_text.h"

#define NAME_SHOWN 64

struct xml_run {
	struct record_run records;
	const struct xml_config *config;
	struct xml_text text;
	struct xml *xml;
	bool beyond_ascii; /* of the text so far, not all was ASCII */
};

/* --- records --- */

static uint64_t offset_of(const struct xml_run *r, const struct xml_record *record)
{
	return record->offset + charset_mark(r->text.charset);
}

_hot_ static int take_record(void *ctx, const struct xml_record *record, struct err *err)
{
	struct xml_run *r = ctx;
	uint64_t offset = offset_of(r, record);

	if (record->too_long) {
		bool whole = record->long_field == SIZE_MAX;
		return record_run_bad(
		    &r->records, record->line, offset,
		    whole ? "" : r->config->texts[record->long_field].p, "too long", "too_long",
		    whole ? "the record is longer than 1 MiB" : "the field is longer than 64 KiB",
		    err);
	}
	struct record view = {.line = record->line,
			      .offset = offset,
			      .is_utf8 = !r->beyond_ascii,
			      .values = record->values};
	return record_run_map(&r->records, &view, err);
}

/* A name is shown if it stands in more than one record: then it surely is of the export's making.
 * Else it might be made of a value. */
static void note_unread(void *ctx, const char *element, const char *attribute, uint64_t records)
{
	struct xml_run *r = ctx;
	struct run_out *out = r->records.out;
	char name[2 * NAME_SHOWN + 8];

	(void)snprintf(name, sizeof(name), "%.*s%s%.*s", NAME_SHOWN, element, attribute ? "/@" : "",
		       NAME_SHOWN, attribute ? attribute : "");
	if (records < 2)
		run_out_note(out,
			     attribute ? "attributes that stand in one record only are not read, "
					 "and not named"
				       : "elements that stand in one record only are not read, "
					 "and not named",
			     records);
	else
		run_out_unread(out, attribute ? UNREAD_ATTRIBUTE : UNREAD_ELEMENT, name, records);
}

/* --- the driver --- */

static void run_free(void *run)
{
	struct xml_run *r = run;

	xml_free(r->xml);
	xml_text_done(&r->text);
	record_run_done(&r->records);
	free(r);
}

static int run_new(const struct format_setup *setup, struct run_out *out, void **ret_run,
		   _unused_ struct err *err)
{
	struct xml_run *r = calloc(1, sizeof(*r));
	struct xml_handler handler = {.ctx = r, .record = take_record, .unread = note_unread};

	if (!r)
		abort();
	r->config = setup->config;
	record_run_init(&r->records, setup, out);
	r->xml = xml_new(&r->config->record, r->config->fields, r->config->n, &handler);
	*ret_run = r;
	return 0;
}

static void finish(struct xml_run *r)
{
	struct run_out *out = r->records.out;

	run_out_encoding(out, charset_name(r->text.charset));
	if (charset_is_overruled(r->text.charset))
		run_out_note(out,
			     "the file's byte order mark says another encoding than the adapter "
			     "and was followed",
			     1);
	if (xml_unbound(r->xml))
		run_out_note(out, "names whose prefix is bound to no namespace",
			     xml_unbound(r->xml));
	if (!r->records.records)
		run_out_note(out,
			     arena_printf(&r->records.arena, ADAPTER_NO_RECORD " by %s%s",
					  r->config->record_text,
					  !r->text.any ? ": the file is empty"
					  : xml_root_fits(r->xml)
					      ? ""
					      : "; the root element is another, or in another "
						"namespace"),
			     1);
}

static int run_feed(void *run, struct span bytes, bool last, struct err *err)
{
	struct xml_run *r = run;

	struct span text;
	int code = xml_text_feed(&r->text, r->records.setup->encoding, bytes, last, &text, err);

	r->beyond_ascii = r->beyond_ascii || !span_is_ascii(text);
	/* an empty file is no XML, but no error of ours */
	if (code == 0 && r->text.any)
		code = xml_feed(r->xml, text, last, err);
	if (code == 0 && last)
		finish(r);
	return code;
}

const struct format_ops xml_format = {
    .requires_status = true,
    .keys = xml_config_keys,
    .configure = xml_configure,
    .config_free = xml_config_free,
    .resolve = xml_resolve,
    .run_new = run_new,
    .run_feed = run_feed,
    .run_free = run_free,
};
