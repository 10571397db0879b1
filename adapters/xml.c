/* The only caller of libxml2.
 *
 * What is asked of the elements around a record ("../") cannot wait for the record: every open
 * element keeps the values that it would answer with. The same serves a record that is known only
 * at its end (record: "//x[name]").
 *
 * libxml2 interns names (xmlDict): a name is compared as a pointer. Its error texts quote the file,
 * so that they never leave this file; only the code, line and column do. */
#include "adapters/xml.h"

#include <assert.h>
#include <stdint.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>

#include "adapters/xml_guard.h"
#include "adapters/xml_match.h"
#include "adapters/xml_names.h"
#include "base/buf.h"

#define SLOTS_MAX    (XML_FIELDS_MAX + 2) /* and the two of [name]: an element or an attribute */
#define CAPTURES_MAX ((size_t)(XML_DEPTH_MAX + 1) * SLOTS_MAX)
#define NAMES_MAX    16384 /* different names in a file: xmlDict slows down with more */

/* What a path found. */
struct value {
	bool present, too_long;
	struct buf text;
};

struct frame {
	const xmlChar *local, *uri;
	uint32_t record_state;
	bool is_record;
	uint64_t line, offset;
	uint32_t states[SLOTS_MAX]; /* within a record */
	struct value
	    *kept; /* one per slot: for records below, or that end here; NULL until needed */
	uint64_t kept_mask[2];
};

/* An element whose text is wanted. */
struct capture {
	struct value *value;
	unsigned depth;
	bool own_text;
};

struct xml {
	xmlParserCtxtPtr parser;
	xmlSAXHandler sax;
	struct xml_guard guard;
	struct xml_handler handler;
	struct xml_match_path record, slots[SLOTS_MAX];
	size_t n, n_slots;
	bool at_end; /* the record is known at its end: [name] */
	unsigned depth;
	struct frame frames[XML_DEPTH_MAX + 1]; /* 0: the document */
	unsigned record_depth;			/* 0: not in a record */
	struct value values[SLOTS_MAX];
	struct capture captures[CAPTURES_MAX];
	size_t n_captures;
	struct xml_names names; /* met within records */
	unsigned unread_depth; /* of the element within a record that no path leads into; 0: none */
	uint64_t unbound;
	int code; /* < 0: it failed, with err */
	struct err err;
};

/* --- failing --- */

static void stop(struct xml *x)
{
	x->code = -(int)x->err.code;
	xmlStopParser(x->parser);
}

static void refuse(struct xml *x, enum err_code code, const char *why)
{
	if (x->code < 0)
		return;
	(void)err_set(&x->err, code, "line %d, column %d: %s", xmlSAX2GetLineNumber(x->parser),
		      xmlSAX2GetColumnNumber(x->parser), why);
	stop(x);
}

static const struct {
	int code;
	const char *text;
} sentences[] = {
    {XML_ERR_INTERNAL_ERROR, "a comment, a name or the like of more than 10 MB, or cut"},
    {XML_ERR_DOCUMENT_EMPTY, "no XML"},
    {XML_ERR_DOCUMENT_START, "no XML"},
    {XML_ERR_DOCUMENT_END, "something follows the root element, or the file is cut"},
    {XML_ERR_TAG_NAME_MISMATCH, "an end tag that is not its start tag's"},
    {XML_ERR_TAG_NOT_FINISHED, "an element is not closed: the file is cut"},
    {XML_ERR_INVALID_ENCODING, "bytes that are not of the file's character set"},
    {XML_ERR_INVALID_CHAR,
     "a character that XML does not allow, or bytes that are not of the file's character set"},
    {XML_ERR_INVALID_CHARREF, "a character reference that XML does not allow"},
    {XML_ERR_UNDECLARED_ENTITY, "an entity that XML does not know"},
    {XML_WAR_UNDECLARED_ENTITY, "an entity that XML does not know"},
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "a & that begins no entity; it is written &amp;"},
    {XML_ERR_NAME_REQUIRED, "a < or & that begins no name; they are written &lt; and &amp;"},
    {XML_ERR_ATTRIBUTE_REDEFINED, "an attribute that stands twice"},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute without quotes"},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "an attribute that is not closed"},
    {XML_ERR_LT_IN_ATTRIBUTE, "a < in an attribute; it is written &lt;"},
    {XML_ERR_HYPHEN_IN_COMMENT, "-- in a comment"},
    {XML_ERR_COMMENT_NOT_FINISHED, "a comment that is not closed"},
    {XML_ERR_CDATA_NOT_FINISHED, "a CDATA section that is not closed"},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute without a value"},
    {XML_ERR_VERSION_MISSING, "an XML declaration without a version"},
    {XML_ERR_GT_REQUIRED, "a tag that is not closed"},
    {XML_ERR_LT_REQUIRED, "a tag that is not closed"},
};

