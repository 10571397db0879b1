#include "regional/api/export.h"

#include "http/media.h"

bool export_choose(struct httpd_rq *rq, struct span format, bool *ret_csv)
{
	struct span accept = httpd_header(rq, "Accept");
	bool json = format.p ? span_eq_str(format, "json")
			     : media_accepts(accept, SPAN("application/json"));

	httpd_set_header(rq, "Vary", "Accept");
	if (!json && !format.p && !media_accepts(accept, SPAN("text/csv"))) {
		httpd_problem(rq, 406, "not-acceptable", "there is application/json or text/csv");
		return false;
	}
	*ret_csv = !json;
	return true;
}

void export_answer(struct httpd_rq *rq, const char *name, const char *next, struct buf *b)
{
	char at[CLOCK_RFC3339_MAX];

	/* "2026-11-22T18:05:24Z": no colon in a file's name */
	clock_format_rfc3339(clock_now(), at);
	if (next && *next)
		httpd_set_header(rq, "X-Next-Cursor", "%s", next);
	httpd_set_header(rq, "Content-Disposition", "attachment; filename=\"%s_%.13s%.2sZ.csv\"",
			 name, at, at + 14);
	httpd_answer_buf(rq, 200, "text/csv; charset=utf-8", b);
}
