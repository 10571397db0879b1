/* The XML driver: bytes → text → elements → records. */
#include <strings.h>

#include "adapters/charset.h"
#include "adapters/record_run.h"
#include "adapters/xml_config.h"

#define HEAD_MAX   1024 /* bytes in which the XML declaration must stand */
#define NAME_SHOWN 64

struct xml_run {
	struct record_run records;
	const struct xml_config *config;
	struct charset *charset; /* NULL until the declaration was looked for */
	struct buf head;	 /* the bytes until then */
	struct xml *xml;
	bool any; /* text came */
	const struct xml_record *record;
};

/* --- records --- */

static struct span get(const struct record *record, const struct field_ref *ref,
		       _unused_ struct arena *scratch)
{
	const struct xml_run *r = record->data;

	return r->record->values[ref->index];
}

static uint64_t offset_of(const struct xml_run *r, const struct xml_record *record)
{
	return record->offset + charset_mark(r->charset);
}

static int take_record(void *ctx, const struct xml_record *record, struct err *err)
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
	struct record view = {.line = record->line, .offset = offset, .get = get, .data = r};
	r->record = record;
	return record_run_map(&r->records, &view, err);
}

/* A name is shown if it stands in more than one record: then it surely is of the export's making.
 * Else it might be made of a value. */
static void note_unread(void *ctx, const char *element, const char *attribute, uint64_t records)
{
	struct xml_run *r = ctx;
	char what[2 * NAME_SHOWN + 64];

	if (records < 2)
		(void)snprintf(what, sizeof(what),
			       "%s that stand in one record only are not read, and not named",
			       attribute ? "attributes" : "elements");
	else if (attribute)
		(void)snprintf(what, sizeof(what), "attribute %.*s/@%.*s is not read", NAME_SHOWN,
			       element, NAME_SHOWN, attribute);
	else
		(void)snprintf(what, sizeof(what), "element %.*s is not read", NAME_SHOWN, element);
	run_out_note(r->records.out, what, records);
}

/* --- the character set --- */

/* The declaration of a file that is plainly one byte a character cannot mean two. */
static bool is_wide(const char *name)
{
	return strncasecmp(name, "utf-16", 6) == 0 || strncasecmp(name, "utf-32", 6) == 0 ||
	       strncasecmp(name, "ucs", 3) == 0 || strncasecmp(name, "iso-10646", 9) == 0;
}

static int open_charset(struct xml_run *r, struct err *err)
{
	char declared[CHARSET_NAME_MAX];
	const char *name = r->records.setup->encoding;

	if (!name && charset_of_xml(buf_span(&r->head), declared)) {
		name = declared;
		if (is_wide(declared) && r->head.p[0] && r->head.p[1])
			name = NULL;
		else if (!charset_is_known(declared))
			return err_set(
			    err, ERR_INVALID,
			    "line 1: the XML declaration names an encoding that is not known; "
			    "set the adapter's encoding");
	}
	return charset_new(name, NULL, &r->charset, err);
}

/* True when enough of the file is there to know its character set. */
static bool has_head(const struct xml_run *r, bool last)
{
	return last || r->head.n >= HEAD_MAX ||
	       (r->head.n >= 5 &&
		(memcmp(r->head.p, "<?xml", 5) != 0 || memmem(r->head.p, r->head.n, "?>", 2)));
}

/* --- the driver --- */

static void run_free(void *run)
{
	struct xml_run *r = run;

	xml_free(r->xml);
	charset_free(r->charset);
	buf_done(&r->head);
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

	run_out_encoding(out, charset_name(r->charset));
	if (charset_is_overruled(r->charset))
		run_out_note(out,
			     "the file's byte order mark says another encoding than the adapter "
			     "and was followed",
			     1);
	if (xml_unbound(r->xml))
		run_out_note(out, "names whose prefix is bound to no namespace",
			     xml_unbound(r->xml));
	if (!r->records.records)
		run_out_note(out,
			     arena_printf(&r->records.arena, "no element is a record by %s%s",
					  r->config->record_text,
					  !r->any ? ": the file is empty"
					  : xml_root_fits(r->xml)
					      ? ""
					      : "; the root element is another, or in another "
						"namespace"),
			     1);
}

static int run_feed(void *run, struct span bytes, bool last, struct err *err)
{
	struct xml_run *r = run;

	if (!r->charset) {
		buf_add(&r->head, bytes);
		if (!has_head(r, last))
			return 0;
		int code = open_charset(r, err);
		if (code < 0)
			return code;
		bytes = buf_span(&r->head);
	}
	struct span text = charset_decode(r->charset, bytes, last);
	r->any = r->any || text.n; /* an empty file is no XML, but no error of ours */
	int code = r->any ? xml_feed(r->xml, text, last, err) : 0;
	buf_done(&r->head);
	if (code == 0 && last)
		finish(r);
	return code;
}

const struct format_ops xml_format = {
    .requires_status = true,
    .configure = xml_configure,
    .config_free = xml_config_free,
    .resolve = xml_resolve,
    .run_new = run_new,
    .run_feed = run_feed,
    .run_free = run_free,
};
