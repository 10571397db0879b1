/* A statement per table, each an unnest of columns; all are sent before the first answer is read.
 * Arrays are reused from statement to statement: what was sent is copied. */
#include "regional/merge/save.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/kill_point.h"

/* ---- what the commit makes ---- */

static void copy_id(char out[IDENT_MAX + 1], struct span s)
{
	size_t n = s.n < IDENT_MAX ? s.n : IDENT_MAX;
	memcpy(out, s.p, n);
	out[n] = '\0';
}

static struct avail avail_of(const struct ledger_home *h, const struct ledger_group *g)
{
	struct avail a = {
	    .care_level = g->care_level,
	    .total = g->total,
	    .available = g->counts[BED_AVAILABLE],
	    .occupied = g->counts[BED_OCCUPIED],
	    .reserved = g->counts[BED_RESERVED],
	    .maintenance = g->counts[BED_MAINTENANCE],
	    .unconfirmed = g->unconfirmed,
	    .as_of = h->as_of,
	    .rev = h->rev,
	};
	copy_id(a.facility_id, h->id);
	copy_id(a.ward, g->ward);
	return a;
}

size_t save_prepare(struct ledger *l, struct avail **ret)
{
	size_t n = 0, i = 0;

	for (struct ledger_home *h = l->homes; h; h = h->next)
		for (const struct ledger_group *g = h->groups; g; g = g->next)
			n++;
	struct avail *rows = arena_array(&l->arena, struct avail, n + 1);
	for (struct ledger_home *h = l->homes; h; h = h->next) {
		if (h->changed)
			h->rev++;
		for (struct ledger_bed *b = h->beds; h->changed && b; b = b->next)
			if (b->by_region)
				b->region_rev = h->rev;
		if (h->groups)
			ledger_count(h);
		for (const struct ledger_group *g = h->groups; g; g = g->next)
			rows[i++] = avail_of(h, g);
	}
	*ret = rows;
	return n;
}

/* ---- columns ---- */

static void begin(struct columns *c, const enum pg_type *types, int n)
{
	for (int i = 0; i < n; i++)
		pg_array_begin(&c->a[i], types[i]);
}

static int send_columns(struct pg *pg, const char *sql, struct columns *c, int n, struct err *err)
{
	struct pg_params p = {0};

	if (c->a[0].n == 0)
		return 0;
	for (int i = 0; i < n; i++) {
		assert(c->a[i].n == c->a[0].n);
		pg_add_array(&p, &c->a[i]);
	}
	return pg_send(pg, sql, &p, err);
}

static void add_name(struct pg_array *a, const char *name)
{
	pg_array_text(a, span_str(name));
}

/* ---- statements ---- */

static const char sql_insert_beds[] =
    "INSERT INTO beds (facility_id, id, ward, care_level, status, version, last_updated, "
    "confirmed_at, unconfirmed, region_rev) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],"
    " $7::timestamptz[], $8::timestamptz[], $9::boolean[], $10::bigint[])";
static const char sql_update_beds[] =
    "UPDATE beds b SET ward = w.ward, care_level = w.care_level, status = w.status, version = "
    "w.version,"
    " last_updated = w.last_updated, confirmed_at = w.confirmed_at, unconfirmed = w.unconfirmed,"
    " region_rev = w.region_rev "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], "
    "$7::timestamptz[],"
    " $8::timestamptz[], $9::boolean[], $10::bigint[])"
    " AS w(facility_id, id, ward, care_level, status, version, last_updated, confirmed_at, "
    "unconfirmed, region_rev) "
    "WHERE b.facility_id = w.facility_id AND b.id = w.id";

static int send_beds(struct pg *pg, struct columns *c, const struct ledger *l, bool loaded,
		     struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_TEXT,	       PG_TEXT,
					     PG_TEXT, PG_INT8, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ,
					     PG_BOOL, PG_INT8};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (const struct ledger_home *h = l->homes; h; h = h->next) {
		for (const struct ledger_bed *b = h->beds; b; b = b->next) {
			if (!b->dirty || b->loaded != loaded)
				continue;
			pg_array_text(&a[0], h->id);
			pg_array_text(&a[1], b->id);
			pg_array_text(&a[2], b->ward);
			add_name(&a[3], care_level_name(b->care_level));
			add_name(&a[4], bed_status_name(b->status));
			pg_array_i64(&a[5], b->version);
			pg_array_time(&a[6], b->last_updated);
			pg_array_time(&a[7], b->confirmed_at);
			pg_array_bool(&a[8], b->unconfirmed);
			pg_array_i64(&a[9], b->region_rev);
		}
	}
	return send_columns(pg, loaded ? sql_update_beds : sql_insert_beds, c, ARRAY_LEN(types),
			    err);
}