static const char *sentence_of(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (sentences[i].code == code)
			return sentences[i].text;
	return NULL;
}

static void on_error(void *ctx, xmlErrorPtr e)
{
	struct xml *x = ctx;

	if (e->domain == XML_FROM_NAMESPACE && e->level != XML_ERR_FATAL) {
		x->unbound += e->code == XML_NS_ERR_UNDEFINED_NAMESPACE;
		return;
	}
	if (e->level != XML_ERR_FATAL || x->code < 0)
		return;
	const char *text = sentence_of(e->code);
	if (text)
		(void)err_set(&x->err, ERR_INVALID, "line %d, column %d: not well-formed: %s",
			      e->line, e->int2, text);
	else
		(void)err_set(&x->err, ERR_INVALID,
			      "line %d, column %d: not well-formed (libxml2 code %d)", e->line,
			      e->int2, e->code);
	stop(x);
}

static void on_doctype(void *ctx, _unused_ const xmlChar *name, _unused_ const xmlChar *external,
		       _unused_ const xmlChar *system)
{
	refuse(ctx, ERR_INVALID, "a DOCTYPE; files with one are not read");
}

/* --- values --- */

static void value_clear(struct value *v)
{
	buf_clear(&v->text);
	v->present = v->too_long = false;
}

static void value_add(struct value *v, struct span s)
{
	if (v->text.n + s.n > XML_FIELD_MAX)
		v->too_long = true;
	else if (!v->too_long)
		buf_add(&v->text, s);
}

/* The slot's value is to be this element's: an attribute's now, text as it comes. */
static void fill(struct xml *x, const struct xml_match_path *path, struct value *v,
		 const struct xml_match_attributes *all)
{
	if (v->present)
		return;
	if (path->kind == XML_ATTRIBUTE) {
		const struct xml_match_attribute *a = xml_match_attribute(all, &path->attribute);
		if (!a)
			return;
		v->present = true;
		value_add(v, xml_match_value(a));
		return;
	}
	v->present = true;
	if (path->kind == XML_NAME) {
		value_add(v, span_str((const char *)x->frames[x->depth].local));
		return;
	}
	assert(x->n_captures < CAPTURES_MAX);
	x->captures[x->n_captures++] = (struct capture){v, x->depth, path->kind == XML_TEXT};
}

/* --- what open elements keep --- */

static struct value *kept(struct frame *f, size_t slot, size_t n_slots)
{
	if (!f->kept) {
		f->kept = calloc(n_slots, sizeof(*f->kept));
		if (!f->kept)
			abort();
	}
	f->kept_mask[slot / 64] |= 1ULL << slot % 64;
	return &f->kept[slot];
}

static void forget_kept(struct frame *f)
{
	for (size_t w = 0; w < ARRAY_LEN(f->kept_mask); w++) {
		for (uint64_t m = f->kept_mask[w]; m; m &= m - 1)
			value_clear(&f->kept[w * 64 + (size_t)__builtin_ctzll(m)]);
		f->kept_mask[w] = 0;
	}
}

static bool is_kept(const struct xml *x, const struct xml_match_path *path)
{
	return x->at_end || path->ups > 0;
}

/* Do the innermost open elements follow the path's steps, the last one being the current element?
 */
