/* One easy handle under one multi handle: the multi is what lets a signal or the outbox's wake
 * socket interrupt a request, since its poll takes other descriptors too. It also keeps the
 * connection between requests.
 *
 * What curl says of a failure goes to people, so it is put in their words; which kind it is decides
 * how it is retried (a name that does not resolve heals, a certificate that does not verify does
 * not). */
#include "syncd/transport_https.h"

#include <assert.h>
#include <string.h>

#include <curl/curl.h>

#include "base/cleanup.h"
#include "bed/wire.h"
#include "syncd/backoff.h"
#include "syncd/line.h"
#include "syncd/probe.h"

#define POLL_FDS_MAX 8
#define URL_PATH     "/api/v1/events"

struct https {
	struct transport base;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char why[CURL_ERROR_SIZE];
	struct buf answer;
	bool answer_too_long;
	usec_t retry_after;
	bool busy;
	struct transport_reply reply;
};

static struct https *of(struct transport *t)
{
	return (struct https *)t;
}

static size_t on_body(char *p, size_t size, size_t n, void *user)
{
	struct https *h = user;

	(void)size; /* always 1 */
	if (h->answer.n + n > TRANSPORT_ANSWER_MAX) {
		h->answer_too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&h->answer, span_of(p, n));
	return n;
}

static size_t on_header(char *p, size_t size, size_t n, void *user)
{
	struct https *h = user;
	struct span rest = span_of(p, n), name;

	(void)size;
	if (span_starts(rest, SPAN("HTTP/"))) {
		h->retry_after = 0; /* an interim answer's fields are not those of the answer */
	} else if (span_cut(&rest, ':', &name) && rest.p &&
		   span_eq_nocase(name, SPAN("retry-after"))) {
		usec_t delay;
		if (retry_after_parse(rest, clock_now(), &delay))
			h->retry_after = delay;
	}
	return n;
}

/* ---- what happened, in words and kind ---- */

static const struct {
	CURLcode code;
	enum reply_kind kind;
	enum err_code err;
	const char *words;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, REPLY_TRANSIENT, ERR_UNAVAILABLE,
     "the region's name does not resolve"},
    {CURLE_COULDNT_RESOLVE_PROXY, REPLY_TRANSIENT, ERR_UNAVAILABLE,
     "the proxy's name does not resolve"},
    {CURLE_COULDNT_CONNECT, REPLY_TRANSIENT, ERR_UNAVAILABLE, "the region cannot be reached"},
    {CURLE_OPERATION_TIMEDOUT, REPLY_TRANSIENT, ERR_TIMEOUT, "the region did not answer in time"},
    {CURLE_PARTIAL_FILE, REPLY_TRANSIENT, ERR_PROTOCOL, "the answer broke off"},
    {CURLE_GOT_NOTHING, REPLY_TRANSIENT, ERR_PROTOCOL,
     "the region hung up without an answer, as it does when it refuses the home's certificate"},
    {CURLE_PEER_FAILED_VERIFICATION, REPLY_PERSON, ERR_DENIED,
     "the other side's certificate is not the region's (wrong CA, wrong name or expired)"},
    {CURLE_SSL_CERTPROBLEM, REPLY_PERSON, ERR_DENIED,
     "the enrolment's certificate or key cannot be used"},
    {CURLE_SSL_CACERT_BADFILE, REPLY_PERSON, ERR_DENIED, "the enrolment's CA cannot be used"},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, REPLY_PERSON, ERR_DENIED,
     "the other side's key is not the region's"},
    {CURLE_SSL_CONNECT_ERROR, REPLY_TRANSIENT, ERR_UNAVAILABLE, "no TLS connection came about"},
    {CURLE_URL_MALFORMAT, REPLY_PERSON, ERR_INVALID, "the enrolment's url is not one"},
    {CURLE_UNSUPPORTED_PROTOCOL, REPLY_PERSON, ERR_INVALID, "the enrolment's url is not https"},
};

/* A server that refuses our certificate says so with a TLS alert, which curl has no code for:
 * depending on the version of TLS it comes in the handshake or with the first read. */
static bool is_refused_certificate(const char *why)
{
	static const char *const alerts[] = {"alert unknown ca",
					     "alert bad certificate",
					     "alert certificate expired",
					     "alert certificate revoked",
					     "alert certificate unknown",
					     "alert certificate required",
					     "alert unsupported certificate",
					     "alert access denied"};
	for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
		if (strcasestr(why, alerts[i]))
			return true;
	return false;
}

