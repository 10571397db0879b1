/* One multi handle, an easy handle per message: a receiver that hangs holds up nobody else. */
#include "regional/alert/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <sodium/utils.h>

#include "base/buf.h"
#include "regional/alert/message.h"

struct slot {
	CURL *easy; /* NULL: free */
	struct curl_slist *headers, *recipients;
	struct buf content; /* the body, or the whole mail */
	size_t sent;
	int64_t id, subscription;
	char failed[64]; /* why it could not even begin */
	const struct outbound *outbound;
	bool is_refused; /* its address may not be called */
	char why[CURL_ERROR_SIZE];
};

struct post {
	CURLM *multi;
	struct post_mail mail;
	struct outbound outbound;
	struct slot slots[POST_AT_ONCE];
};

static size_t ignore_answer(char *bytes, size_t size, size_t n, void *user)
{
	(void)bytes, (void)user;
	return size * n;
}

static size_t give_mail(char *to, size_t size, size_t n, void *user)
{
	struct slot *s = user;
	size_t some = s->content.n - s->sent < size * n ? s->content.n - s->sent : size * n;

	memcpy(to, s->content.p + s->sent, some);
	s->sent += some;
	return some;
}

static void add_header(struct slot *s, const char *text)
{
	struct curl_slist *more = curl_slist_append(s->headers, text);

	if (!more)
		abort();
	s->headers = more;
}

/* ---- webhooks and push messages ---- */

/* Each address that the name resolves to comes here before it is called. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct slot *s = user;

	(void)purpose;
	if (outbound_allows(s->outbound, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	s->is_refused = true;
	return CURL_SOCKET_BAD;
}

static void add_header_of(struct slot *s, const char *name, struct span value)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	buf_addf(&b, "%s: " SPAN_FMT, name, SPAN_ARG(value));
	add_header(s, b.p);
}

static void set_up_http(struct slot *s, const struct post_job *job, struct span body)
{
	_cleanup_(buf_done) struct buf url = BUF_INIT;

	buf_add(&s->content, body);
	if (job->notification.p)
		add_header_of(s, MESSAGE_ID_HEADER, job->notification);
	buf_add(&url, job->target);
	(void)curl_easy_setopt(s->easy, CURLOPT_URL, url.p);
	(void)curl_easy_setopt(s->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(s->easy, CURLOPT_OPENSOCKETDATA, s);
	(void)curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
	(void)curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->content.n);
	(void)curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->content.p);
}

static void set_up_webhook(struct slot *s, const struct post_job *job)
{
	_cleanup_(buf_done) struct buf signature = BUF_INIT;

	message_signature(job->secret, job->body, clock_now(), &signature);
	add_header_of(s, MESSAGE_SIGNATURE_HEADER, buf_span(&signature));
	add_header(s, "Content-Type: application/json");
	set_up_http(s, job, job->body);
}

/* https://docs.ntfy.sh/publish/ */
static void set_up_push(struct slot *s, const struct post_job *job)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct span body = job->body;

	if (body.n > POST_PUSH_MAX)
		body.n = span_utf8_whole(span_of(body.p, POST_PUSH_MAX));
	message_header_text(job->subject, &b);
	add_header_of(s, "Title", buf_span(&b));
	buf_clear(&b);
	buf_addf(&b, "%lld", (long long)job->priority);
	add_header_of(s, "Priority", buf_span(&b));
	add_header_of(s, "Tags", job->tags);
	if (job->secret.p) {
		buf_clear(&b);
		buf_addf(&b, "Bearer " SPAN_FMT, SPAN_ARG(job->secret));
		add_header_of(s, "Authorization", buf_span(&b));
		sodium_memzero(b.p, b.n);
	}
	add_header(s, "Content-Type: text/plain; charset=utf-8");
	set_up_http(s, job, body);
}

/* ---- an e-mail ---- */