static bool chain_matches(const struct xml *x, const struct xml_match_path *path,
			  const struct xml_match_attributes *all)
{
	if (path->n > x->depth)
		return false;
	for (size_t i = 0; i < path->n; i++) {
		const struct frame *f = &x->frames[x->depth - i];
		const struct xml_match_step *s = &path->steps[path->n - 1 - i];
		if (!xml_match_step(s, f->local, f->uri, i == 0 ? all : NULL))
			return false;
	}
	return true;
}

static void keep(struct xml *x, const struct xml_match_attributes *all)
{
	for (size_t i = 0; i < x->n_slots; i++) {
		const struct xml_match_path *path = &x->slots[i];
		if (!is_kept(x, path) || !chain_matches(x, path, all))
			continue;
		if (path->kind == XML_ATTRIBUTE && !xml_match_attribute(all, &path->attribute))
			continue;
		fill(x, path, kept(&x->frames[x->depth - path->n], i, x->n_slots), all);
	}
}

/* --- records --- */

/* Where the start tag begins: the parser stands at its end. */
static void place_frame(struct xml *x, struct frame *f)
{
	const xmlParserInput *in = x->parser->input;
	const xmlChar *tag = memrchr(in->base, '<', (size_t)(in->cur - in->base));

	f->line = (uint64_t)in->line;
	if (!tag)
		tag = in->cur;
	for (const xmlChar *p = tag; p < in->cur; p++)
		f->line -= *p == '\n';
	f->offset = in->consumed + (uint64_t)(tag - in->base);
}

static void begin_record(struct xml *x, struct frame *f, const struct xml_match_attributes *all)
{
	x->record_depth = x->depth;
	for (size_t i = 0; i < x->n_slots; i++) {
		const struct xml_match_path *path = &x->slots[i];
		value_clear(&x->values[i]);
		f->states[i] = path->ups ? 0 : 1;
		if (!path->ups && path->n == 0)
			fill(x, path, &x->values[i], all);
	}
}

/* False if no path leads to or through the element. */
static bool follow_fields(struct xml *x, struct frame *f, const struct xml_match_attributes *all)
{
	const struct frame *parent = &x->frames[x->depth - 1];
	bool any = x->n_captures > 0;

	for (size_t i = 0; i < x->n_slots; i++) {
		bool final;
		f->states[i] = xml_match_advance(&x->slots[i], parent->states[i], f->local, f->uri,
						 all, &final);
		if (final)
			fill(x, &x->slots[i], &x->values[i], all);
		any = any || final || f->states[i];
	}
	return any;
}

static const struct value *slot_value(const struct xml *x, size_t i, unsigned depth)
{
	const struct xml_match_path *path = &x->slots[i];

	if (!is_kept(x, path))
		return &x->values[i];
	if (path->ups >= depth)
		return NULL;
	const struct frame *f = &x->frames[depth - path->ups];
	return f->kept_mask[i / 64] >> i % 64 & 1 ? &f->kept[i] : NULL;
}

static void give_record(struct xml *x, const struct frame *f)
{
	struct span values[XML_FIELDS_MAX];
	struct xml_record record = {f->line, f->offset, values, false, SIZE_MAX};
	const xmlParserInput *in = x->parser->input;

	for (size_t i = 0; i < x->n; i++) {
		const struct value *v = slot_value(x, i, x->depth);
		values[i] = v && v->present ? buf_span(&v->text) : SPAN_NONE;
		if (v && v->too_long && record.long_field == SIZE_MAX)
			record.long_field = i;
	}
	uint64_t end = in->consumed + (uint64_t)(in->cur - in->base);
	record.too_long = record.long_field != SIZE_MAX || end - f->offset > XML_RECORD_MAX;
	if (x->code == 0 && x->handler.record(x->handler.ctx, &record, &x->err) < 0)
		stop(x);
}

/* With [name]: did the element have a child or an attribute of that name? */
static bool holds(const struct xml *x)
{
	for (size_t i = x->n; i < x->n_slots; i++) {
		const struct value *v = slot_value(x, i, x->depth);
		if (v && v->present)
			return true;
	}
	return false;
}

/* --- what is not read --- */

