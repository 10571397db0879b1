/* A road to the region: one batch out, one answer back. All roads carry the same bytes
 * (bed/wire.h), so a batch that travels two of them counts once.
 *
 *     send ──> step ─ not done ─> step ─ … ─ done ──> reply
 *                                  └── cancel (the batch may or may not have arrived: it is sent
 * again)
 *
 * A road does not retry, wait or judge: it says what it saw, and syncd/ship decides.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "bed/batch_name.h"

#define TRANSPORT_ANSWER_MAX ((size_t)8 << 20)

/* What was seen, told apart by what helps against it. */
enum reply_kind {
	REPLY_ANSWERED,	 /* the region's whole answer is here */
	REPLY_TRANSIENT, /* the same batch may go through later: network, 429, 5xx */
	REPLY_PERSON,	 /* nothing helps but somebody who acts: 401, 403, 404, a certificate, a
			    redirect */
	REPLY_REFUSED,	 /* this batch as it is: 400, 413, 422 */
	REPLY_EPOCH,	 /* 409: the region knows other events, or later ones, under this epoch */
};

struct transport_reply {
	enum reply_kind kind;
	int status;	  /* HTTP status, also of a refusal over another road; 0: there was none */
	struct span body; /* ANSWERED: the answer; lives until the next send or free */
	usec_t retry_after; /* 0: none */
	struct err why;	    /* in words, unless ANSWERED */
	bool unheard; /* TRANSIENT: the time that was given ran out without a word. Where there is
			 another road, it is worth a try at once */
};

struct transport_batch {
	struct span body;	/* lives until the exchange is done or cancelled */
	struct batch_name name; /* copied */
};

struct transport {
	const struct transport_ops *ops;
};

struct transport_ops {
	const char *name;
	/* Begins one exchange. One at a time. */
	int (*send)(struct transport *t, const struct transport_batch *batch, struct err *err);
	/* As transport_step(); the revents of fds are 0 when it begins. */
	int (*step)(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		    bool *ret_done, struct err *err);
	const struct transport_reply *(*reply)(const struct transport *t); /* once done */
	void (*cancel)(struct transport *t); /* also without an exchange */
	void (*free)(struct transport *t);
};

static inline void transport_free(struct transport *t)
{
	if (t)
		t->ops->free(t);
}
DEFINE_CLEANUP(struct transport *, transport_free)

/* Moves the exchange on; returns when it is done, when one of fds is ready (revents are set), or
 * after timeout_ms. Fails only on trouble of the process's own. */
int transport_step(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		   bool *ret_done, struct err *err);

/* A step's wait: for one of fds (their revents are set) or for what the road itself waits for. */
#define TRANSPORT_FDS_MAX 8
int transport_poll(struct pollfd *fds, size_t n_fds, struct pollfd own, int timeout_ms,
		   struct err *err);

/* What an HTTP status means for a batch; pure. */
enum reply_kind transport_kind_of_status(int status);
/* Of an answer that came as a file: a problem has its status inside, an answer none: 200. */
int transport_status_of_file(struct span json);
/* Fills kind, status and why (in words for people) from a status. */
void transport_fill_status(struct transport_reply *r, int status);