static void add_date(struct buf *b)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = (time_t)(clock_now() / USEC_PER_SEC);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	buf_addf(b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Made of what it tells: a message that is sent again has the same, and the reader's mail server or
 * program may drop it. */
static void add_message_id(const struct post *p, const struct post_job *job, struct buf *b)
{
	const char *at = strchr(p->mail.from, '@');

	buf_adds(b, "Message-ID: <");
	if (job->notification.p)
		buf_addf(b, SPAN_FMT ".", SPAN_ARG(job->notification));
	buf_addf(b, "%lld%s>\r\n", (long long)job->id, at ? at : "@bedpost");
}

static void write_mail(const struct post *p, const struct post_job *job, struct buf *b)
{
	buf_addf(b, "From: Bedpost <%s>\r\nTo: <" SPAN_FMT ">\r\nSubject: ", p->mail.from,
		 SPAN_ARG(job->target));
	message_header_text(job->subject, b);
	buf_adds(b, "\r\n");
	add_date(b);
	add_message_id(p, job, b);
	buf_adds(b, "Auto-Submitted: auto-generated\r\n");
	if (job->priority > 3)
		buf_adds(b, "Importance: high\r\n");
	message_mail_body(job->body, b);
}

/* The file is read each time: a changed password needs no restart. */
static bool set_password(struct slot *s, const struct post_mail *mail)
{
	char password[POST_PASSWORD_MAX + 2] = "";
	_cleanup_(fclosep) FILE *f = fopen(mail->password_file, "re");

	if (!f || !fgets(password, sizeof(password), f))
		return false;
	password[strcspn(password, "\r\n")] = '\0';
	(void)curl_easy_setopt(s->easy, CURLOPT_USERNAME, mail->user);
	(void)curl_easy_setopt(s->easy, CURLOPT_PASSWORD, password);
	(void)curl_easy_setopt(s->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	sodium_memzero(password, sizeof(password));
	return true;
}

static void set_up_email(const struct post *p, struct slot *s, const struct post_job *job)
{
	_cleanup_(buf_done) struct buf address = BUF_INIT;

	if (!p->mail.server) {
		(void)snprintf(s->failed, sizeof(s->failed), "region.yaml names no mail server");
		return;
	}
	write_mail(p, job, &s->content);
	buf_addf(&address, "<" SPAN_FMT ">", SPAN_ARG(job->target));
	s->recipients = curl_slist_append(NULL, address.p);
	(void)curl_easy_setopt(s->easy, CURLOPT_URL, p->mail.server);
	(void)curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	(void)curl_easy_setopt(s->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
	(void)curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, p->mail.from);
	(void)curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->recipients);
	(void)curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, give_mail);
	(void)curl_easy_setopt(s->easy, CURLOPT_READDATA, s);
	if (p->mail.ca)
		(void)curl_easy_setopt(s->easy, CURLOPT_CAINFO, p->mail.ca);
	if (p->mail.user && !set_password(s, &p->mail))
		(void)snprintf(s->failed, sizeof(s->failed),
			       "the mail server's password cannot be read");
}

/* ---- both ---- */

static struct slot *free_slot(struct post *p)
{
	for (size_t i = 0; i < POST_AT_ONCE; i++)
		if (!p->slots[i].easy)
			return &p->slots[i];
	abort();
}

void post_begin(struct post *p, const struct post_job *job)
{
	struct slot *s = free_slot(p);

	*s = (struct slot){.easy = curl_easy_init(),
			   .id = job->id,
			   .subscription = job->subscription,
			   .outbound = &p->outbound};
	if (!s->easy)
		abort();
	(void)curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
	(void)curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->why);
	(void)curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)(POST_TIMEOUT / USEC_PER_MSEC));
	(void)curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, ignore_answer);
	(void)curl_easy_setopt(s->easy, CURLOPT_FOLLOWLOCATION, (long)POST_REDIRECTS);
	(void)curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "bedpost");
	/* A proxy that the environment names would be asked for any address, unseen. */
	(void)curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	switch (job->channel) {
	case POST_WEBHOOK: set_up_webhook(s, job); break;
	case POST_PUSH: set_up_push(s, job); break;
	case POST_EMAIL: set_up_email(p, s, job); break;
	}
	if (!s->failed[0] && curl_multi_add_handle(p->multi, s->easy) != CURLM_OK)
		(void)snprintf(s->failed, sizeof(s->failed), "libcurl does not take it");
}