static void fill_failure(struct https *h, CURLcode code)
{
	struct transport_reply *r = &h->reply;
	const char *detail = h->why[0] ? h->why : curl_easy_strerror(code);

	if (h->answer_too_long) {
		r->kind = REPLY_TRANSIENT;
		(void)err_set(&r->why, ERR_PROTOCOL, "the answer is longer than %zu bytes",
			      TRANSPORT_ANSWER_MAX);
		return;
	}
	if (is_refused_certificate(detail)) {
		r->kind = REPLY_PERSON;
		(void)err_set(&r->why, ERR_DENIED, "the region refuses the home's certificate (%s)",
			      detail);
		return;
	}
	r->kind = REPLY_TRANSIENT;
	r->unheard = code == CURLE_OPERATION_TIMEDOUT;
	(void)err_set(&r->why, ERR_UNAVAILABLE, "the line broke (%s)", detail);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (failures[i].code == code) {
			r->kind = failures[i].kind;
			(void)err_set(&r->why, failures[i].err, "%s (%s)", failures[i].words,
				      detail);
			return;
		}
	}
}

static void fill_status(struct https *h, int status)
{
	transport_fill_status(&h->reply, status);
	h->reply.retry_after = h->retry_after;
	h->reply.body = buf_span(&h->answer);
}

static void finish(struct https *h, CURLcode code)
{
	long status = 0;

	h->reply = (struct transport_reply){0};
	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
		fill_status(h, (int)status);
	} else {
		fill_failure(h, code);
	}
	(void)curl_multi_remove_handle(h->multi, h->easy);
	h->busy = false;
}

/* ---- the vtable ---- */

static int https_send(struct transport *t, const struct transport_batch *batch, struct err *err)
{
	struct https *h = of(t);

	assert(!h->busy);
	buf_clear(&h->answer);
	h->answer_too_long = false;
	h->retry_after = 0;
	h->why[0] = '\0';
	(void)curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)batch->body.n);
	(void)curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, batch->body.p);
	CURLMcode m = curl_multi_add_handle(h->multi, h->easy);
	if (m != CURLM_OK)
		return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(m));
	h->busy = true;
	return 0;
}

static bool take_result(struct https *h)
{
	CURLMsg *msg;
	int more;

	while ((msg = curl_multi_info_read(h->multi, &more))) {
		if (msg->msg == CURLMSG_DONE) {
			finish(h, msg->data.result);
			return true;
		}
	}
	return false;
}

static int poll_with(struct https *h, struct pollfd *fds, size_t n_fds, int timeout_ms,
		     struct err *err)
{
	struct curl_waitfd extra[POLL_FDS_MAX];

	assert(n_fds <= POLL_FDS_MAX);
	for (size_t i = 0; i < n_fds; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = CURL_WAIT_POLLIN};
	CURLMcode m = curl_multi_poll(h->multi, extra, (unsigned)n_fds, timeout_ms, NULL);
	if (m != CURLM_OK)
		return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(m));
	for (size_t i = 0; i < n_fds; i++)
		fds[i].revents = extra[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0;
	return 0;
}

static int https_step(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		      bool *ret_done, struct err *err)
{
	struct https *h = of(t);
	int running;

	/* Twice, so that what the poll found is worked on before the caller hears of it. */
	for (int round = 0; round < 2; round++) {
		CURLMcode m = curl_multi_perform(h->multi, &running);
		if (m != CURLM_OK)
			return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(m));
		if (take_result(h)) {
			*ret_done = true;
			return 0;
		}
		if (round == 0) {
			int r = poll_with(h, fds, n_fds, timeout_ms, err);
			if (r < 0)
				return r;
		}
	}
	*ret_done = false;
	return 0;
}

static const struct transport_reply *https_reply(const struct transport *t)
{
	return &((const struct https *)t)->reply;
}

static void https_cancel(struct transport *t)
{
	struct https *h = of(t);

	if (h->busy)
		(void)curl_multi_remove_handle(h->multi, h->easy);
	h->busy = false;
}

static void https_free(struct transport *t)
{
	struct https *h = of(t);

	https_cancel(t);
	curl_easy_cleanup(h->easy);
	(void)curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	buf_done(&h->answer);
	free(h->url);
	free(h);
	curl_global_cleanup();
}

