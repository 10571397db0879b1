/* What is told: a webhook's body and its signature, an e-mail's subject and text. Pure.
 *
 *     {"id":"ntf_01HX…","at":"2026-04-20T09:14:22Z","rule":"critical",
 *      "facility_id":"fac_oslo_nordre","facility_name":"Nordre sykehjem","region_id":"reg_norge",
 *      "alerts":[{"id":"alr_01HX…","ward":"dementia","state":"open","value":0,"threshold":0,
 *                 "opened_at":"2026-04-20T09:14:22Z","cleared_at":null}]}
 *
 *     Bedpost-Signature: t=1776676462,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>
 *
 * t is the time of the attempt: a receiver refuses one that is more than five minutes old, and the
 * second of two messages with one id. */
#pragma once

#include "base/buf.h"
#include "regional/alert/rules.h"

#define MESSAGE_SIGNATURE_HEADER "Bedpost-Signature"

struct message {
	const struct rules_home *home;
	enum alert_rule rule;
	const struct rules_episode *episodes; /* those with `tell` set and of this rule are told */
	struct span id;
	usec_t at;
};

void message_json(const struct message *m, struct buf *out);
void message_subject(const struct message *m, struct buf *out); /* ASCII, one line */
void message_text(const struct message *m, struct buf *out);
/* "t=…,v1=…" */
void message_signature(struct span secret, struct span body, usec_t at, struct buf *out);