/* Is this attribute of the current element what a path ends with or asks for? */
static bool is_attribute_read(const struct xml *x, const struct frame *f,
			      const struct xml_match_attributes *all,
			      const struct xml_match_attribute *a)
{
	const struct frame *parent = &x->frames[x->depth - 1];

	for (size_t i = 0; i < x->n_slots; i++) {
		const struct xml_match_path *path = &x->slots[i];
		bool final = x->depth == x->record_depth && path->n == 0;
		if (path->ups)
			continue;
		if (x->depth != x->record_depth)
			(void)xml_match_advance(path, parent->states[i], f->local, f->uri, all,
						&final);
		if (final && path->kind == XML_ATTRIBUTE &&
		    xml_match_name(&path->attribute, a->local, a->uri))
			return true;
		for (size_t s = 0; s < path->n; s++)
			if (path->steps[s].has_attribute &&
			    xml_match_name(&path->steps[s].attribute, a->local, a->uri))
				return true;
	}
	return false;
}

static void note_unread(struct xml *x, const struct frame *f,
			const struct xml_match_attributes *all, bool read)
{
	uint64_t place = x->frames[x->record_depth].offset;
	struct xml_name_met *met;
	bool first;

	if (x->unread_depth || !x->handler.unread)
		return;
	if (!read) {
		x->unread_depth = x->depth;
		met = xml_names_meet(&x->names, f->local, NULL, &first);
		if (met) {
			met->unread = true;
			xml_names_count(met, place);
		}
		return;
	}
	for (size_t i = 0; i < all->n; i++) {
		met = xml_names_meet(&x->names, f->local, all->p[i].local, &first);
		if (first)
			met->unread = !is_attribute_read(x, f, all, &all->p[i]);
		if (met && met->unread)
			xml_names_count(met, place);
	}
}

/* --- the parser's calls --- */

static void on_start(void *ctx, const xmlChar *local, _unused_ const xmlChar *prefix,
		     const xmlChar *uri, _unused_ int n_namespaces,
		     _unused_ const xmlChar **namespaces, int n_attributes,
		     _unused_ int n_defaulted, const xmlChar **attributes)
{
	struct xml *x = ctx;
	const struct xml_match_attributes all = {
	    (const struct xml_match_attribute *)(const void *)attributes, (size_t)n_attributes};
	bool final;

	if (x->code < 0)
		return;
	if (x->depth == XML_DEPTH_MAX) {
		refuse(x, ERR_LIMIT, "more than 64 elements within each other");
		return;
	}
	if (xmlDictSize(x->parser->dict) > NAMES_MAX) {
		refuse(x, ERR_LIMIT, "more than 16,384 different names");
		return;
	}
	struct frame *f = &x->frames[++x->depth];
	const struct frame *parent = f - 1;
	f->local = local;
	f->uri = uri;
	f->is_record = false;
	forget_kept(f);
	if (x->record_depth) {
		note_unread(x, f, &all, follow_fields(x, f, &all));
		return;
	}
	f->record_state =
	    xml_match_advance(&x->record, parent->record_state, f->local, f->uri, &all, &final);
	keep(x, &all);
	if (!final)
		return;
	f->is_record = true;
	place_frame(x, f);
	if (!x->at_end) {
		begin_record(x, f, &all);
		note_unread(x, f, &all, true);
	}
}

static void on_end(void *ctx, _unused_ const xmlChar *local, _unused_ const xmlChar *prefix,
		   _unused_ const xmlChar *uri)
{
	struct xml *x = ctx;

	if (x->code < 0)
		return;
	const struct frame *f = &x->frames[x->depth];
	while (x->n_captures && x->captures[x->n_captures - 1].depth == x->depth)
		x->n_captures--;
	if (f->is_record && (!x->at_end || holds(x)))
		give_record(x, f);
	if (x->record_depth == x->depth)
		x->record_depth = 0;
	if (x->unread_depth == x->depth)
		x->unread_depth = 0;
	x->depth--;
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
	struct xml *x = ctx;

	for (size_t i = 0; i < x->n_captures; i++)
		if (!x->captures[i].own_text || x->captures[i].depth == x->depth)
			value_add(x->captures[i].value, span_of((const char *)text, (size_t)n));
}

/* --- making --- */

