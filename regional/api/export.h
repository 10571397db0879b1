/* What is asked for as JSON or taken along as CSV: which of them, and sending the file. */
#pragma once

#include "http/httpd.h"

/* What the parameter `format` says ("csv", "json"; SPAN_NONE: nothing), else what is accepted.
 * false: it has answered with 406. */
bool export_choose(struct httpd_rq *rq, struct span format, bool *ret_csv);
/* The file, under its name with the time: "audit_2026-11-22T1805Z.csv". next: the header
 * X-Next-Cursor; NULL or "": there is no more. Takes the bytes. */
void export_answer(struct httpd_rq *rq, const char *name, const char *next, struct buf *b);
