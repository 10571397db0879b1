/* A batch on the wire: the same bytes over HTTPS and SFTP, so a batch that travels both roads
 * counts once.
 *
 *     zstd( header line "\n" event line "\n" event line "\n" … )                      (NDJSON)
 *
 *   header  {"bedpost":1,"facility":"fac_…","epoch":"<uuid>","first":7,"last":9,"count":3,
 *            "digest":"<hex>","clock":"2026-…Z","agent":"bedpost-syncd 0.1.0",
 *            "state":"<hex>","queued":0,"rev":12}
 *           all twelve keys and no other; version 1
 *   event   {"seq":7,"event_id":…}            (event.h with `"seq":N,` in front, no spaces in it)
 *
 * digest is BLAKE2b-256 over the event lines with their newlines. A heartbeat is a batch of count
 * 0: first is the next seq to be used, last is first - 1, digest that of nothing. state is state.h
 * over the home's projection after `last`. queued: events waiting at the home after this batch.
 * rev: the highest facility_rev the home has taken in from an answer (0: none). Content types:
 * application/x-ndjson with Content-Encoding zstd, gzip or none (recognised by its first bytes).
 *
 *   answer  {"epoch":"…","applied_through":9,"outcomes":[{"seq":7,"outcome":"applied"},
 *            {"seq":8,"outcome":"rejected","reason":"…"}],"facility_rev":13,
 *            "beds":[{"bed_id":"…","status":"…","changed_at":"…"}],"snapshot_wanted":false,
 *            "clock":"2026-…Z","in_sync":true}
 *           clock: the region's, when the batch came; in_sync: nothing is queued and the state
 *           digests agree (left out where that could not be compared). Both may be absent.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "bed/event.h"

#define WIRE_EVENTS_MAX	  5000
#define WIRE_LINES_MAX	  ((size_t)4 << 20)  /* event lines of one batch, bytes */
#define WIRE_BODY_MAX	  ((size_t)8 << 20)  /* as received */
#define WIRE_PLAIN_MAX	  ((size_t)64 << 20) /* decompressed */
#define WIRE_BEDS_MAX	  100000	     /* beds in one answer */
#define WIRE_EPOCH_CHARS  36
#define WIRE_CONTENT_TYPE "application/x-ndjson"

struct wire_header {
	struct span facility;
	struct span epoch; /* UUID, lower case */
	uint64_t first, last;
	uint32_t count;
	struct digest digest; /* filled by wire_encode */
	usec_t clock;	      /* the agent's wall clock when it encoded */
	struct span agent;
	struct digest state;
	uint64_t queued;
	int64_t rev;
};

/* lines: `count` event lines made by wire_add_line(). Adds the compressed batch to out; fills
 * h->digest. INVALID if the header does not fit the lines, LIMIT if they are too many. */
int wire_encode(struct wire_header *h, struct span lines, struct buf *out, struct err *err);
/* One event line with its seq and newline; json is event_to_json()'s output. */
void wire_add_line(struct buf *lines, uint64_t seq, struct span json);

struct wire_item {
	uint64_t seq;
	bool valid;
	struct event event; /* if valid */
	const char *reason; /* if not: why, for the dead letter; never holds a value */
};

struct wire_batch {
	struct wire_header header;
	struct wire_item *items; /* header.count of them, seq = first … last */
};

/* All memory from the arena. A header, digest, count, sequence or size that is wrong refuses the
 * whole batch (INVALID, LIMIT); an event that is wrong is an item that is not valid, beside the
 * good ones. */
int wire_decode(struct span body, struct arena *a, struct wire_batch *ret, struct err *err);

struct wire_outcome {
	uint64_t seq;
	enum outcome outcome;
	const char *reason; /* NULL if none */
};

struct wire_bed {
	struct span bed_id;
	enum bed_status status;
	usec_t changed_at;
};

enum wire_sync { WIRE_SYNC_UNKNOWN, WIRE_SYNC_DIFFERS, WIRE_SYNC_AGREES };

struct wire_answer {
	struct span epoch;
	uint64_t applied_through;
	struct wire_outcome *outcomes;
	size_t n_outcomes;
	int64_t facility_rev;
	struct wire_bed *beds;
	size_t n_beds;
	bool snapshot_wanted;
	usec_t clock; /* the region's, when the batch came; 0: not said */
	enum wire_sync in_sync;
};

void wire_answer_to_json(const struct wire_answer *w, struct buf *out);
/* Unknown keys are passed over: a region may be newer than its homes. Anything else that is wrong:
 * PROTOCOL. */
int wire_answer_from_json(struct span json, struct arena *a, struct wire_answer *ret,
			  struct err *err);
