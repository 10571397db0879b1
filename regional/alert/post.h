/* Sends webhooks, push messages (as ntfy takes them) and e-mails, several at once: the region
 * daemon's only caller of libcurl. One thread owns a post; post_wake() may come from any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "regional/outbound.h"

#define POST_AT_ONCE	  16
#define POST_TIMEOUT	  (10 * USEC_PER_SEC)
#define POST_REDIRECTS	  0 /* a subscription names its receiver, and nobody else gets the message */
#define POST_PASSWORD_MAX 256

#define POST_PUSH_MAX 4000 /* bytes of text; ntfy makes a file of what is longer than 4,096 */

enum post_channel { POST_WEBHOOK, POST_EMAIL, POST_PUSH };

struct post_mail {	    /* the region's mail server; strings live as long as the post */
	const char *server; /* "smtp://host:25", "smtps://host"; NULL: none */
	const char *from;   /* address */
	const char *user, *password_file; /* both or neither; with them TLS is required */
	const char *ca; /* PEM of who signs its certificate; NULL: whom the system trusts */
};

struct post_job {
	int64_t id, subscription;
	enum post_channel channel;
	struct span target;	  /* URL or address */
	struct span secret;	  /* a webhook's; a push server's token; none */
	struct span notification; /* the same each time it is sent */
	struct span subject, body;
	struct span tags;
	int64_t priority; /* 1 … 5 */
};

struct post_result {
	int64_t id, subscription;
	bool sent;
	char why[256]; /* if not; without anything of the message */
};

struct post;
/* outbound: where webhooks and push messages may go. */
int post_new(const struct post_mail *mail, const struct outbound *outbound, struct post **ret,
	     struct err *err);
void post_free(struct post *p); /* gives up what is under way; NULL allowed */
DEFINE_CLEANUP(struct post *, post_free)

/* Copies what it needs. POST_AT_ONCE at most may run. */
void post_begin(struct post *p, const struct post_job *job);
/* What runs, by the jobs' ids and subscriptions; gives how many. */
size_t post_under_way(const struct post *p, int64_t ret_ids[POST_AT_ONCE],
		      int64_t ret_subscriptions[POST_AT_ONCE]);
/* Waits until something ends, somebody wakes, or the time is over. True: *ret is one that ended;
 * call again for more. */
bool post_wait(struct post *p, usec_t timeout, struct post_result *ret);
void post_wake(struct post *p);
