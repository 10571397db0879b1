#include "adapters/xml_text.h"

#include <string.h>
#include <strings.h>

#define HEAD_MAX 1024 /* bytes in which the XML declaration must stand */

/* The declaration of a file that is plainly one byte a character cannot mean two. */
static bool is_wide(const char *name)
{
	return strncasecmp(name, "utf-16", 6) == 0 || strncasecmp(name, "utf-32", 6) == 0 ||
	       strncasecmp(name, "ucs", 3) == 0 || strncasecmp(name, "iso-10646", 9) == 0;
}

/* Where the declaration may stand, which does not depend on how much came at once. */
static struct span start_of(const struct xml_text *t)
{
	return span_trim(span_of(t->head.p, t->head.n < HEAD_MAX ? t->head.n : HEAD_MAX));
}

static int open_charset(struct xml_text *t, const char *name, struct err *err)
{
	struct span head = start_of(t);
	char declared[CHARSET_NAME_MAX];

	if (!name && charset_of_xml(head, declared)) {
		name = declared;
		if (is_wide(declared) && head.p[0] && head.p[1])
			name = NULL;
		else if (!charset_is_known(declared))
			return err_set(
			    err, ERR_INVALID,
			    "line 1: the XML declaration names an encoding that is not known; "
			    "set the adapter's encoding");
	}
	return charset_new(name, NULL, &t->charset, err);
}

/* A declaration behind blank lines is none to XML. It has been read by now, and is blanked, so that
 * every line and offset stays what it is. */
static void blank_late_declaration(struct xml_text *t)
{
	struct span text = start_of(t);
	const char *end = span_starts(text, SPAN("<?xml")) ? memmem(text.p, text.n, "?>", 2) : NULL;

	if (end && text.p > t->head.p)
		memset(t->head.p + (text.p - t->head.p), ' ', (size_t)(end + 2 - text.p));
}

/* True when enough of the file is there to know its character set. */
static bool has_head(const struct xml_text *t, bool last)
{
	struct span head = start_of(t);

	return last || t->head.n >= HEAD_MAX ||
	       (head.n >= 5 &&
		(memcmp(head.p, "<?xml", 5) != 0 || memmem(head.p, head.n, "?>", 2)));
}

int xml_text_feed(struct xml_text *t, const char *encoding, struct span bytes, bool last,
		  struct span *ret, struct err *err)
{
	*ret = SPAN_NONE;
	if (!t->charset) {
		buf_add(&t->head, bytes);
		if (!has_head(t, last))
			return 0;
		int r = open_charset(t, encoding, err);
		if (r < 0)
			return r;
		blank_late_declaration(t);
		bytes = buf_span(&t->head);
	} else {
		buf_done(&t->head);
	}
	*ret = charset_decode(t->charset, bytes, last);
	t->any = t->any || ret->n;
	return 0;
}

void xml_text_done(struct xml_text *t)
{
	charset_free(t->charset);
	buf_done(&t->head);
	*t = (struct xml_text){0};
}
