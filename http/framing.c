#include "http/framing.h"

#include <string.h>

#include "http/priv.h"

static bool is_number(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

const char *framing_fault(struct span transfer_encoding, struct span content_length)
{
	if (transfer_encoding.p && content_length.p)
		return "Transfer-Encoding and Content-Length do not go together";
	if (transfer_encoding.p && !span_eq_nocase(span_trim(transfer_encoding), SPAN("chunked")))
		return "Transfer-Encoding: there is chunked, once";
	if (content_length.p && !is_number(span_trim(content_length)))
		return "Content-Length: expected one whole number, once";
	return NULL;
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			    s.p[i]) ||
		    !s.p[i])
			return false;
	return s.n > 0;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

/* Are there only separators from one place in the head to a later one? */
static bool is_between(const char *from, const char *to, const char *end)
{
	if (from > to || to > end)
		return false;
	for (; from < to; from++)
		if (*from && !strchr(" \t\r\n", *from))
			return false;
	return true;
}

static const char *line_fault(struct span head, const struct httpd_pair *line, const char *next)
{
	const char *colon = line->name.p + line->name.n, *end = head.p + head.n;

	if (!is_token(line->name))
		return "a header's name is letters, digits and a few signs, and ends with its "
		       "colon";
	if (line->name.p < head.p || !is_between(colon + 1, line->value.p, end) ||
	    !is_between(line->value.p + line->value.n, next, end))
		return "a header is one line of text";
	return is_text(line->value) ? NULL : "a header has no control characters";
}

const char *framing_head_fault(struct span head, const struct httpd_pair *lines, size_t n)
{
	const char *fault = NULL, *end = head.p + head.n;

	for (size_t i = 0; i < n && !fault; i++)
		fault = line_fault(head, &lines[i], i + 1 < n ? lines[i + 1].name.p : end);
	return fault;
}

static size_t count_lines(const struct httpd_priv *p, struct span name)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_lines; i++)
		n += span_eq_nocase(p->lines[i].name, name);
	return n;
}

static const char *fault_of(struct httpd_rq *rq)
{
	const struct httpd_priv *p = rq->priv;
	const char *fault = framing_head_fault(p->head, p->lines, p->n_lines);
	struct span coding = httpd_header_joined(rq, "Transfer-Encoding");

	if (fault)
		return fault;
	if (count_lines(p, SPAN("Host")) > 1)
		return "Host: expected once";
	if (coding.p && p->is_old)
		return "Transfer-Encoding: HTTP/1.0 has none";
	return framing_fault(coding, httpd_header_joined(rq, "Content-Length"));
}

bool framing_is_good(struct httpd_rq *rq)
{
	const char *fault = fault_of(rq);

	if (!fault)
		return true;
	rq->priv->cut = true;
	httpd_set_header(rq, "Connection", "close");
	httpd_problem(rq, 400, "bad-framing", "%s", fault);
	return false;
}
