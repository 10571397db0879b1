#include "regional/alert/message.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>
#include <stdio.h>

static bool is_told(const struct message *m, const struct rules_episode *e)
{
	return e->rule == m->rule && e->tell;
}

static void add_time(const char *key, usec_t at, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	buf_addf(out, ",\"%s\":", key);
	if (at == USEC_NONE)
		buf_adds(out, "null");
	else
		buf_addf(out, "\"%s\"", clock_format_rfc3339(at, text));
}

static void add_text(const char *key, struct span s, struct buf *out)
{
	buf_addf(out, ",\"%s\":", key);
	if (s.n)
		buf_add_json(out, s);
	else
		buf_adds(out, "null");
}

static void add_episode(const struct rules_episode *e, struct buf *out)
{
	buf_adds(out, "{\"id\":");
	buf_add_json(out, e->id);
	add_text("ward", e->ward, out);
	buf_addf(out, ",\"state\":\"%s\",\"value\":%lld,\"threshold\":%lld",
		 e->cleared_at == USEC_NONE ? "open" : "cleared", (long long)e->value,
		 (long long)e->threshold);
	add_time("opened_at", e->opened_at, out);
	add_time("cleared_at", e->cleared_at, out);
	buf_addc(out, '}');
}

void message_json(const struct message *m, struct buf *out)
{
	bool any = false;

	buf_adds(out, "{\"id\":");
	buf_add_json(out, m->id);
	add_time("at", m->at, out);
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

void message_subject(const struct message *m, struct buf *out)
{
	bool open = false;

	for (const struct rules_episode *e = m->episodes; e; e = e->next)
		open |= is_told(m, e) && e->cleared_at == USEC_NONE;
	buf_addf(out, "Bedpost: %s %s at " SPAN_FMT, alert_rule_name(m->rule),
		 open ? "open" : "cleared", SPAN_ARG(m->home->id));
}

/* The unit of a rule's value. */
static const char *const values[ALERT_RULE_COUNT] = {
    [ALERT_LOW] = "free beds",		[ALERT_CRITICAL] = "free beds",
    [ALERT_OFFLINE] = "seconds silent", [ALERT_CONFLICT] = "open conflicts",
    [ALERT_CLOCK_SKEW] = "seconds off", [ALERT_DIGEST_MISMATCH] = "seconds apart",
};

void message_text(const struct message *m, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	buf_addf(out, SPAN_FMT " (" SPAN_FMT ")\n\n", SPAN_ARG(m->home->name),
		 SPAN_ARG(m->home->id));
	for (const struct rules_episode *e = m->episodes; e; e = e->next) {
		if (!is_told(m, e))
			continue;
		buf_addf(out, "%s", alert_rule_name(m->rule));
		if (e->ward.n)
			buf_addf(out, ", ward " SPAN_FMT, SPAN_ARG(e->ward));
		buf_addf(out, ": %lld %s, opened %s", (long long)e->value, values[m->rule],
			 clock_format_rfc3339(e->opened_at, text));
		if (e->cleared_at != USEC_NONE)
			buf_addf(out, ", cleared %s", clock_format_rfc3339(e->cleared_at, text));
		buf_addf(out, "  (" SPAN_FMT ")\n", SPAN_ARG(e->id));
	}
}

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
