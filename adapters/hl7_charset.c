/* Whole messages are decoded, not fields: in some sets (GB 18030, Big5) a delimiter's byte can be
 * the half of a character. */
#include "adapters/hl7_charset.h"

#include <string.h>

#include "adapters/charset.h"

#define MSH_CHARSET 18

/* Table 0211. 8859/1 is read as windows-1252, of which it is a part: senders write the one and mean
 * the other. */
static const struct {
	const char *code, *name;
} table_0211[] = {
    {"ASCII", ""},
    {"8859/1", "windows-1252"},
    {"8859/2", "iso-8859-2"},
    {"8859/3", "iso-8859-3"},
    {"8859/4", "iso-8859-4"},
    {"8859/5", "iso-8859-5"},
    {"8859/6", "iso-8859-6"},
    {"8859/7", "iso-8859-7"},
    {"8859/8", "iso-8859-8"},
    {"8859/9", "iso-8859-9"},
    {"8859/15", "iso-8859-15"},
    {"GB 18030-2000", "gb18030"},
    {"KS X 1001", "euc-kr"},
    {"BIG-5", "big5"},
    {"UNICODE UTF-8", "utf-8"},
    {"UTF-8", "utf-8"},
    {"UTF8", "utf-8"},
    {"UNICODE", ""}, /* of an encoding that is not said; UTF-16 shows by itself */
    {"UNICODE UTF-16", ""},
    {"UNICODE UTF-32", ""},
};

const char *hl7_charset_name(struct span code)
{
	char name[CHARSET_NAME_MAX];
	if (code.n == 0)
		return "";
	for (size_t i = 0; i < ARRAY_LEN(table_0211); i++)
		if (span_eq_nocase(code, span_str(table_0211[i].code)))
			return table_0211[i].name;
	/* Not HL7's, but what senders write: windows-1252, ISO-8859-1, cp850 */
	static const char *const others[] = {"windows-1252", "windows-1250", "iso-8859-1",
					     "iso-8859-15",  "cp1252",	     "cp850",
					     "cp865",	     "latin1"};
	if (code.n >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (span_eq_nocase(code, span_str(others[i])))
			return others[i];
	return NULL;
}

static struct span decode(const char *name, struct span bytes, struct buf *out)
{
	_cleanup_(charset_freep) struct charset *charset = NULL;
	buf_clear(out);
	if (charset_new(name, NULL, &charset, NULL) < 0)
		return bytes;
	buf_add(out, charset_decode(charset, bytes, true));
	return buf_span(out);
}

struct span hl7_charset_to_utf8(struct span bytes, struct hl7_message *m, struct arena *a,
				struct buf *out, const char **ret_name,
				enum hl7_charset_doubt *ret_doubt)
{
	struct field_ref ref = {.hl7 = {.segment = "MSH", .field = MSH_CHARSET}};
	*ret_doubt = HL7_CHARSET_SURE;
	*ret_name = "utf-8";
	if (span_is_ascii(bytes))
		return bytes;
	const char *line_end = memchr(bytes.p, '\r', bytes.n);
	struct span msh = span_of(bytes.p, line_end ? (size_t)(line_end - bytes.p) : bytes.n);
	struct span code = hl7_parse(m, msh, NULL) < 0 ? SPAN_NONE : hl7_get(m, &ref, 0, a);
	const char *name = hl7_charset_name(code);
	ref.hl7.repetition = 2;
	if (!name)
		*ret_doubt = HL7_CHARSET_UNKNOWN;
	else if (code.n && hl7_get(m, &ref, 0, a).n)
		*ret_doubt = HL7_CHARSET_SEVERAL;
	if (name && name[0]) {
		*ret_name = name;
		return decode(name, bytes, out);
	}
	if (span_is_utf8(bytes, NULL))
		return bytes;
	if (name)
		*ret_doubt = HL7_CHARSET_GUESSED;
	*ret_name = "windows-1252";
	return decode(*ret_name, bytes, out);
}

const char *hl7_charset_sniff(struct span head)
{
	static const struct {
		const char bytes[4];
		const char *name;
	} signs[] = {{{'M', 0, 'S', 0}, "utf-16le"}, {{0, 'M', 0, 'S'}, "utf-16be"},
		     {{'F', 0, 'H', 0}, "utf-16le"}, {{0, 'F', 0, 'H'}, "utf-16be"},
		     {{'B', 0, 'H', 0}, "utf-16le"}, {{0, 'B', 0, 'H'}, "utf-16be"}};
	for (size_t i = 0; head.n >= 4 && i < ARRAY_LEN(signs); i++)
		if (memcmp(head.p, signs[i].bytes, 4) == 0)
			return signs[i].name;
	return NULL;
}
