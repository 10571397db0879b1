/* What is known of a home without asking anybody: the outbox, what its two daemons say of
 * themselves, and whether they live. */
#pragma once

#include "base/arena.h"
#include "outbox/home.h"
#include "outbox/outbox.h"

#define FACTS_ROADS_MAX HOME_TRANSPORT_COUNT
#define FACTS_LIST_MAX	256
#define FACTS_UNKNOWN	INT64_MIN

struct facts_road {
	const char *transport, *url, *state;
	const char *last_error, *last_error_code; /* NULL: none, or an older syncd's */
	bool carries;
	usec_t since, last_success, last_error_at, next_probe;
	int64_t failures;
};

struct facts_backlog {
	bool known;			/* there is one */
	int64_t done, of, rate, left_s; /* left_s -1: not known */
};

/* sync.status.json (syncd/line.h) */
struct facts_line {
	bool known; /* there is such a file and it can be read */
	const char *state, *transport, *url, *last_error, *last_error_code;
	usec_t since, written_at, last_success, last_error_at, next_attempt, expires;
	int64_t failures;
	int64_t clock_ahead_ms; /* FACTS_UNKNOWN */
	int in_sync;		/* -1: not known */
	struct facts_backlog backlog;
	struct facts_road roads[FACTS_ROADS_MAX];
	size_t n_roads;
};

struct facts_item {
	const char *name, *state, *problem; /* problem NULL: none */
	usec_t since;
};

/* watcher.status.json (watcher/condition.h) */
struct facts_intake {
	bool known;
	usec_t written_at, adapters_read_at, stopped_since;
	const char *adapters_error, *stopped;			    /* NULL: not */
	struct facts_backlog backlog;				    /* of files */
	const char *confined_files, *confined_calls, *not_confined; /* NULL: not so, or nothing */
	struct facts_item adapters[FACTS_LIST_MAX], folders[HOME_DROPS_MAX];
	size_t n_adapters, n_folders;
};

struct facts {
	const struct home *home;
	usec_t now;
	bool may_not_look; /* state_dir is closed to us: what follows is not known */
	bool watcher_runs, syncd_runs;
	bool has_outbox; /* else outbox_error says why not, and outbox is empty */
	struct err outbox_error;
	struct outbox_status outbox;
	struct facts_line line;
	struct facts_intake intake;
	const char *board_problem; /* board.status.json: why it is off; NULL: it is on, or none */
};

/* Strings from the arena. A daemon's file that is missing or no JSON is not known; an outbox that
 * cannot be read is one of the facts. */
void facts_gather(const struct home *home, usec_t now, struct arena *a, struct facts *ret);

bool facts_watcher_runs(const struct home *home);
bool facts_syncd_runs(const struct home *home);
/* From the text of the files; for facts_gather() and tests. */
void facts_read_line(struct span json, struct arena *a, struct facts_line *ret);
void facts_read_intake(struct span json, struct arena *a, struct facts_intake *ret);
const char *facts_read_board(struct span json, struct arena *a);
