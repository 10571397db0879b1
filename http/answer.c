/* Filling an answer. It is only kept here; httpd.c sends it, now or when the request is resumed. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/digest.h"
#include "http/gzip.h"
#include "http/media.h"
#include "http/priv.h"

static const struct {
	int status;
	const char *title;
} titles[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
};

const char *httpd_status_title(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static struct span header_value(struct httpd_rq *rq, const char *format, va_list ap)
{
	char value[4096];

	(void)vsnprintf(value, sizeof(value), format, ap);
	return span_str(arena_strdup(&rq->arena, value));
}

static struct httpd_pair *new_header(struct httpd_rq *rq, const char *name)
{
	struct httpd_priv *p = rq->priv;

	assert(p->n_out < ARRAY_LEN(p->out));
	p->out[p->n_out].name = span_str(arena_strdup(&rq->arena, name));
	return &p->out[p->n_out++];
}

void httpd_set_header(struct httpd_rq *rq, const char *name, const char *format, ...)
{
	struct httpd_priv *p = rq->priv;
	va_list ap;
	size_t i = 0;

	while (i < p->n_out && strcmp(p->out[i].name.p, name) != 0)
		i++;
	struct httpd_pair *header = i < p->n_out ? &p->out[i] : new_header(rq, name);
	va_start(ap, format);
	header->value = header_value(rq, format, ap);
	va_end(ap);
}

void httpd_add_header(struct httpd_rq *rq, const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	new_header(rq, name)->value = header_value(rq, format, ap);
	va_end(ap);
}

static struct httpd_priv *answer(struct httpd_rq *rq, int status, const char *type)
{
	struct httpd_priv *p = rq->priv;

	assert(!p->answered);
	p->answered = true;
	p->type = type;
	rq->status = status;
	return p;
}

void httpd_answer(struct httpd_rq *rq, int status, const char *type, struct span body)
{
	answer(rq, status, type)->content = body;
}

void httpd_answer_buf(struct httpd_rq *rq, int status, const char *type, struct buf *body)
{
	answer(rq, status, type)->own = *body;
	*body = BUF_INIT;
}

void httpd_answer_file(struct httpd_rq *rq, int status, const char *type, int fd)
{
	struct httpd_priv *p = answer(rq, status, type);

	p->has_file = true;
	p->file = fd;
}

static void problem(struct httpd_rq *rq, int status, const char *code, const char *parameter,
		    const char *format, va_list ap)
{
	struct buf b = BUF_INIT;
	char detail[1024];

	(void)vsnprintf(detail, sizeof(detail), format, ap);
	buf_addf(&b,
		 "{\"type\":\"urn:bedpost:problem:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":",
		 code, httpd_status_title(status), status);
	/* A detail can name what the client sent, and may have cut it in the
	 * middle of a character. */
	buf_add_json(&b,
		     span_is_utf8(span_str(detail), NULL) ? span_str(detail) : SPAN("not UTF-8"));
	if (parameter) {
		buf_adds(&b, ",\"parameter\":");
		buf_add_json(&b, span_str(parameter));
	}
	buf_adds(&b, "}\n");
	httpd_answer_buf(rq, status, "application/problem+json", &b);
}

void httpd_problem(struct httpd_rq *rq, int status, const char *code, const char *detail, ...)
{
	va_list ap;

	va_start(ap, detail);
	problem(rq, status, code, NULL, detail, ap);
	va_end(ap);
}

void httpd_bad_parameter(struct httpd_rq *rq, const char *name, const char *detail, ...)
{
	va_list ap;

	va_start(ap, detail);
	problem(rq, 400, "bad-parameter", name, detail, ap);
	va_end(ap);
}

struct span httpd_query(const struct httpd_rq *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_query; i++)
		if (span_eq_str(rq->query[i].name, name))
			return rq->query[i].value.p ? rq->query[i].value : SPAN("");
	return SPAN_NONE;
}