static const char sql_audit[] =
    "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, previous_status, "
    "held_status,"
    " new_status, ward, care_level, changed_by, changed_at, received_at, reason, source, "
    "source_ip, outcome,"
    " outcome_reason, in_history, bed_version, conflict_id, prev_hash, hash) "
    "SELECT facility_id, n, epoch, seq, event_id, bed_id, previous_status, held_status, "
    "new_status, ward, care_level,"
    " changed_by, changed_at, received_at, reason, source, source_ip::inet, outcome, "
    "outcome_reason, in_history,"
    " bed_version, conflict_id, prev_hash, hash "
    "FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], "
    "$7::text[], $8::text[],"
    " $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], "
    "$15::text[],"
    " $16::jsonb[], $17::text[], $18::text[], $19::text[], $20::boolean[], $21::bigint[], "
    "$22::text[], $23::bytea[],"
    " $24::bytea[]) AS w(facility_id, n, epoch, seq, event_id, bed_id, previous_status, "
    "held_status, new_status, ward,"
    " care_level, changed_by, changed_at, received_at, reason, source, source_ip, outcome, "
    "outcome_reason, in_history,"
    " bed_version, conflict_id, prev_hash, hash)";

static void add_source(struct pg_array *a, const struct event_source *s, struct buf *scratch)
{
	if (!s->adapter.p) {
		pg_array_null(a);
		return;
	}
	buf_clear(scratch);
	buf_adds(scratch, "{\"adapter\":");
	buf_add_json(scratch, s->adapter);
	if (s->file.p) {
		buf_adds(scratch, ",\"file\":");
		buf_add_json(scratch, s->file);
	}
	buf_addf(scratch, ",\"record\":%u,\"ordinal\":%u", s->record, s->ordinal);
	if (s->time_source.p) {
		buf_adds(scratch, ",\"time_source\":");
		buf_add_json(scratch, s->time_source);
	}
	buf_addc(scratch, '}');
	pg_array_text(a, buf_span(scratch));
}

static void add_audit(struct pg_array *a, const struct ledger_audit *row, struct buf *scratch)
{
	const struct audit_row *r = &row->row;
	const struct event *e = r->event;
	char id[EVENT_ID_CHARS + 1];

	pg_array_text(&a[0], r->facility_id);
	pg_array_i64(&a[1], r->n);
	pg_array_text(&a[2], r->epoch);
	pg_array_i64(&a[3], (int64_t)r->seq);
	pg_array_text(&a[4], span_of(event_id_format(e->id, id), EVENT_ID_CHARS));
	pg_array_text(&a[5], e->bed_id);
	add_name(&a[6], bed_status_name(e->previous_status));
	add_name(&a[7], bed_status_name(r->held_status));
	add_name(&a[8], bed_status_name(e->new_status));
	pg_array_text(&a[9], r->ward);
	add_name(&a[10], care_level_name(r->care_level));
	pg_array_text(&a[11], e->changed_by);
	pg_array_time(&a[12], e->changed_at);
	pg_array_time(&a[13], r->received_at);
	add_name(&a[14], reason_name(e->reason));
	add_source(&a[15], &e->source, scratch);
	pg_array_text(&a[16], r->source_ip);
	add_name(&a[17], outcome_name(r->outcome));
	add_name(&a[18], r->outcome_reason);
	pg_array_bool(&a[19], r->in_history);
	pg_array_i64(&a[20], r->bed_version);
	pg_array_text(&a[21], r->conflict_id);
	pg_array_text(&a[22], span_of((const char *)row->prev.b, DIGEST_BYTES));
	pg_array_text(&a[23], span_of((const char *)row->hash.b, DIGEST_BYTES));
}

static int send_audit(struct pg *pg, struct columns *c, const struct ledger *l, struct err *err)
{
	static const enum pg_type types[] = {
	    PG_TEXT, PG_INT8, PG_TEXT, PG_INT8, PG_TEXT,	PG_TEXT,	PG_TEXT,  PG_TEXT,
	    PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TEXT,  PG_JSONB,
	    PG_TEXT, PG_TEXT, PG_TEXT, PG_BOOL, PG_INT8,	PG_TEXT,	PG_BYTEA, PG_BYTEA};
	_cleanup_(buf_done) struct buf scratch = BUF_INIT;

	begin(c, types, ARRAY_LEN(types));
	for (size_t i = 0; i < l->n_audit; i++)
		add_audit(c->a, &l->audit[i], &scratch);
	return send_columns(pg, sql_audit, c, ARRAY_LEN(types), err);
}

