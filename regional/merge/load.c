/* Set-based: each statement takes arrays, whatever the number of homes and events. */
#include "regional/merge/load.h"

#include <string.h>

void columns_done(struct columns *c)
{
	for (int i = 0; i < PG_PARAMS_MAX; i++)
		pg_array_done(&c->a[i]);
}

static const char sql_homes[] =
    "SELECT id, revoked_at IS NOT NULL, conflict_policy, auto_register, default_care_level, rev, "
    "audit_n, audit_head,"
    " newest_event, last_contact_at, in_sync_at, as_of, snapshot_asked_at, queue_depth, agent,"
    " gap_since, gap_epoch, gap_through, fed_at, "
    "CASE WHEN certificates_pinned THEN coalesce((SELECT string_agg(c.fingerprint, ' ') "
    "FROM certificates c WHERE c.facility_id = facilities.id AND c.revoked_at IS NULL), '') END "
    "FROM facilities WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

static const char sql_streams[] =
    "SELECT s.facility_id, s.epoch, s.applied_through, s.first_received_at "
    "FROM unnest($1::text[], $2::text[]) AS w(facility, epoch) "
    "JOIN streams s ON s.facility_id = w.facility AND s.epoch = w.epoch";

static const char sql_refusals[] = "SELECT r.facility_id, r.epoch, r.seq, r.reason "
				   "FROM unnest($1::text[], $2::text[], $3::bigint[], "
				   "$4::bigint[]) AS w(facility, epoch, first, last) "
				   "JOIN refusals r ON r.facility_id = w.facility AND r.epoch = "
				   "w.epoch AND r.seq BETWEEN w.first AND w.last";

static const char sql_beds[] = "SELECT facility_id, id, ward, care_level, status, version, "
			       "last_updated, confirmed_at, unconfirmed, region_rev "
			       "FROM beds WHERE facility_id = ANY ($1)";

static const char sql_chains[] =
    "SELECT facility_id, id, bed_id, held_status, branch_status, events, opened_at, last_event_at "
    "FROM conflicts WHERE facility_id = ANY ($1) AND status = 'open'";

static const char sql_views[] =
    "SELECT facility_id, bed_id, status, changed_at FROM home_views WHERE facility_id = ANY ($1)";

/* An event was received no earlier than DECIDE_AHEAD_MAX before its changed_at: older partitions
 * cannot hold it. */
static const char sql_seen[] = "SELECT w.i FROM unnest($1::int[], $2::text[], $3::text[], "
			       "$4::timestamptz[]) AS w(i, facility, event, since) "
			       "CROSS JOIN LATERAL (SELECT FROM bed_audit_log a"
			       " WHERE a.facility_id = w.facility AND a.event_id = w.event AND "
			       "a.received_at >= w.since LIMIT 1) AS found";

static const char sql_then[] =
    "SELECT w.i, found.new_status, found.changed_at "
    "FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[]) AS w(i, facility, bed, at) "
    "CROSS JOIN LATERAL (SELECT a.new_status, a.changed_at FROM bed_audit_log a"
    " WHERE a.facility_id = w.facility AND a.bed_id = w.bed AND a.changed_at <= w.at AND "
    "a.in_history"
    " ORDER BY a.changed_at DESC, a.n DESC LIMIT 1) AS found";

/* ---- first round trip ---- */

