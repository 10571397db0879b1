/* One dropped file, through its adapter, into the outbox, and out of its folder. */
#pragma once

#include "base/seal.h"
#include "outbox/home.h"
#include "outbox/intake.h"
#include "watcher/dropped.h"

enum take_result {
	TAKE_COMMITTED, /* its events are in the outbox */
	TAKE_DUPLICATE, /* its content was there before: noted, no events */
	TAKE_REPEATED,	/* it was committed or rejected before a crash, and only its disposal was
			   left */
	TAKE_REJECTED,
	TAKE_HELD,    /* a census that is far off: a person decides */
	TAKE_GONE,    /* it left the folder by itself */
	TAKE_CHANGED, /* it changed meanwhile: look again */
	TAKE_REFUSED, /* no regular file */
	TAKE_LATER,   /* the outbox, the disk or the file system says no for now: *err says what */
};

struct take_order {
	const struct home *home;
	struct outbox *outbox;
	const struct adapter *adapter;
	const struct zone *zone;
	int dir;
	const char *dir_path, *name;
	const struct seal_key *archive_key; /* NULL unless the archive is sealed */
	const struct file_name *shown;	    /* the name as it may be told */
	const char *ack_dir;		    /* of result files; NULL: the adapter asks for none */
	const char *done_file;		    /* goes with its file; NULL: none */
	usec_t now;			    /* wall clock */
	/* Called between commit and disposal, when there are new events. */
	void (*committed)(void *ctx);
	/* Asked now and then while a large file is read: if so it is given up, TAKE_LATER. */
	bool (*must_stop)(void *ctx);
	void *ctx;
};

struct take_report {
	int64_t id; /* the ledger row; 0: none */
	struct intake_counts counts;
	char reason[32];
	char message[ERR_MESSAGE_MAX];
	struct err disposal;	/* code 0: it has left the folder; else why it has not */
	int fd;			/* of a file that has left, the caller's to close; -1: none */
	struct queue_stat stat; /* of it, when it was read */
};

enum take_result take_file(const struct take_order *order, struct take_report *ret,
			   struct err *err);
const char *take_result_name(enum take_result r); /* "committed" … */
