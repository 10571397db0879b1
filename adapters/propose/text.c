/* UTF-8 and byte order marks show themselves. Among the sets of one byte a character, the one in
 * which the bytes above 127 are letters of our languages. */
#include <strings.h>

#include "adapters/charset.h"
#include "adapters/propose/layout.h"

struct set {
	const char *name;
	const char *letters; /* æ ø å Æ Ø Å ä ö ü Ä Ö Ü ß é */
};

static const struct set sets[] = {
    {"windows-1252", "\xE6\xF8\xE5\xC6\xD8\xC5\xE4\xF6\xFC\xC4\xD6\xDC\xDF\xE9"},
    {"cp850", "\x91\x9B\x86\x92\x9D\x8F\x84\x94\x81\x8E\x99\x9A\xE1\x82"},
    {"macintosh", "\xBE\xBF\x8C\xAE\xAF\x81\x8A\x9A\x9F\x80\x85\x86\xA7\x8E"},
};

static size_t count_in(const char *letters, struct span bytes, size_t *ret_high)
{
	size_t n = 0;

	*ret_high = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		if (!((unsigned char)bytes.p[i] & 0x80))
			continue;
		(*ret_high)++;
		n += strchr(letters, bytes.p[i]) != NULL;
	}
	return n;
}

/* NUL bytes at every second place. */
static const char *wide(struct span bytes)
{
	size_t nul[2] = {0}, look = bytes.n < 4096 ? bytes.n : 4096;

	for (size_t i = 0; i < look; i++)
		nul[i & 1] += bytes.p[i] == '\0';
	if (nul[1] > look / 4 && nul[0] < look / 50 + 1)
		return "utf-16le";
	return nul[0] > look / 4 && nul[1] < look / 50 + 1 ? "utf-16be" : NULL;
}

static const char *single_byte(struct proposal *p, struct span bytes)
{
	size_t best = 0, high = 0, most = 0;

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		size_t n = count_in(sets[i].letters, bytes, &high);
		if (n > most) {
			most = n;
			best = i;
		}
	}
	propose_guess(p, most * 2 > high ? LIKELY : UNSURE, "encoding", sets[best].name,
		      "not UTF-8; in %s %zu of %zu bytes above 127 are letters of our languages",
		      sets[best].name, most, high);
	return sets[best].name;
}

static const char *encoding_of(struct proposal *p, struct span bytes, bool is_xml)
{
	char name[CHARSET_NAME_MAX];

	if (span_starts(bytes, SPAN("\xEF\xBB\xBF")) || span_starts(bytes, SPAN("\xFF\xFE")) ||
	    span_starts(bytes, SPAN("\xFE\xFF"))) {
		propose_guess(p, SURE, "encoding", "by its byte order mark",
			      "the file begins with a byte order mark");
		return NULL;
	}
	const char *wide_name = wide(bytes);
	if (wide_name) {
		propose_guess(p, LIKELY, "encoding", wide_name, "every second byte is zero");
		return wide_name;
	}
	if (is_xml && charset_of_xml(bytes, name))
		return NULL;
	struct span whole = span_of(bytes.p, span_utf8_whole(bytes));
	if (span_is_utf8(whole, NULL)) {
		size_t high;
		(void)count_in("", bytes, &high);
		if (high)
			propose_guess(p, SURE, "encoding", "utf-8", "all of it is valid UTF-8");
		return NULL;
	}
	return single_byte(p, bytes);
}

int layout_text(struct proposal *p, struct span bytes, bool is_xml, struct layout *l,
		struct span *ret, struct err *err)
{
	_cleanup_(charset_freep) struct charset *c = NULL;
	char declared[CHARSET_NAME_MAX];
	const char *name = l->encoding = encoding_of(p, bytes, is_xml);

	/* "utf-16" over bytes that are not: a program wrote what it had in memory. */
	if (!name && is_xml && charset_of_xml(bytes, declared) &&
	    strncasecmp(declared, "utf-16", 6) != 0)
		name = declared;
	int r = charset_new(name, NULL, &c, err);
	if (r < 0)
		return r;
	*ret = arena_span(&p->arena, charset_decode(c, bytes, true));
	return 0;
}

int layout_narrow(struct proposal *p, struct span bytes, struct span *ret, struct err *err)
{
	_cleanup_(charset_freep) struct charset *c = NULL;
	bool is_marked =
	    span_starts(bytes, SPAN("\xFF\xFE")) || span_starts(bytes, SPAN("\xFE\xFF"));
	const char *name = is_marked ? NULL : wide(bytes);

	*ret = bytes;
	if (!is_marked && !name)
		return 0;
	int r = charset_new(name, NULL, &c, err);
	if (r == 0)
		*ret = arena_span(&p->arena, charset_decode(c, bytes, true));
	return r;
}