static int send_first(struct pg *pg, struct columns *c, struct ledger *l,
		      const struct play_batch *batches, size_t n, struct err *err)
{
	struct pg_params homes = PG_PARAMS(&l->arena), streams = PG_PARAMS(&l->arena),
			 refusals = PG_PARAMS(&l->arena);

	pg_array_begin(&c->a[0], PG_TEXT);
	for (const struct ledger_home *h = l->homes; h; h = h->next)
		pg_array_text(&c->a[0], h->id);
	pg_add_array(&homes, &c->a[0]);
	pg_array_begin(&c->a[1], PG_TEXT);
	pg_array_begin(&c->a[2], PG_TEXT);
	pg_array_begin(&c->a[3], PG_INT8);
	pg_array_begin(&c->a[4], PG_INT8);
	for (size_t i = 0; i < n; i++) {
		const struct wire_header *h = &batches[i].batch->header;
		pg_array_text(&c->a[1], h->facility);
		pg_array_text(&c->a[2], h->epoch);
		pg_array_i64(&c->a[3], (int64_t)h->first);
		pg_array_i64(&c->a[4], (int64_t)h->last);
	}
	for (int i = 1; i <= 4; i++) {
		pg_add_array(&refusals, &c->a[i]);
		if (i <= 2)
			pg_add_array(&streams, &c->a[i]);
	}
	int r = pg_send(pg, "BEGIN", NULL, err);
	if (r == 0)
		r = pg_send(pg, sql_homes, &homes, err);
	if (r == 0)
		r = pg_send(pg, sql_streams, &streams, err);
	if (r == 0)
		r = pg_send(pg, sql_refusals, &refusals, err);
	if (r == 0)
		r = pg_send(pg, sql_beds, &homes, err);
	if (r == 0)
		r = pg_send(pg, sql_chains, &homes, err);
	if (r == 0)
		r = pg_send(pg, sql_views, &homes, err);
	return r < 0 ? r : pg_sync(pg, err);
}

static void read_home(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct span head = pg_get_text(r, k, 7), newest = pg_get_text(r, k, 8);

	h->found = true;
	h->revoked = pg_get_bool(r, k, 1);
	(void)conflict_policy_parse(pg_get_text(r, k, 2), &h->policy.conflict);
	h->policy.auto_register = pg_get_bool(r, k, 3);
	(void)care_level_parse(pg_get_text(r, k, 4), &h->default_care_level);
	h->rev = pg_get_i64(r, k, 5);
	h->audit_n = pg_get_i64(r, k, 6);
	if (head.n == DIGEST_BYTES)
		memcpy(h->audit_head.b, head.p, DIGEST_BYTES);
	else
		h->audit_head = audit_genesis(h->id);
	(void)event_id_parse(newest, &h->newest_event);
	h->last_contact_at = pg_get_time(r, k, 9);
	h->in_sync_at = pg_get_time(r, k, 10);
	h->as_of = pg_get_time(r, k, 11);
	h->snapshot_asked_at = pg_get_time(r, k, 12);
	h->queue_depth = pg_get_i64(r, k, 13);
	h->agent = arena_span(&l->arena, pg_get_text(r, k, 14));
	h->gap_since = pg_get_time(r, k, 15);
	h->gap_epoch = arena_span(&l->arena, pg_get_text(r, k, 16));
	h->gap_through = (uint64_t)pg_get_i64(r, k, 17);
	h->fed_at = pg_get_time(r, k, 18);
	if (!pg_is_null(r, k, 19))
		h->certificates = arena_span(&l->arena, pg_get_text(r, k, 19));
}

static void read_stream(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct ledger_stream *s = ledger_stream(l, h, pg_get_text(r, k, 1));

	s->applied_through = (uint64_t)pg_get_i64(r, k, 2);
	s->first_received_at = pg_get_time(r, k, 3);
}

static void read_refusal(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct ledger_stream *s = ledger_stream(l, h, pg_get_text(r, k, 1));
	uint64_t seq = (uint64_t)pg_get_i64(r, k, 2);

	if (!ledger_find_refusal(l, s, seq)) /* two batches of one range name it twice */
		ledger_add_refusal(l, h, s, seq)->reason =
		    arena_span(&l->arena, pg_get_text(r, k, 3)).p;
}

