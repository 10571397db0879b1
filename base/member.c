#include "base/member.h"

void member_span(struct buf *out, const char *key, struct span s)
{
	buf_addf(out, ",\"%s\":", key);
	if (s.p)
		buf_add_json(out, s);
	else
		buf_adds(out, "null");
}

void member_text(struct buf *out, const char *key, const char *s)
{
	member_span(out, key, span_str(s));
}

void member_time(struct buf *out, const char *key, usec_t at)
{
	char text[CLOCK_RFC3339_MAX];

	member_text(out, key, at == USEC_NONE ? NULL : clock_format_rfc3339(at, text));
}