static const xmlChar *intern(struct xml *x, const char *s)
{
	return s ? xmlDictLookup(x->parser->dict, (const xmlChar *)s, -1) : NULL;
}

static struct xml_match_name intern_name(struct xml *x, const struct xml_name *n)
{
	bool no_uri = n->uri && !n->uri[0];

	return (struct xml_match_name){intern(x, n->local), no_uri ? NULL : intern(x, n->uri),
				       no_uri};
}

static void intern_path(struct xml *x, const struct xml_path *from, struct xml_match_path *to)
{
	to->ups = from->ups;
	to->kind = from->kind;
	to->n = from->n;
	to->attribute = intern_name(x, &from->attribute);
	for (size_t i = 0; i < from->n; i++) {
		const struct xml_step *s = &from->steps[i];
		to->steps[i] =
		    (struct xml_match_step){intern_name(x, &s->name), intern_name(x, &s->attribute),
					    s->descend, s->has_attribute, s->value};
	}
}

/* [name] as two paths: a child or an attribute. */
static void add_held(struct xml *x, const char *name)
{
	const struct xml_path child = {.steps = {{.name = {.local = name}}}, .n = 1};
	const struct xml_path attribute = {.kind = XML_ATTRIBUTE, .attribute = {.local = name}};

	x->at_end = true;
	intern_path(x, &child, &x->slots[x->n_slots++]);
	intern_path(x, &attribute, &x->slots[x->n_slots++]);
}

struct xml *xml_new(const struct xml_path *record, const struct xml_path *fields, size_t n,
		    const struct xml_handler *handler)
{
	struct xml *x = calloc(1, sizeof(*x));

	if (!x)
		abort();
	x->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
				 .internalSubset = on_doctype,
				 .startElementNs = on_start,
				 .endElementNs = on_end,
				 .characters = on_text,
				 .ignorableWhitespace = on_text,
				 .cdataBlock = on_text,
				 .serror = on_error};
	x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL);
	if (!x->parser)
		abort();
	/* NOENT: the five entities in attributes come as characters; there are no others without a
	 * DTD. */
	(void)xmlCtxtUseOptions(x->parser,
				XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
	/* It is UTF-8 by now: nothing is to be guessed from the first bytes. */
	(void)xmlSwitchEncoding(x->parser, XML_CHAR_ENCODING_UTF8);
	x->handler = *handler;
	x->n = x->n_slots = n;
	intern_path(x, record, &x->record);
	for (size_t i = 0; i < n; i++)
		intern_path(x, &fields[i], &x->slots[i]);
	if (record->holds)
		add_held(x, record->holds);
	x->frames[0].record_state = 1;
	return x;
}

void xml_free(struct xml *x)
{
	if (!x)
		return;
	xmlFreeParserCtxt(x->parser);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		buf_done(&x->values[i].text);
	for (size_t d = 0; d <= XML_DEPTH_MAX; d++) {
		for (size_t i = 0; x->frames[d].kept && i < x->n_slots; i++)
			buf_done(&x->frames[d].kept[i].text);
		free(x->frames[d].kept);
	}
	free(x);
}

int xml_feed(struct xml *x, struct span text, bool last, struct err *err)
{
	const char *why = NULL;
	size_t n = xml_guard_pass(&x->guard, text, &why);

	if (x->code == 0 && n)
		(void)xmlParseChunk(x->parser, text.p, (int)n, 0);
	if (x->code == 0 && why)
		refuse(x, ERR_LIMIT, why);
	if (x->code == 0 && last)
		(void)xmlParseChunk(x->parser, "", 0, 1);
	if (x->code == 0 && last && !x->parser->wellFormed)
		refuse(x, ERR_INVALID, "not well-formed");
	if (x->code == 0 && last && x->handler.unread)
		xml_names_report(&x->names, x->handler.unread, x->handler.ctx);
	if (x->code < 0 && err)
		*err = x->err;
	return x->code;
}

bool xml_root_fits(const struct xml *x)
{
	return x->frames[1].record_state || x->frames[1].is_record;
}

uint64_t xml_unbound(const struct xml *x)
{
	return x->unbound;
}
