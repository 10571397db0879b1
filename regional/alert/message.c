#include "regional/alert/message.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#include "base/member.h"

static bool is_told(const struct message *m, const struct rules_episode *e)
{
	return e->rule == m->rule && e->tell;
}

static void add_text(const char *key, struct span s, struct buf *out)
{
	member_span(out, key, s.n ? s : SPAN_NONE);
}

static void add_episode(const struct rules_episode *e, struct buf *out)
{
	buf_adds(out, "{\"id\":");
	buf_add_json(out, e->id);
	add_text("ward", e->ward, out);
	buf_addf(out, ",\"state\":\"%s\",\"value\":%lld,\"threshold\":%lld",
		 e->cleared_at == USEC_NONE ? "open" : "cleared", (long long)e->value,
		 (long long)e->threshold);
	member_time(out, "opened_at", e->opened_at);
	member_time(out, "cleared_at", e->cleared_at);
	add_text("cleared_reason", e->closed ? SPAN("closed") : SPAN_NONE, out);
	buf_addc(out, '}');
}

void message_json(const struct message *m, struct buf *out)
{
	bool any = false;

	buf_adds(out, "{\"id\":");
	buf_add_json(out, m->id);
	member_time(out, "at", m->at);
	buf_addf(out, ",\"rule\":\"%s\"", alert_rule_name(m->rule));
	add_text("facility_id", m->home->id, out);
	add_text("facility_name", m->home->name, out);
	add_text("region_id", m->home->region_id, out);
	buf_adds(out, ",\"alerts\":[");
	for (const struct rules_episode *e = m->episodes; e; e = e->next) {
		if (!is_told(m, e))
			continue;
		if (any)
			buf_addc(out, ',');
		add_episode(e, out);
		any = true;
	}
	buf_adds(out, "]}");
}

/* ---- for people ---- */

static const struct rule_words {
	const char *what[MESSAGE_LANGUAGES], *value[MESSAGE_LANGUAGES];
	int priority; /* while it is open */
} words[ALERT_RULE_COUNT] = {
    [ALERT_LOW] = {{"few free beds", "få ledige senger"}, {"free", "ledige"}, 3},
    [ALERT_CRITICAL] = {{"no free bed", "ingen ledig seng"}, {"free", "ledige"}, 5},
    [ALERT_OFFLINE] = {{"home not heard of", "hjemmet er uten kontakt"},
		       {"silent for", "uten kontakt i"},
		       4},
    [ALERT_CONFLICT] = {{"accounts of a bed differ", "motstridende meldinger om en seng"},
			{"to be settled", "å avgjøre"},
			3},
    [ALERT_CLOCK_SKEW] = {{"the home's clock is off", "hjemmets klokke går feil"},
			  {"off by", "feil med"},
			  3},
    [ALERT_DIGEST_MISMATCH] = {{"home and region differ", "hjem og region er uenige"},
			       {"for", "i"},
			       3},
    [ALERT_GAP] = {{"events are missing", "hendelser mangler"}, {"missing", "mangler"}, 4},
    [ALERT_FEED_SILENT] = {{"nothing new from the EHR", "ikke noe nytt fra journalsystemet"},
			   {"for", "i"},
			   4},
};

#define PRIORITY_CLEARED 2
#define PRIORITY_URGENT	 5

static bool is_open(const struct message *m)
{
	for (const struct rules_episode *e = m->episodes; e; e = e->next)
		if (is_told(m, e) && e->cleared_at == USEC_NONE)
			return true;
	return false;
}

void message_subject(const struct message *m, enum message_language l, struct buf *out)
{
	static const char *const over[] = {"cleared: ", "over: "}, *const at[] = {" at ", ", "};

	buf_addf(out, "Bedpost: %s%s%s" SPAN_FMT, is_open(m) ? "" : over[l], words[m->rule].what[l],
		 at[l], SPAN_ARG(m->home->id));
}

/* In the largest unit of which there are two. */
static void add_duration(int64_t seconds, enum message_language l, struct buf *out)
{
	static const struct {
		int64_t seconds;
		const char *name[MESSAGE_LANGUAGES];
	} units[] = {{86400, {"d", "d"}}, {3600, {"h", "t"}}, {60, {"min", "min"}}};

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (seconds >= 2 * units[i].seconds) {
			buf_addf(out, "%lld %s", (long long)(seconds / units[i].seconds),
				 units[i].name[l]);
			return;
		}
	buf_addf(out, "%lld s", (long long)seconds);
}

/* To the second: a person reads it. */
static void add_moment(const char *word, usec_t at, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	buf_addf(out, ", %s %s", word, clock_format_rfc3339(at - at % USEC_PER_SEC, text));
}