static void read_bed(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct ledger_bed *b = ledger_add_bed(l, h, pg_get_text(r, k, 1));

	b->ward = arena_span(&l->arena, pg_get_text(r, k, 2));
	(void)care_level_parse(pg_get_text(r, k, 3), &b->care_level);
	(void)bed_status_parse(pg_get_text(r, k, 4), &b->status);
	b->version = pg_get_i64(r, k, 5);
	b->last_updated = pg_get_time(r, k, 6);
	b->confirmed_at = pg_get_time(r, k, 7);
	b->unconfirmed = pg_get_bool(r, k, 8);
	b->region_rev = pg_get_i64(r, k, 9);
	b->loaded = true;
	b->loaded_status = b->status;
	b->loaded_confirmed = b->confirmed_at;
}

static void read_chain(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct ledger_chain *c = ledger_add_chain(l, h, pg_get_text(r, k, 1), pg_get_text(r, k, 2));
	struct ledger_bed *b = ledger_find_bed(l, h, c->bed_id);

	(void)bed_status_parse(pg_get_text(r, k, 3), &c->held);
	(void)bed_status_parse(pg_get_text(r, k, 4), &c->branch);
	c->events = (int32_t)pg_get_i64(r, k, 5);
	c->opened_at = pg_get_time(r, k, 6);
	c->last_event_at = pg_get_time(r, k, 7);
	if (b)
		b->chain = c;
}

static void read_view(struct ledger *l, const struct pg_result *r, int k)
{
	struct ledger_home *h = ledger_find_home(l, pg_get_text(r, k, 0));
	struct ledger_view *v = ledger_add_view(l, h, pg_get_text(r, k, 1));

	(void)bed_status_parse(pg_get_text(r, k, 2), &v->status);
	v->changed_at = pg_get_time(r, k, 3);
	v->loaded = true;
}

static int receive_rows(struct pg *pg, struct ledger *l,
			void (*read)(struct ledger *, const struct pg_result *, int),
			struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_receive(pg, &r, err);

	for (int k = 0; e == 0 && k < pg_rows(r); k++)
		read(l, r, k);
	return e;
}

static int receive_first(struct pg *pg, struct ledger *l, struct err *err)
{
	int e = pg_receive(pg, NULL, err); /* BEGIN */

	if (e == 0)
		e = receive_rows(pg, l, read_home, err);
	if (e == 0)
		e = receive_rows(pg, l, read_stream, err);
	if (e == 0)
		e = receive_rows(pg, l, read_refusal, err);
	if (e == 0)
		e = receive_rows(pg, l, read_bed, err);
	if (e == 0)
		e = receive_rows(pg, l, read_chain, err);
	if (e == 0)
		e = receive_rows(pg, l, read_view, err);
	int all = pg_received(pg, e < 0 ? NULL : err);
	return e < 0 ? e : all;
}

/* ---- second round trip ---- */

/* Events are numbered through all batches; find_probe() goes back from the number. */
struct asked {
	struct ledger_probe **probes;
	size_t n, n_seen, n_then;
};

static bool may_be_seen(const struct play_batch *p, const struct wire_item *item)
{
	return item->seq <= p->stream->applied_through ||
	       memcmp(item->event.id.b, p->home->newest_event.b, ULID_BYTES) <= 0;
}

static void ask_seen(struct columns *c, size_t i, const struct play_batch *p, const struct event *e)
{
	char id[EVENT_ID_CHARS + 1];

	pg_array_i64(&c->a[0], (int64_t)i);
	pg_array_text(&c->a[1], p->home->id);
	pg_array_text(&c->a[2], span_of(event_id_format(e->id, id), EVENT_ID_CHARS));
	pg_array_time(&c->a[3], e->changed_at - DECIDE_AHEAD_MAX);
}

static void ask_then(struct columns *c, size_t i, const struct play_batch *p, const struct event *e)
{
	pg_array_i64(&c->a[4], (int64_t)i);
	pg_array_text(&c->a[5], p->home->id);
	pg_array_text(&c->a[6], e->bed_id);
	pg_array_time(&c->a[7], e->changed_at);
}

