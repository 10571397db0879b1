/* What is told: a webhook's body and its signature, an e-mail's and a push message's subject and
 * text, in the reader's language. Pure. A message names homes, wards and numbers; no bed, and so
 * nothing that a patient could be known by.
 *
 *     {"id":"ntf_01HX9…","at":"2026-04-20T09:14:22Z","rule":"critical",
 *      "facility_id":"fac_oslo_nordre","facility_name":"Nordre sykehjem","region_id":"reg_norge",
 *      "alerts":[{"id":"alr_01HX9…","ward":"dementia","state":"open","value":0,"threshold":0,
 *                 "opened_at":"2026-04-20T09:14:22Z","cleared_at":null}]}
 *
 *     Bedpost-Id: ntf_01HX9…
 *     Bedpost-Signature: t=1776676462,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>
 *
 * t is the time of the attempt: a receiver refuses one that is more than five minutes old, and the
 * second of two messages with one id. */
#pragma once

#include "base/buf.h"
#include "regional/alert/rules.h"

#define MESSAGE_SIGNATURE_HEADER "Bedpost-Signature"
#define MESSAGE_ID_HEADER	 "Bedpost-Id"

enum message_language { MESSAGE_EN, MESSAGE_NB, MESSAGE_LANGUAGES }; /* as alert_languages */

struct message {
	const struct rules_home *home;
	enum alert_rule rule;
	const struct rules_episode *episodes; /* those with `tell` set and of this rule are told */
	struct span id;
	usec_t at;
};

void message_json(const struct message *m, struct buf *out);
/* One line of UTF-8; message_header_text() makes a header of it. */
void message_subject(const struct message *m, enum message_language l, struct buf *out);
void message_text(const struct message *m, enum message_language l, struct buf *out);
/* As ntfy counts: 1 … 5, 3 usual, 5 urgent. */
int message_priority(const struct message *m);
void message_tags(const struct message *m, struct buf *out); /* "rotating_light,critical" */
/* A mail from its header MIME-Version on: ASCII as it is, else base64, so that no server on the way
 * needs to know of more. */
void message_mail_body(struct span text, struct buf *out);
/* A header's text in ASCII: as it is, or in encoded words (RFC 2047). */
void message_header_text(struct span utf8, struct buf *out);
/* "t=…,v1=…" */
void message_signature(struct span secret, struct span body, usec_t at, struct buf *out);