static const char sql_refusals[] =
    "INSERT INTO refusals (facility_id, epoch, seq, event_id, received_at, reason, source_ip) "
    "SELECT facility_id, epoch, seq, event_id, received_at, reason, source_ip::inet "
    "FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], "
    "$7::text[])"
    " AS w(facility_id, epoch, seq, event_id, received_at, reason, source_ip)";

static int send_refusals(struct pg *pg, struct columns *c, const struct ledger *l, struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT,	     PG_TEXT, PG_INT8, PG_TEXT,
					     PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (size_t i = 0; i < l->n_refusals; i++) {
		const struct ledger_refusal *f = l->refusals[i];
		pg_array_text(&a[0], f->home->id);
		pg_array_text(&a[1], f->stream->epoch);
		pg_array_i64(&a[2], (int64_t)f->seq);
		pg_array_text(&a[3], f->event_id);
		pg_array_time(&a[4], f->received_at);
		add_name(&a[5], f->reason);
		pg_array_text(&a[6], f->source_ip);
	}
	return send_columns(pg, sql_refusals, c, ARRAY_LEN(types), err);
}

static const char sql_chains[] =
    "INSERT INTO conflicts (facility_id, id, bed_id, opened_at, held_status, branch_status, "
    "events, last_event_at,"
    " status, settled_at, settled_by, settled_status, settled_reason) "
    "SELECT facility_id, id, bed_id, opened_at, held, branch, events, last_event_at,"
    " CASE WHEN settled_by IS NULL THEN 'open' ELSE 'settled' END,"
    " settled_at, settled_by, settled_status, settled_reason "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], "
    "$7::int[],"
    " $8::timestamptz[], $9::text[], $10::timestamptz[], $11::text[], $12::text[])"
    " AS w(facility_id, id, bed_id, opened_at, held, branch, events, last_event_at, settled_by,"
    " settled_at, settled_status, settled_reason) "
    "ON CONFLICT (facility_id, id) DO UPDATE SET branch_status = excluded.branch_status, events = "
    "excluded.events,"
    " last_event_at = excluded.last_event_at, status = excluded.status,"
    " settled_at = excluded.settled_at, settled_by = excluded.settled_by,"
    " settled_status = excluded.settled_status, settled_reason = excluded.settled_reason";

static int send_chains(struct pg *pg, struct columns *c, const struct ledger *l, struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT, PG_TEXT,	      PG_TEXT, PG_TIMESTAMPTZ,
					     PG_TEXT, PG_TEXT,	      PG_INT4, PG_TIMESTAMPTZ,
					     PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (const struct ledger_home *h = l->homes; h; h = h->next) {
		for (const struct ledger_chain *k = h->chains; k; k = k->next) {
			if (!k->dirty)
				continue;
			pg_array_text(&a[0], h->id);
			pg_array_text(&a[1], k->id);
			pg_array_text(&a[2], k->bed_id);
			pg_array_time(&a[3], k->opened_at);
			add_name(&a[4], bed_status_name(k->held));
			add_name(&a[5], bed_status_name(k->branch));
			pg_array_i64(&a[6], k->events);
			pg_array_time(&a[7], k->last_event_at);
			add_name(&a[8], k->settled_by);
			pg_array_time(&a[9], k->settled_by ? k->settled_at : USEC_NONE);
			add_name(&a[10], k->settled_by ? bed_status_name(k->settled_status) : NULL);
			add_name(&a[11], k->settled_by ? k->settled_reason : NULL);
		}
	}
	return send_columns(pg, sql_chains, c, ARRAY_LEN(types), err);
}

static const char sql_set_views[] =
    "INSERT INTO home_views (facility_id, bed_id, status, changed_at) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) "
    "ON CONFLICT (facility_id, bed_id) DO UPDATE SET status = excluded.status, changed_at = "
    "excluded.changed_at";
static const char sql_drop_views[] =
    "DELETE FROM home_views v USING unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])"
    " AS w(facility_id, bed_id, status, changed_at) "
    "WHERE v.facility_id = w.facility_id AND v.bed_id = w.bed_id";