/* If-None-Match: a list of tags, weak or not, or "*". Weak comparison (RFC 9110, 13.1.2). */
static bool names_tag(struct span list, struct span tag)
{
	struct span item;

	while (span_cut(&list, ',', &item)) {
		item = span_trim(item);
		if (span_starts(item, SPAN("W/")))
			item = span_of(item.p + 2, item.n - 2);
		if (span_eq(item, tag) || span_eq(item, SPAN("*")))
			return true;
	}
	return false;
}

static bool was_set(const struct httpd_priv *p, struct span name)
{
	for (size_t i = 0; i < p->n_out; i++)
		if (span_eq_nocase(p->out[i].name, name))
			return true;
	return false;
}

bool httpd_not_modified_tag(struct httpd_rq *rq, const char *tag)
{
	const char *quoted = arena_printf(&rq->arena, "\"%.64s\"", tag);

	/* Weak: the same tag goes with the plain and the compressed form. */
	httpd_set_header(rq, "ETag", "W/%s", quoted);
	if ((strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0) &&
	    !was_set(rq->priv, SPAN("Cache-Control")))
		httpd_set_header(rq, "Cache-Control", "private, no-cache");
	if (!names_tag(httpd_header(rq, "If-None-Match"), span_str(quoted)))
		return false;
	httpd_answer(rq, 304, NULL, SPAN(""));
	return true;
}

bool httpd_not_modified(struct httpd_rq *rq, struct span bytes)
{
	struct digest d = digest_of(bytes);
	char hex[DIGEST_HEX + 1];

	digest_hex(&d, hex)[32] = '\0';
	return httpd_not_modified_tag(rq, hex);
}

/* ---- before it is sent ---- */

static const struct httpd_pair security_headers[] = {
    {SPAN("X-Content-Type-Options"), SPAN("nosniff")},
    {SPAN("X-Frame-Options"), SPAN("DENY")},
    {SPAN("Referrer-Policy"), SPAN("same-origin")},
    {SPAN("Cross-Origin-Opener-Policy"), SPAN("same-origin")},
    {SPAN("Cross-Origin-Resource-Policy"), SPAN("same-origin")},
    {SPAN("Permissions-Policy"), SPAN("camera=(), geolocation=(), microphone=()")},
    {SPAN("Content-Security-Policy"),
     SPAN("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src "
	  "'self'; "
	  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
	  "frame-ancestors 'none'")},
    {SPAN("Cache-Control"), SPAN("no-store")},
};

/* Smaller answers fit in a packet or two as they are. */
#define GZIP_MIN 2048

static bool is_text(const char *type)
{
	return type &&
	       (strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0);
}

static void compress(struct httpd_rq *rq)
{
	struct httpd_priv *p = rq->priv;
	struct buf smaller = BUF_INIT;

	if (p->own.n < GZIP_MIN || !is_text(p->type) || p->stream ||
	    was_set(p, SPAN("Content-Encoding")))
		return;
	httpd_set_header(rq, "Vary", "Accept-Encoding");
	if (!media_accepts_coding(httpd_header(rq, "Accept-Encoding"), SPAN("gzip")))
		return;
	if (gzip(buf_span(&p->own), GZIP_QUICK, &smaller)) {
		httpd_set_header(rq, "Content-Encoding", "gzip");
		buf_done(&p->own);
		p->own = smaller;
	} else {
		buf_done(&smaller);
	}
}

void answer_finish(struct httpd_rq *rq, bool tls, bool closing)
{
	struct httpd_priv *p = rq->priv;

	compress(rq);
	for (size_t i = 0; i < ARRAY_LEN(security_headers); i++)
		if (!was_set(p, security_headers[i].name))
			p->out[p->n_out++] = security_headers[i];
	if (tls)
		httpd_set_header(rq, "Strict-Transport-Security", "max-age=31536000");
	if (p->type)
		httpd_set_header(rq, "Content-Type", "%s", p->type);
	if (closing)
		httpd_set_header(rq, "Connection", "close");
}