static const struct transport_ops https_ops = {
    .name = "https",
    .send = https_send,
    .step = https_step,
    .reply = https_reply,
    .cancel = https_cancel,
    .free = https_free,
};

/* ---- setting up ---- */

static CURLcode set_blob(CURL *easy, CURLoption option, struct span pem)
{
	struct curl_blob blob = {.data = (void *)pem.p, .len = pem.n, .flags = CURL_BLOB_NOCOPY};

	return curl_easy_setopt(easy, option, &blob);
}

static CURLcode set_tls(CURL *easy, const struct enrolment *e)
{
	CURLcode c = set_blob(easy, CURLOPT_CAINFO_BLOB, enrolment_ca(e));

	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_CAPATH,
				     NULL); /* the system's CAs are not ours */
	if (!c)
		c = set_blob(easy, CURLOPT_SSLCERT_BLOB, enrolment_cert(e));
	if (!c)
		c = set_blob(easy, CURLOPT_SSLKEY_BLOB, enrolment_key(e));
	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	if (!c)
		c = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	return c;
}

static CURLcode set_request(struct https *h, const struct https_options *o)
{
	static const char *const headers[] = {
	    "Content-Type: " WIRE_CONTENT_TYPE, "Content-Encoding: zstd",
	    "Accept: application/json",
	    "Expect:", /* no 100-continue: it would cost a round trip for every large batch */
	};
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		struct curl_slist *more = curl_slist_append(h->headers, headers[i]);
		if (!more)
			return CURLE_OUT_OF_MEMORY;
		h->headers = more;
	}
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_POST, 1},
		{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_TCP_NODELAY, 1},
		{CURLOPT_TCP_KEEPALIVE, 1},
#if LIBCURL_VERSION_NUM >= 0x075700 /* a name lookup under way does not hold up the end */
		{CURLOPT_QUICK_EXIT, 1},
#endif
		{CURLOPT_CONNECTTIMEOUT_MS,
		 (long)((o->connect_timeout ? o->connect_timeout : 10 * USEC_PER_SEC) / 1000)},
		{CURLOPT_LOW_SPEED_LIMIT, 1},
		{CURLOPT_LOW_SPEED_TIME,
		 (long)((o->stall_timeout ? o->stall_timeout : 60 * USEC_PER_SEC) / USEC_PER_SEC)},
	};
	CURLcode c = CURLE_OK;
	for (size_t i = 0; !c && i < ARRAY_LEN(numbers); i++)
		c = curl_easy_setopt(h->easy, numbers[i].option, numbers[i].value);
	return c;
}

static CURLcode set_places(struct https *h, const struct https_options *o)
{
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
	    {CURLOPT_URL, h->url},
	    {CURLOPT_USERAGENT, o->agent},
	    {CURLOPT_HTTPHEADER, h->headers},
	    {CURLOPT_ERRORBUFFER, h->why},
	    {CURLOPT_WRITEDATA, h},
	    {CURLOPT_HEADERDATA, h},
	};
	CURLcode c = curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!c)
		c = curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, on_header);
	for (size_t i = 0; !c && i < ARRAY_LEN(pointers); i++)
		c = curl_easy_setopt(h->easy, pointers[i].option, pointers[i].value);
	return c;
}

int transport_https_new(const struct https_options *o, struct transport **ret, struct err *err)
{
	struct https *h = calloc(1, sizeof(*h));

	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		return err_set(err, ERR_NO_MEMORY, "libcurl cannot start");
	}
	h->base.ops = &https_ops;
	h->multi = curl_multi_init();
	h->easy = curl_easy_init();
	CURLcode c = CURLE_OUT_OF_MEMORY;
	if (h->multi && h->easy &&
	    asprintf(&h->url, "%s" URL_PATH, enrolment_url(o->enrolment)) > 0)
		c = set_request(h, o);
	if (!c)
		c = set_places(h, o);
	if (!c)
		c = set_tls(h->easy, o->enrolment);
	if (c) {
		https_free(&h->base);
		return err_set(err, ERR_IO, "libcurl: %s", curl_easy_strerror(c));
	}
	*ret = &h->base;
	return 0;
}

/* ---- a try, step by step ---- */

/* A proxy between takes name and connection upon itself. */
static bool goes_direct(void)
{
	return !getenv("https_proxy") && !getenv("HTTPS_PROXY") && !getenv("ALL_PROXY") &&
	       !getenv("all_proxy");
}

