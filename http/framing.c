#include "http/framing.h"

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

/* With a space before the colon it is another header to some and the same to others. */
static bool is_blurred(struct httpd_rq *rq)
{
	static const char *const names[] = {"Transfer-Encoding ", "Transfer-Encoding\t",
					    "Content-Length ", "Content-Length\t"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (httpd_header_joined(rq, names[i]).p)
			return true;
	return false;
}

bool framing_is_good(struct httpd_rq *rq)
{
	const char *fault = is_blurred(rq)
				? "a header's name ends with its colon"
				: framing_fault(httpd_header_joined(rq, "Transfer-Encoding"),
						httpd_header_joined(rq, "Content-Length"));

	if (!fault)
		return true;
	rq->priv->cut = true;
	httpd_set_header(rq, "Connection", "close");
	httpd_problem(rq, 400, "bad-framing", "%s", fault);
	return false;
}
