/* The audit log's hash chain, one per home:
 *
 *     genesis = BLAKE2b-256( "bedpost-audit:" facility_id )
 *     hash(1) = BLAKE2b-256( genesis row(1) )
 *     hash(n) = BLAKE2b-256( hash(n-1) row(n) )       the 32 raw bytes, then the row's text
 *
 * A row's text is its columns in this order, each followed by 0x1F, null as nothing, closed by
 * 0x0A:
 *
 *     facility_id n epoch seq event_id bed_id previous_status held_status new_status
 *     ward care_level changed_by changed_at received_at reason
 *     adapter file record ordinal time_source
 *     source_ip outcome outcome_reason in_history bed_version conflict_id
 *
 * Numbers are decimal, times microseconds since 1970 in UTC, in_history "t" or "f", source_ip
 * without a netmask; adapter to time_source are the members of the column source (record and
 * ordinal only with an adapter). No column can hold 0x1F or 0x0A: identifiers and codes have their
 * shapes, and what has none is refused at the door.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/span.h"
#include "bed/event.h"
#include "bed/status.h"

struct audit_row {
	struct span facility_id;
	int64_t n;
	struct span epoch;
	uint64_t seq;
	const struct event
	    *event; /* id, bed, statuses as said, changed_by, changed_at, reason, source */
	enum bed_status held_status; /* UNKNOWN: the bed was not known */
	struct span ward;	     /* of the bed after the event */
	enum care_level care_level;
	usec_t received_at;
	struct span source_ip;
	enum outcome outcome;
	const char *outcome_reason; /* NULL if none */
	bool in_history;
	int64_t bed_version;
	struct span conflict_id; /* SPAN_NONE if none */
};

/* A row as the database holds it: what somebody with the owner's rights may have written there, so
 * every text is just text. */
struct audit_stored {
	struct span facility_id;
	int64_t n;
	struct span epoch;
	int64_t seq;
	struct span event_id, bed_id, previous_status, held_status, new_status, ward, care_level,
	    changed_by;
	usec_t changed_at, received_at;
	struct span reason, adapter, file, record, ordinal, time_source, source_ip, outcome,
	    outcome_reason;
	bool in_history;
	int64_t bed_version;
	struct span conflict_id;
};

struct digest audit_genesis(struct span facility_id);
/* The row's text from the column after n to its end: what stays the same when a row is moved. */
void audit_tail(const struct audit_stored *row, struct buf *out);
/* The hash of a row at place n with this tail. */
struct digest audit_hash_tail(const struct digest *prev, struct span facility_id, int64_t n,
			      struct span tail);
struct digest audit_hash(const struct audit_row *row, const struct digest *prev);
