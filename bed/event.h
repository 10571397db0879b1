/* One change of one bed. The JSON shape is the contract of DESIGN section 3:
 *
 *   {"event_id":"evt_01HX9…","facility_id":"fac_oslo_nordre","bed_id":"bed_2b_room_14",
 *    "ward":"dementia","care_level":"intensive","previous_status":"available",
 *    "new_status":"occupied","changed_by":"user_nurse_hansen",
 *    "changed_at":"2026-04-20T09:14:22Z","reason":"admit","patient_ref":null,
 *    "source":{"adapter":"visma-beds","file":"<hex of 16 bytes>","record":12,"ordinal":0,
 *              "time_source":"TID"}}
 *
 * Required: event_id, facility_id, bed_id, new_status, changed_at. Null or absent otherwise: ward,
 * care_level, previous_status, changed_by, reason, source. A patient_ref that is not null is
 * refused (ERR_DENIED); an unknown key is refused too (ERR_INVALID): no other field may carry a
 * patient past this door. A message names the field and what was expected, never a value, nor an
 * unknown key.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/digest_four.h"
#include "base/err.h"
#include "base/span.h"
#include "base/ulid.h"
#include "bed/status.h"

#define EVENT_JSON_MAX	      ((size_t)8192) /* one event as JSON */
#define EVENT_ID_CHARS	      30	     /* "evt_" and a ULID */
#define EVENT_TIME_SOURCE_MAX 128	     /* bytes of source.time_source */

/* Where the event came from. An event from the API has adapter "api" and no file; what a person set
 * at the home (board, bedpost bed set) has adapter "board", and the digest of the request's key
 * where a file's would stand. */
struct event_source {
	struct span adapter; /* an identifier (ident.h); SPAN_NONE if the event has no source */
	struct span file;    /* first 16 bytes of the file's digest as hex; SPAN_NONE if none */
	uint32_t record;     /* 1-based record number in the file */
	uint32_t ordinal;    /* 0-based: a record can make more than one event (A02 makes two) */
	struct span time_source; /* the field that gave changed_at ("EVN-6", "TID"), or SPAN_NONE */
};

struct event {
	struct ulid id;
	struct span facility_id; /* ident.h shapes */
	struct span bed_id;
	struct span ward;	/* SPAN_NONE: unknown, keep */
	struct span changed_by; /* SPAN_NONE: unknown */
	enum care_level care_level;
	enum bed_status previous_status;
	enum bed_status new_status;
	enum reason reason;
	usec_t changed_at;
	struct event_source source;
};

/* The id that follows from the source alone: reading the same file twice makes the same ids. The
 * time part is changed_at, the tail a digest of (facility, adapter, file, record, ordinal). Needs
 * all these fields set. */
struct ulid event_id_from_source(const struct event *e);

/* What the bed would have back if the event, which finds it at status (and at before before that),
 * were cancelled. BED_UNKNOWN: not known. */
enum bed_status event_status_before(const struct event *e, enum bed_status status,
				    enum bed_status before);
/* The same for many events of one file. A digest does not depend on what the event says, so those
 * of the records that come next are made together with the one that is asked for. */
#define EVENT_IDS_ORDINALS 2  /* of a record, that are made ahead */
#define EVENT_IDS_AHEAD	   64 /* records, a multiple of DIGEST_EIGHT */
struct event_ids {
	struct digest_stream begun;		   /* with what they share */
	char text[DIGEST_EIGHT][DIGEST_SHORT_MAX]; /* and the same as text, room for two numbers */
	size_t n; /* without the numbers; 0: too long, each is hashed alone */
	struct {
		bool valid;
		uint32_t record; /* of the first */
		struct digest digests[EVENT_IDS_AHEAD];
	} ahead[EVENT_IDS_ORDINALS];
};
void event_ids_begin(struct event_ids *ids, struct span facility, struct span adapter,
		     struct span file);
struct ulid event_ids_make(struct event_ids *ids, const struct event *e);
char *event_id_format(struct ulid id, char out[EVENT_ID_CHARS + 1]);
bool event_id_parse(struct span s, struct ulid *ret);

/* Shape of every field; names the field. Not whether facility or bed exist, nor clock skew: that is
 * the region's. */
int event_check(const struct event *e, struct err *err);
/* The same without facility and source, for events that share theirs with one that was checked. */
int event_check_change(const struct event *e, struct err *err);

/* One line without its newline, all keys, in the order above. */
void event_to_json(const struct event *e, struct buf *out);
/* Also checks (event_check). Strings are copied into the arena. */
int event_from_json(struct span json, struct arena *a, struct event *ret, struct err *err);