static void add_line(const struct rules_episode *e, enum message_language l, struct buf *out)
{
	static const char *const ward[] = {", ward ", ", avdeling "},
				 *const since[] = {"since", "siden"},
				 *const over[] = {"cleared", "over"},
				 *const closed[] = {"the home was closed", "hjemmet ble stengt"};
	const struct rule_words *w = &words[e->rule];

	buf_adds(out, w->what[l]);
	if (e->ward.n)
		buf_addf(out, "%s" SPAN_FMT, ward[l], SPAN_ARG(e->ward));
	buf_addf(out, " (%s ", w->value[l]);
	if (alert_term(e->rule)->measure == ALERT_SECONDS)
		add_duration(e->value, l, out);
	else
		buf_addf(out, "%lld", (long long)e->value);
	buf_adds(out, ")");
	add_moment(since[l], e->opened_at, out);
	if (e->cleared_at != USEC_NONE)
		add_moment(e->closed ? closed[l] : over[l], e->cleared_at, out);
	buf_addf(out, "  [%s " SPAN_FMT "]\n", alert_rule_name(e->rule), SPAN_ARG(e->id));
}

void message_text(const struct message *m, enum message_language l, struct buf *out)
{
	buf_addf(out, SPAN_FMT " (" SPAN_FMT ")\n\n", SPAN_ARG(m->home->name),
		 SPAN_ARG(m->home->id));
	for (const struct rules_episode *e = m->episodes; e; e = e->next)
		if (is_told(m, e))
			add_line(e, l, out);
}

int message_priority(const struct message *m)
{
	return is_open(m) ? words[m->rule].priority : PRIORITY_CLEARED;
}

void message_tags(const struct message *m, struct buf *out)
{
	int priority = message_priority(m);

	buf_addf(out, "%s,%s",
		 priority == PRIORITY_CLEARED  ? "white_check_mark"
		 : priority == PRIORITY_URGENT ? "rotating_light"
					       : "warning",
		 alert_rule_name(m->rule));
}

#define LINE_BYTES     57  /* of text in a mail's line of base64 (76 characters) */
#define LINE_MAX_BYTES 900 /* SMTP ends a line at 998 */

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x7f ||
		    ((unsigned char)s.p[i] < ' ' && s.p[i] != '\n'))
			return false;
	return true;
}

static size_t cut(struct span s, size_t max)
{
	return s.n < max ? s.n : max;
}

void message_mail_body(struct span text, struct buf *out)
{
	char word[sodium_base64_ENCODED_LEN(LINE_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	_cleanup_(buf_done) struct buf lines = BUF_INIT;
	bool plain = is_ascii(text);
	struct span line;

	while (span_cut(&text, '\n', &line)) {
		buf_addf(&lines, SPAN_FMT "\r\n", SPAN_ARG(line));
		plain &= line.n <= LINE_MAX_BYTES;
	}
	buf_addf(out,
		 "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: %s\r\n\r\n",
		 plain ? "7bit" : "base64");
	struct span rest = buf_span(&lines);
	if (plain)
		buf_add(out, rest);
	for (size_t n; !plain && (n = cut(rest, LINE_BYTES));
	     rest = span_of(rest.p + n, rest.n - n))
		buf_addf(out, "%s\r\n",
			 sodium_bin2base64(word, sizeof(word), (const unsigned char *)rest.p, n,
					   sodium_base64_VARIANT_ORIGINAL));
}

/* An encoded word has 75 characters at most, and holds whole characters: 45 bytes, less what is
 * left of a character at the end. */
#define WORD_BYTES 45

void message_header_text(struct span utf8, struct buf *out)
{
	char word[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	if (is_ascii(utf8) && !memchr(utf8.p, '\n', utf8.n)) {
		buf_add(out, utf8);
		return;
	}
	for (struct span rest = utf8; rest.n;) {
		size_t n = rest.n;
		if (n > WORD_BYTES)
			n = span_utf8_whole(span_of(rest.p, WORD_BYTES));
		if (n == 0) /* not UTF-8 */
			n = cut(rest, WORD_BYTES);
		buf_addf(out, "%s=?UTF-8?B?%s?=", rest.p == utf8.p ? "" : " ",
			 sodium_bin2base64(word, sizeof(word), (const unsigned char *)rest.p, n,
					   sodium_base64_VARIANT_ORIGINAL));
		rest = span_of(rest.p + n, rest.n - n);
	}
}

/* ---- signature ---- */

void message_signature(struct span secret, struct span body, usec_t at, struct buf *out)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char hex[2 * sizeof(mac) + 1], when[32];
	int n = snprintf(when, sizeof(when), "%lld", (long long)(at / USEC_PER_SEC));

	(void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.p, secret.n);
	(void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)when, (size_t)n);
	(void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
	(void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.p, body.n);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	buf_addf(out, "t=%s,v1=%s", when, sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac)));
	sodium_memzero(&state, sizeof(state));
}