static void ask(struct columns *c, struct ledger *l, struct play_batch *p, struct asked *asked)
{
	for (size_t i = p->from; i < p->to; i++) {
		const struct wire_item *item = &p->batch->items[i];
		if (!item->valid)
			continue;
		const struct ledger_bed *b = ledger_find_bed(l, p->home, item->event.bed_id);
		bool seen = may_be_seen(p, item);
		bool then = b && item->seq > p->stream->applied_through &&
			    item->event.changed_at < b->loaded_confirmed;
		if (!seen && !then)
			continue;
		if (seen)
			ask_seen(c, asked->n, p, &item->event);
		if (then)
			ask_then(c, asked->n, p, &item->event);
		asked->n_seen += seen;
		asked->n_then += then;
		asked->probes[asked->n++] = &p->probes[i];
	}
}

static int send_second(struct pg *pg, struct columns *c, struct ledger *l,
		       const struct asked *asked, struct err *err)
{
	struct pg_params seen = PG_PARAMS(&l->arena), then = PG_PARAMS(&l->arena);
	int r = 0;

	for (int i = 0; i < 4; i++) {
		pg_add_array(&seen, &c->a[i]);
		pg_add_array(&then, &c->a[i + 4]);
	}
	if (asked->n_seen)
		r = pg_send(pg, sql_seen, &seen, err);
	if (r == 0 && asked->n_then)
		r = pg_send(pg, sql_then, &then, err);
	return r < 0 ? r : pg_sync(pg, err);
}

static int receive_seen(struct pg *pg, const struct asked *asked, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_receive(pg, &r, err);

	for (int k = 0; e == 0 && k < pg_rows(r); k++)
		asked->probes[pg_get_i64(r, k, 0)]->seen = true;
	return e;
}

static int receive_then(struct pg *pg, const struct asked *asked, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_receive(pg, &r, err);

	for (int k = 0; e == 0 && k < pg_rows(r); k++) {
		struct ledger_probe *probe = asked->probes[pg_get_i64(r, k, 0)];
		(void)bed_status_parse(pg_get_text(r, k, 1), &probe->then);
		probe->then_at = pg_get_time(r, k, 2);
	}
	return e;
}

static int receive_second(struct pg *pg, const struct asked *asked, struct err *err)
{
	int e = asked->n_seen ? receive_seen(pg, asked, err) : 0;

	if (e == 0 && asked->n_then)
		e = receive_then(pg, asked, err);
	int all = pg_received(pg, e < 0 ? NULL : err);
	return e < 0 ? e : all;
}

static int probe_events(struct pg *pg, struct columns *c, struct ledger *l,
			struct play_batch *batches, size_t n, struct err *err)
{
	static const enum pg_type types[LOAD_COLUMNS] = {PG_INT4, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ,
							 PG_INT4, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ};
	struct asked asked = {0};
	size_t events = 0;

	for (size_t i = 0; i < n; i++)
		events += batches[i].to - batches[i].from;
	asked.probes = arena_array(&l->arena, struct ledger_probe *, events + 1);
	for (int i = 0; i < LOAD_COLUMNS; i++)
		pg_array_begin(&c->a[i], types[i]);
	for (size_t i = 0; i < n; i++)
		ask(c, l, &batches[i], &asked);
	if (!asked.n)
		return 0;
	int r = send_second(pg, c, l, &asked, err);
	return r < 0 ? r : receive_second(pg, &asked, err);
}

int load(struct pg *pg, struct columns *c, struct ledger *l, struct play_batch *batches, size_t n,
	 struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct wire_header *h = &batches[i].batch->header;
		batches[i].home = ledger_home(l, h->facility);
		batches[i].stream = ledger_stream(l, batches[i].home, h->epoch);
		batches[i].probes = arena_array(&l->arena, struct ledger_probe, h->count + 1);
	}
	int r = send_first(pg, c, l, batches, n, err);
	if (r == 0)
		r = receive_first(pg, l, err);
	return r < 0 ? r : probe_events(pg, c, l, batches, n, err);
}
