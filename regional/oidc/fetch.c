#include "regional/oidc/fetch.h"

#include <stdlib.h>

#include <curl/curl.h>

DEFINE_CLEANUP(CURL *, curl_easy_cleanup)
DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

static size_t take(char *bytes, size_t size, size_t n, void *user)
{
	struct buf *b = user;

	if (size * n > FETCH_MAX - b->n)
		return 0; /* ends the transfer */
	buf_add(b, span_of(bytes, size * n));
	return size * n;
}

/* Called about once a second; other than 0 ends the transfer. */
static int look_at_end(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const atomic_bool *end = user;

	(void)a, (void)b, (void)c, (void)d;
	return end && atomic_load(end);
}

static void add_header(struct curl_slist **list, const char *text)
{
	struct curl_slist *more = curl_slist_append(*list, text);

	if (!more)
		abort();
	*list = more;
}

static void set_up(CURL *easy, const struct fetch *f, struct buf *answer, char *why)
{
	(void)curl_easy_setopt(easy, CURLOPT_URL, f->url);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(FETCH_TIMEOUT / USEC_PER_MSEC));
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "bedpost");
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_at_end);
	(void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, (void *)f->end);
	if (f->ca_file)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, f->ca_file);
	if (f->form)
		(void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, f->form);
}

int fetch_json(const struct fetch *f, long *ret_status, json_t **ret, struct err *err)
{
	_cleanup_(curl_easy_cleanupp) CURL *easy = curl_easy_init();
	_cleanup_(curl_slist_free_allp) struct curl_slist *headers = NULL;
	_cleanup_(buf_done) struct buf answer = BUF_INIT, line = BUF_INIT;
	char why[CURL_ERROR_SIZE] = "";

	if (!easy)
		return err_set(err, ERR_NO_MEMORY, "libcurl does not start");
	set_up(easy, f, &answer, why);
	add_header(&headers, "Accept: application/json");
	if (f->bearer) {
		buf_addf(&line, "Authorization: Bearer %s", f->bearer);
		add_header(&headers, line.p);
	}
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(easy);
	if (code != CURLE_OK)
		return err_set(err, code == CURLE_WRITE_ERROR ? ERR_PROTOCOL : ERR_UNAVAILABLE,
			       "%.200s: %.250s", f->url,
			       code == CURLE_WRITE_ERROR ? "the answer is too large"
			       : why[0]			 ? why
							 : curl_easy_strerror(code));
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, ret_status);
	if (*ret_status == 429 || *ret_status >= 500)
		return err_set(err, ERR_UNAVAILABLE, "%.200s answered with status %ld", f->url,
			       *ret_status);
	*ret = json_loadb(answer.p ? answer.p : "", answer.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*ret))
		return 0;
	json_decref(TAKE_PTR(*ret));
	return err_set(err, ERR_PROTOCOL, "%.200s answered with status %ld and no JSON object",
		       f->url, *ret_status);
}

void fetch_add_field(struct buf *b, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	if (!escaped)
		abort();
	buf_addf(b, "%s%s=%s", b->n ? "&" : "", name, escaped);
	curl_free(escaped);
}

int fetch_setup(struct err *err)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
		   ? 0
		   : err_set(err, ERR_IO, "libcurl does not start");
}

void fetch_done(void)
{
	curl_global_cleanup();
}
