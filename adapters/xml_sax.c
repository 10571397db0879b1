/* The only caller of libxml2. Its error texts quote the file, so that they never leave this file;
 * only the code, line and column do. */
#include "adapters/xml_sax.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>

#define NAMES_MAX 16384 /* different names in a file: xmlDict slows down with more */

/* --- failing --- */

void xml_sax_stop(struct xml_sax *s)
{
	s->code = -(int)s->err.code;
	xmlStopParser(s->parser);
}

static int column_of(const struct xml_sax *s, int line, int column)
{
	return line == 1 && column > s->lead ? column - s->lead : column;
}

static unsigned long long line_of(const struct xml_sax *s, int line)
{
	return (unsigned long long)line + s->lines;
}

void xml_sax_refuse(struct xml_sax *s, enum err_code code, const char *why)
{
	if (s->code < 0)
		return;
	int line = xmlSAX2GetLineNumber(s->parser), column = xmlSAX2GetColumnNumber(s->parser);
	(void)err_set(&s->err, code, "line %llu, column %d: %s", line_of(s, line),
		      column_of(s, line, column), why);
	xml_sax_stop(s);
}

static const struct {
	int code;
	const char *text;
} sentences[] = {
    {XML_ERR_INTERNAL_ERROR,
     "something that is neither element nor text, is cut, or is longer than 10 MB"},
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
    {XML_ERR_RESERVED_XML_NAME,
     "an XML declaration that is not at the start: text before it, or a second document"},
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

/* What is not well-formed ends the reading, too. */
static void break_off(struct xml_sax *s, int line, int column, int code)
{
	const char *text = sentence_of(code);
	char number[48];

	(void)snprintf(number, sizeof(number), "libxml2's error %d", code);
	(void)err_set(&s->err, ERR_INVALID, "line %llu, column %d: not well-formed: %s",
		      line_of(s, line), column_of(s, line, column), text ? text : number);
	s->is_broken = true;
	s->broken_at = xml_sax_offset(s);
	s->broken_line = line;
	s->broken_column = column;
	xml_sax_stop(s);
}

static void on_error(void *ctx, xmlErrorPtr e)
{
	struct xml_sax *s = ctx;

	if (e->domain == XML_FROM_NAMESPACE && e->level != XML_ERR_FATAL) {
		s->unbound += e->code == XML_NS_ERR_UNDEFINED_NAMESPACE;
		return;
	}
	if (e->level != XML_ERR_FATAL || s->code < 0)
		return;
	bool is_cut = e->code == XML_ERR_DOCUMENT_END && s->parser->nameNr > 0;
	break_off(s, e->line, e->int2, is_cut ? XML_ERR_TAG_NOT_FINISHED : e->code);
}

static void on_doctype(void *ctx, _unused_ const xmlChar *name, _unused_ const xmlChar *external,
		       _unused_ const xmlChar *system)
{
	xml_sax_refuse(ctx, ERR_INVALID, "a DOCTYPE; files with one are not read");
}

/* --- for the handlers --- */

/* The parser stands at the tag's end. */
_hot_ void xml_sax_tag_place(const struct xml_sax *s, uint64_t *ret_line, uint64_t *ret_offset)
{
	const xmlParserInput *in = s->parser->input;
	const xmlChar *tag = memrchr(in->base, '<', (size_t)(in->cur - in->base));

	*ret_line = (uint64_t)in->line + s->lines;
	if (!tag)
		tag = in->cur;
	for (const xmlChar *p = tag; (p = memchr(p, '\n', (size_t)(in->cur - p))); p++)
		--*ret_line;
	*ret_offset = s->origin + in->consumed + (uint64_t)(tag - in->base);
}

_hot_ uint64_t xml_sax_offset(const struct xml_sax *s)
{
	const xmlParserInput *in = s->parser->input;

	return s->origin + in->consumed + (uint64_t)(in->cur - in->base);
}

struct span xml_sax_tag(const struct xml_sax *s)
{
	const xmlParserInput *in = s->parser->input;
	const xmlChar *tag = memrchr(in->base, '<', (size_t)(in->cur - in->base));

	return tag ? span_of((const char *)tag, (size_t)(in->cur - tag)) : SPAN("");
}

_hot_ bool xml_sax_has_too_many_names(const struct xml_sax *s)
{
	return xmlDictSize(s->parser->dict) > NAMES_MAX;
}

const unsigned char *xml_sax_intern(struct xml_sax *s, const char *name)
{
	return name ? xmlDictLookup(s->parser->dict, (const xmlChar *)name, -1) : NULL;
}

/* --- the parser --- */

void xml_sax_init(struct xml_sax *s, const struct xml_sax_handler *handler)
{
	xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
			     .internalSubset = on_doctype,
			     .startElementNs = handler->start,
			     .endElementNs = handler->end,
			     .characters = handler->text,
			     .ignorableWhitespace = handler->text,
			     .cdataBlock = handler->text,
			     .serror = on_error};

	*s = (struct xml_sax){.parser = xmlCreatePushParserCtxt(&sax, s, NULL, 0, NULL)};
	if (!s->parser)
		abort();
	/* NOENT: the five entities in attributes come as characters; there are no others without a
	 * DTD. */
	(void)xmlCtxtUseOptions(s->parser,
				XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
	/* It is UTF-8 by now: nothing is to be guessed from the first bytes. */
	(void)xmlSwitchEncoding(s->parser, XML_CHAR_ENCODING_UTF8);
}

void xml_sax_done(struct xml_sax *s)
{
	if (s->parser)
		xmlFreeParserCtxt(s->parser);
	s->parser = NULL;
}

int xml_sax_feed(struct xml_sax *s, struct span text, bool last, struct err *err)
{
	const char *why = NULL;
	size_t n = xml_guard_pass(&s->guard, text, &why);

	if (s->code == 0 && n)
		(void)xmlParseChunk(s->parser, text.p, (int)n, 0);
	if (s->code == 0 && why)
		xml_sax_refuse(s, ERR_LIMIT, why);
	if (s->code == 0 && last)
		(void)xmlParseChunk(s->parser, "", 0, 1);
	if (s->code == 0 && last && !s->parser->wellFormed)
		xml_sax_refuse(s, ERR_INVALID, "not well-formed");
	if (s->code < 0 && err)
		*err = s->err;
	return s->code;
}
