/* Follows the text just as far as to know what is a declaration: a < stands in no attribute, so
 * that only comments, CDATA sections and processing instructions hide one. What the end of a piece
 * cuts is held back. */
#include "adapters/hl7_xml_join.h"

#include <string.h>

#define OPENING_MAX 10 /* characters that say what a < begins: "<!DOCTYPE" and one more */

enum join_state { IN_TEXT, IN_DECLARATION, IN_DOCTYPE, IN_SUBSET, IN_COMMENT, IN_CDATA, IN_PI };

static const struct opening {
	struct span text;
	enum join_state state;
} openings[] = {
    {{"<?xml", 5}, IN_DECLARATION}, /* and white space */
    {{"<!DOCTYPE", 9}, IN_DOCTYPE}, {{"<!--", 4}, IN_COMMENT},
    {{"<![CDATA[", 9}, IN_CDATA},   {{"<?", 2}, IN_PI},
};

void hl7_xml_join_init(struct hl7_xml_join *j)
{
	*j = (struct hl7_xml_join){.state = IN_TEXT, .blank = true};
}

void hl7_xml_join_done(struct hl7_xml_join *j)
{
	buf_done(&j->held);
	buf_done(&j->out);
}

static bool is_framing(char c)
{
	return c == 0x0B || c == 0x1C || c == 0x1A || c == 0;
}

/* Of text: up to the next <, or to what may be a byte order mark, of three bytes, that is cut. */
static size_t pass_text(struct hl7_xml_join *j, char *p, size_t n, bool last)
{
	size_t i = 0;
	for (; i < n && p[i] != '<'; i++) {
		if (j->blank && !last && (unsigned char)p[i] == 0xEF && n - i < 3)
			break;
		if (p[i] == '>') {
			j->blank = true;
		} else if (j->blank && is_framing(p[i])) {
			p[i] = ' ';
		} else if (j->blank && n - i >= 3 && memcmp(p + i, "\xEF\xBB\xBF", 3) == 0) {
			memset(p + i, ' ', 3);
		} else if ((unsigned char)p[i] > ' ') {
			j->blank = false;
		}
	}
	return i;
}

static enum join_state opening_of(struct span at)
{
	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		struct span o = openings[i].text;
		if (!span_starts(at, o))
			continue;
		if (openings[i].state == IN_DECLARATION &&
		    (at.n == o.n || (unsigned char)at.p[o.n] > ' '))
			continue;
		if (openings[i].state == IN_DOCTYPE) {
			const char *end = memchr(at.p, '>', at.n),
				   *subset = memchr(at.p, '[', at.n);
			if (!end || (subset && subset < end))
				return IN_SUBSET;
		}
		return openings[i].state;
	}
	return IN_TEXT;
}

/* To behind the end of what the state is in. */
static size_t pass_inside(struct hl7_xml_join *j, char *p, size_t n)
{
	bool blank = j->state == IN_DECLARATION || j->state == IN_DOCTYPE;
	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		bool end = c == '>';
		if (j->state == IN_COMMENT)
			end = end && j->last[0] == '-' && j->last[1] == '-';
		else if (j->state == IN_CDATA)
			end = end && j->last[0] == ']' && j->last[1] == ']';
		else if (j->state != IN_DOCTYPE)
			end = end && j->last[1] == '?';
		j->last[0] = j->last[1];
		j->last[1] = c;
		if (blank && c != '\n' && c != '\r')
			p[i] = ' ';
		if (end) {
			j->state = IN_TEXT;
			j->blank = true;
			return i + 1;
		}
	}
	return n;
}

/* How much is surely to be passed now. */
static size_t pass(struct hl7_xml_join *j, char *p, size_t n, bool last)
{
	size_t i = 0;
	while (i < n) {
		if (j->state != IN_TEXT) {
			i += pass_inside(j, p + i, n - i);
			continue;
		}
		i += pass_text(j, p + i, n - i, last);
		if (i == n || p[i] != '<' || (n - i < OPENING_MAX && !last))
			break;
		struct span at = span_of(p + i, n - i);
		/* A DOCTYPE is short; its end tells what to do with it. */
		if (!last && at.n < 1024 && span_starts(at, SPAN("<!DOCTYPE")) &&
		    !memchr(at.p, '>', at.n))
			break;
		j->state = opening_of(at);
		j->refused = j->state == IN_SUBSET;
		if (j->refused)
			break;
		j->last[0] = j->last[1] = 0;
		j->blank = false;
		size_t opening = j->state == IN_COMMENT ? 4 : j->state == IN_CDATA ? 9 : 1;
		if (j->state == IN_DECLARATION || j->state == IN_DOCTYPE)
			p[i] = ' ';
		i += opening < n - i ? opening : n - i;
	}
	return i;
}

struct span hl7_xml_join_pass(struct hl7_xml_join *j, struct span text, bool last)
{
	if (j->refused)
		return SPAN("");
	buf_clear(&j->out);
	buf_add(&j->out, buf_span(&j->held));
	buf_add(&j->out, text);
	buf_clear(&j->held);
	size_t n = j->out.n ? pass(j, j->out.p, j->out.n, last) : 0;
	buf_add(&j->held, span_of(j->out.p + n, j->out.n - n));
	return span_of(j->out.p, n);
}