static int send_views(struct pg *pg, struct columns *c, const struct ledger *l, bool gone,
		      struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (const struct ledger_home *h = l->homes; h; h = h->next) {
		for (const struct ledger_view *v = h->views; v; v = v->next) {
			if (!v->dirty || v->gone != gone || (gone && !v->loaded))
				continue;
			pg_array_text(&a[0], h->id);
			pg_array_text(&a[1], v->bed_id);
			add_name(&a[2], bed_status_name(v->status));
			pg_array_time(&a[3], v->changed_at);
		}
	}
	return send_columns(pg, gone ? sql_drop_views : sql_set_views, c, ARRAY_LEN(types), err);
}

static const char sql_availability[] =
    "INSERT INTO facility_availability (facility_id, ward, care_level, total, available, reserved, "
    "occupied,"
    " maintenance, unconfirmed, as_of, rev) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], "
    "$7::int[], $8::int[],"
    " $9::int[], $10::timestamptz[], $11::bigint[]) "
    "ON CONFLICT (facility_id, ward, care_level) DO UPDATE SET total = excluded.total, available = "
    "excluded.available,"
    " reserved = excluded.reserved, occupied = excluded.occupied, maintenance = "
    "excluded.maintenance,"
    " unconfirmed = excluded.unconfirmed, as_of = excluded.as_of, rev = excluded.rev";

static int send_availability(struct pg *pg, struct columns *c, const struct avail *rows, size_t n,
			     struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT, PG_TEXT,	      PG_TEXT, PG_INT4,
					     PG_INT4, PG_INT4,	      PG_INT4, PG_INT4,
					     PG_INT4, PG_TIMESTAMPTZ, PG_INT8};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (size_t i = 0; i < n; i++) {
		add_name(&a[0], rows[i].facility_id);
		add_name(&a[1], rows[i].ward);
		add_name(&a[2], care_level_name(rows[i].care_level));
		pg_array_i64(&a[3], rows[i].total);
		pg_array_i64(&a[4], rows[i].available);
		pg_array_i64(&a[5], rows[i].reserved);
		pg_array_i64(&a[6], rows[i].occupied);
		pg_array_i64(&a[7], rows[i].maintenance);
		pg_array_i64(&a[8], rows[i].unconfirmed);
		pg_array_time(&a[9], rows[i].as_of);
		pg_array_i64(&a[10], rows[i].rev);
	}
	return send_columns(pg, sql_availability, c, ARRAY_LEN(types), err);
}

static const char sql_streams[] =
    "INSERT INTO streams (facility_id, epoch, applied_through, first_received_at, "
    "last_received_at) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], "
    "$5::timestamptz[]) "
    "ON CONFLICT (facility_id, epoch) DO UPDATE SET applied_through = excluded.applied_through,"
    " last_received_at = excluded.last_received_at";

static int send_streams(struct pg *pg, struct columns *c, const struct ledger *l, struct err *err)
{
	static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_INT8, PG_TIMESTAMPTZ,
					     PG_TIMESTAMPTZ};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (const struct ledger_home *h = l->homes; h; h = h->next) {
		for (const struct ledger_stream *s = h->streams; s; s = s->next) {
			if (!s->dirty)
				continue;
			pg_array_text(&a[0], h->id);
			pg_array_text(&a[1], s->epoch);
			pg_array_i64(&a[2], (int64_t)s->applied_through);
			pg_array_time(&a[3], s->first_received_at);
			pg_array_time(&a[4], s->last_received_at);
		}
	}
	return send_columns(pg, sql_streams, c, ARRAY_LEN(types), err);
}

static const char sql_homes[] =
    "UPDATE facilities f SET"
    " offline_since = CASE WHEN w.contacted THEN NULL ELSE f.offline_since END,"
    " last_contact_at = w.last_contact_at, "
    "queue_depth = w.queue_depth,"
    " in_sync_at = w.in_sync_at, as_of = w.as_of,"
    " clock_skew_us = CASE WHEN w.contacted THEN w.clock_skew ELSE f.clock_skew_us END,"
    " snapshot_asked_at = w.snapshot_asked_at,"
    " agent = w.agent, rev = w.rev, audit_n = w.audit_n, audit_head = w.audit_head, newest_event = "
    "w.newest_event,"
    " gap_since = w.gap_since, gap_epoch = w.gap_epoch, gap_through = w.gap_through,"
    " fed_at = w.fed_at "
    "FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], "
    "$5::timestamptz[], $6::bigint[],"
    " $7::timestamptz[], $8::text[], $9::bigint[], $10::bigint[], $11::bytea[], $12::text[], "
    "$13::boolean[], $14::timestamptz[], $15::text[], $16::bigint[], $17::timestamptz[])"
    " AS w(id, last_contact_at, queue_depth, in_sync_at, as_of, clock_skew, snapshot_asked_at, "
    "agent, rev, audit_n,"
    " audit_head, newest_event, contacted, gap_since, gap_epoch, gap_through, fed_at) "
    "WHERE f.id = w.id";