/* False: not even a connection came about, and *ret says which step failed. */
static bool can_connect(const struct enrolment *e, struct probe *ret)
{
	_cleanup_(closep) int fd = -1;
	char *host = NULL, *port = NULL; /* libcurl's */
	CURLU *url = curl_url();
	bool ok = true;

	if (url && goes_direct() &&
	    curl_url_set(url, CURLUPART_URL, enrolment_url(e), 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		ok = probe_tcp(host, (uint16_t)atoi(port), ret, &fd);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return ok;
}

/* Over a connection that came about. With TLS 1.3 a refused certificate shows with the first read;
 * or not at all, where the end of the line overtakes the alert that says it. */
static void set_step(CURL *easy, CURLcode code, enum reply_kind kind, struct probe *ret)
{
	curl_off_t secured = 0;
	long heard = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured);
	(void)curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &heard);
	ret->reached = PROBE_SECURE;
	if (secured == 0 || kind == REPLY_PERSON)
		return;
	if (heard != 0 || code == CURLE_OPERATION_TIMEDOUT)
		ret->reached = PROBE_ANSWER;
	else
		(void)err_set(&ret->why, ERR_DENIED,
			      "the line ended without a word once TLS stood, as where the other "
			      "side refuses the home's certificate (%s)",
			      curl_easy_strerror(code));
}

/* The field has whole seconds: within the one it names the region's clock
 * may have been anywhere. */
static size_t on_probe_header(char *p, size_t size _unused_, size_t n, void *user)
{
	usec_t *ret_date = user;
	struct span rest = span_of(p, n), name;
	char text[64];

	if (!span_cut(&rest, ':', &name) || !span_eq_nocase(name, SPAN("date")) || !rest.p)
		return n;
	rest = span_trim(rest);
	(void)snprintf(text, sizeof(text), SPAN_FMT, SPAN_ARG(rest));
	time_t at = curl_getdate(text, NULL);
	if (at > 0)
		*ret_date = (usec_t)at * USEC_PER_SEC;
	return n;
}

static usec_t ahead_of(usec_t sent, usec_t received, usec_t date)
{
	usec_t ahead = line_clock_ahead(sent, received, date + USEC_PER_SEC);

	return ahead > 0 ? ahead : line_clock_ahead(0, received, date);
}

static CURLcode set_probe(struct https *h, usec_t *date)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_HTTPGET, 1},
	    {CURLOPT_TIMEOUT_MS, (long)(PROBE_TIMEOUT / USEC_PER_MSEC)},
	};
	CURLcode c = CURLE_OK;

	for (size_t i = 0; !c && i < ARRAY_LEN(numbers); i++)
		c = curl_easy_setopt(h->easy, numbers[i].option, numbers[i].value);
	if (!c)
		c = curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, on_probe_header);
	if (!c)
		c = curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, date);
	return c;
}

static void probe_result(struct https *h, CURLcode code, usec_t sent, usec_t date,
			 struct probe *ret)
{
	long status = 0;

	if (code != CURLE_OK) {
		fill_failure(h, code);
		ret->why = h->reply.why;
		set_step(h->easy, code, h->reply.kind, ret);
		return;
	}
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	ret->status = (int)status;
	ret->has_clock = date != 0;
	if (ret->has_clock)
		ret->clock_ahead = ahead_of(sent, clock_now(), date);
	ret->reached = status == 405 ? PROBE_DONE : PROBE_ANSWER;
	if (ret->reached == PROBE_DONE)
		return;
	transport_fill_status(&h->reply, status == 200 ? 404 : (int)status);
	ret->why = h->reply.why;
}

void probe_https(const struct enrolment *e, const char *agent, struct probe *ret)
{
	const struct https_options o = {
	    .enrolment = e, .agent = agent, .connect_timeout = PROBE_TIMEOUT};
	_cleanup_(transport_freep) struct transport *t = NULL;
	usec_t date = 0, sent;

	*ret = (struct probe){.reached = PROBE_SECURE};
	if (transport_https_new(&o, &t, &ret->why) < 0 || !can_connect(e, ret))
		return;
	struct https *h = of(t);
	CURLcode c = set_probe(h, &date);
	sent = clock_now();
	if (!c)
		c = curl_easy_perform(h->easy);
	probe_result(h, c, sent, date, ret);
}
