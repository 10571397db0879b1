/* Alerts: the evaluation and the deliveries, as one room to start and stop. */
#pragma once

#include "regional/alert/evaluate.h"
#include "regional/alert/post.h"

struct alert_options {
	const char *database;
	usec_t check_every, notify_every, offline_after;
	struct post_mail mail;
	struct outbound outbound; /* where webhooks and push messages may go */
	struct metrics *metrics;  /* may be NULL */
};

struct alert;
int alert_start(const struct alert_options *o, struct alert **ret, struct err *err);
void alert_stop(struct alert *a); /* NULL allowed */