static void release(struct post *p, struct slot *s)
{
	if (!s->failed[0])
		(void)curl_multi_remove_handle(p->multi, s->easy);
	curl_easy_cleanup(s->easy);
	curl_slist_free_all(s->headers);
	curl_slist_free_all(s->recipients);
	buf_done(&s->content);
	*s = (struct slot){0};
}

static void fill(struct slot *s, CURLcode code, struct post_result *ret)
{
	long status = 0;
	const char *scheme = NULL;

	*ret = (struct post_result){.id = s->id, .subscription = s->subscription};
	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(s->easy, CURLINFO_SCHEME, &scheme);
	if (s->failed[0])
		(void)snprintf(ret->why, sizeof(ret->why), "%s", s->failed);
	else if (code != CURLE_OK && s->is_refused)
		(void)snprintf(ret->why, sizeof(ret->why),
			       "webhook_networks does not allow the receiver's address");
	else if (code != CURLE_OK)
		(void)snprintf(ret->why, sizeof(ret->why), "%.250s",
			       s->why[0] ? s->why : curl_easy_strerror(code));
	else if (s->headers && (status < 200 || status > 299))
		(void)snprintf(ret->why, sizeof(ret->why), "answered with HTTP status %ld", status);
	else
		ret->sent = true;
}

static bool take_ended(struct post *p, struct post_result *ret)
{
	CURLMsg *m;
	int more;

	for (size_t i = 0; i < POST_AT_ONCE; i++)
		if (p->slots[i].easy && p->slots[i].failed[0]) {
			fill(&p->slots[i], CURLE_OK, ret);
			release(p, &p->slots[i]);
			return true;
		}
	while ((m = curl_multi_info_read(p->multi, &more))) {
		struct slot *s = NULL;
		if (m->msg != CURLMSG_DONE)
			continue;
		CURLcode code = m->data.result;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
		fill(s, code, ret);
		release(p, s);
		return true;
	}
	return false;
}

bool post_wait(struct post *p, usec_t timeout, struct post_result *ret)
{
	int running;

	(void)curl_multi_perform(p->multi, &running);
	if (take_ended(p, ret))
		return true;
	(void)curl_multi_poll(p->multi, NULL, 0, (int)(timeout / USEC_PER_MSEC), NULL);
	(void)curl_multi_perform(p->multi, &running);
	return take_ended(p, ret);
}

void post_wake(struct post *p)
{
	(void)curl_multi_wakeup(p->multi);
}

size_t post_under_way(const struct post *p, int64_t ret_ids[POST_AT_ONCE],
		      int64_t ret_subscriptions[POST_AT_ONCE])
{
	size_t n = 0;

	for (size_t i = 0; i < POST_AT_ONCE; i++) {
		if (!p->slots[i].easy)
			continue;
		ret_ids[n] = p->slots[i].id;
		ret_subscriptions[n++] = p->slots[i].subscription;
	}
	return n;
}

int post_new(const struct post_mail *mail, const struct outbound *outbound, struct post **ret,
	     struct err *err)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	p->mail = *mail;
	p->outbound = *outbound;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(p->multi = curl_multi_init())) {
		free(p);
		return err_set(err, ERR_IO, "libcurl does not start");
	}
	*ret = p;
	return 0;
}

void post_free(struct post *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < POST_AT_ONCE; i++)
		if (p->slots[i].easy)
			release(p, &p->slots[i]);
	(void)curl_multi_cleanup(p->multi);
	curl_global_cleanup();
	free(p);
}