static void add_newest(struct pg_array *a, struct ulid newest)
{
	static const struct ulid none;
	char id[EVENT_ID_CHARS + 1];

	if (ulid_eq(newest, none))
		pg_array_null(a);
	else
		pg_array_text(a, span_of(event_id_format(newest, id), EVENT_ID_CHARS));
}

static void add_gap(struct pg_array a[3], const struct ledger_home *h)
{
	pg_array_time(&a[0], h->gap_since);
	if (h->gap_since == USEC_NONE) {
		pg_array_null(&a[1]);
		pg_array_null(&a[2]);
		return;
	}
	pg_array_text(&a[1], h->gap_epoch);
	pg_array_i64(&a[2], (int64_t)h->gap_through);
}

static int send_homes(struct pg *pg, struct columns *c, const struct ledger *l, struct err *err)
{
	static const enum pg_type types[] = {
	    PG_TEXT,	    PG_TIMESTAMPTZ, PG_INT8, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT8,
	    PG_TIMESTAMPTZ, PG_TEXT,	    PG_INT8, PG_INT8,	     PG_BYTEA,	     PG_TEXT,
	    PG_BOOL,	    PG_TIMESTAMPTZ, PG_TEXT, PG_INT8,	     PG_TIMESTAMPTZ};
	struct pg_array *a = c->a;

	begin(c, types, ARRAY_LEN(types));
	for (const struct ledger_home *h = l->homes; h; h = h->next) {
		if (!h->dirty)
			continue;
		pg_array_text(&a[0], h->id);
		pg_array_time(&a[1], h->last_contact_at);
		pg_array_i64(&a[2], h->queue_depth);
		pg_array_time(&a[3], h->in_sync_at);
		pg_array_time(&a[4], h->as_of);
		pg_array_i64(&a[5], h->clock_skew);
		pg_array_time(&a[6], h->snapshot_asked_at);
		pg_array_text(&a[7], h->agent);
		pg_array_i64(&a[8], h->rev);
		pg_array_i64(&a[9], h->audit_n);
		pg_array_text(&a[10], h->audit_n
					  ? span_of((const char *)h->audit_head.b, DIGEST_BYTES)
					  : SPAN_NONE);
		add_newest(&a[11], h->newest_event);
		pg_array_bool(&a[12], h->contacted);
		add_gap(&a[13], h);
		pg_array_time(&a[16], h->fed_at);
	}
	return send_columns(pg, sql_homes, c, ARRAY_LEN(types), err);
}

static int send_notify(struct pg *pg, struct ledger *l, struct err *err)
{
	struct pg_params p = PG_PARAMS(&l->arena);
	_cleanup_(buf_done) struct buf ids = BUF_INIT;

	for (const struct ledger_home *h = l->homes; h && ids.n <= SAVE_PAYLOAD_MAX; h = h->next)
		if (h->changed || h->seen_anew)
			buf_addf(&ids, "%s" SPAN_FMT, ids.n ? "," : "", SPAN_ARG(h->id));
	if (!ids.n)
		return 0;
	pg_add_text(&p, ids.n > SAVE_PAYLOAD_MAX ? SPAN("*") : buf_span(&ids));
	return pg_send(pg, "SELECT pg_notify('" SAVE_CHANNEL "', $1)", &p, err);
}

int save(struct pg *pg, struct columns *c, struct ledger *l, const struct avail *rows,
	 size_t n_rows, struct err *err)
{
	int r = send_beds(pg, c, l, false, err);

	if (r == 0)
		r = send_beds(pg, c, l, true, err);
	if (r == 0)
		r = send_audit(pg, c, l, err);
	if (r == 0)
		r = send_refusals(pg, c, l, err);
	if (r == 0)
		r = send_chains(pg, c, l, err);
	if (r == 0)
		r = send_views(pg, c, l, false, err);
	if (r == 0)
		r = send_views(pg, c, l, true, err);
	if (r == 0)
		r = send_availability(pg, c, rows, n_rows, err);
	if (r == 0)
		r = send_streams(pg, c, l, err);
	if (r == 0)
		r = send_homes(pg, c, l, err);
	if (r == 0)
		r = send_notify(pg, l, err);
	if (r == 0)
		kill_point("before_commit");
	if (r == 0)
		r = pg_send(pg, "COMMIT", NULL, err);
	if (r == 0)
		r = pg_sync(pg, err);
	return r < 0 ? r : pg_received(pg, err);
}
