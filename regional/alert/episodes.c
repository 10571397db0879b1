#include "regional/alert/episodes.h"

#include <string.h>

#include "base/ulid.h"
#include "regional/alert/message.h"

/* ---- loading ---- */

int episodes_load_rules(struct pg *pg, struct arena *a, struct rules_policy *p, struct err *err)
{
	static const char sql[] = "SELECT rule, region_id, facility_id, ward, enabled, "
				  "coalesce(threshold, -1) FROM alert_rules";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql, NULL, &r, err);

	if (e < 0)
		return e;
	struct rules_row *rows = arena_array(a, struct rules_row, (size_t)pg_rows(r) + 1);
	p->n = 0;
	p->rows = rows;
	for (int i = 0; i < pg_rows(r); i++) {
		struct rules_row *row = &rows[p->n];
		if (!alert_rule_parse(pg_get_text(r, i, 0), &row->rule))
			continue;
		row->region_id = pg_copy_text(a, r, i, 1);
		row->facility_id = pg_copy_text(a, r, i, 2);
		row->ward = pg_copy_text(a, r, i, 3);
		row->enabled = pg_get_bool(r, i, 4);
		row->threshold = pg_get_i64(r, i, 5);
		p->n++;
	}
	return 0;
}

/* All four are sorted by home and merged by one walk each. */
#define OF_HOMES(column) " WHERE ($1 OR " column " = ANY ($2))"

static const char sql_homes[] =
    "SELECT f.id, f.name, f.region_id, f.revoked_at IS NOT NULL, f.last_contact_at, f.in_sync_at, "
    "f.snapshot_asked_at, coalesce(f.clock_skew_us, 0), (SELECT count(*) FROM conflicts c"
    " WHERE c.facility_id = f.id AND c.status = 'open'), f.gap_since, f.gap_through - "
    "coalesce((SELECT s.applied_through FROM streams s WHERE s.facility_id = f.id"
    " AND s.epoch = f.gap_epoch), 0), f.fed_at, f.offline_since "
    "FROM facilities f" OF_HOMES("f.id") " ORDER BY f.id";
static const char sql_wards[] =
    "SELECT a.facility_id, a.ward, sum(a.available)::bigint, "
    "sum(a.total)::bigint "
    "FROM facility_availability a" OF_HOMES("a.facility_id") " GROUP BY 1, 2 ORDER BY 1, 2";
static const char sql_episodes[] =
    "SELECT h.facility_id, h.id, h.rule, h.ward, h.value, h.threshold, h.opened_at, h.cleared_at, "
    "h.told_opened, h.told_cleared, h.cleared_reason IS NOT NULL "
    "FROM alert_history h" OF_HOMES("h.facility_id") " AND (h.cleared_at IS NULL OR (h.told_opened "
						     "AND NOT h.told_cleared)) "
						     "ORDER BY h.facility_id, h.id";
static const char sql_notices[] =
    "SELECT n.facility_id, n.rule, n.notified_at FROM alert_notices n" OF_HOMES(
	"n.facility_id") " ORDER BY n.facility_id";

static int ask(struct pg *pg, const char *sql, const struct span *ids, size_t n,
	       struct pg_result **ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array array = {0};

	pg_array_begin(&array, PG_TEXT);
	for (size_t i = 0; ids && i < n; i++)
		pg_array_text(&array, ids[i]);
	pg_add_bool(&p, !ids);
	pg_add_array(&p, &array);
	int e = pg_query(pg, sql, &p, ret, err);
	pg_array_done(&array);
	return e;
}

static void read_home(const struct pg_result *r, int i, struct arena *a, struct episodes_home *h)
{
	h->state = rules_state_empty();
	h->home = (struct rules_home){
	    .id = pg_copy_text(a, r, i, 0),
	    .name = pg_copy_text(a, r, i, 1),
	    .region_id = pg_copy_text(a, r, i, 2),
	    .revoked = pg_get_bool(r, i, 3),
	    .last_contact_at = pg_get_time(r, i, 4),
	    .in_sync_at = pg_get_time(r, i, 5),
	    .snapshot_asked_at = pg_get_time(r, i, 6),
	    .clock_skew_us = pg_get_i64(r, i, 7),
	    .conflicts = pg_get_i64(r, i, 8),
	    .gap_since = pg_get_time(r, i, 9),
	    .gap_events = pg_is_null(r, i, 10) ? 0 : pg_get_i64(r, i, 10),
	    .fed_at = pg_get_time(r, i, 11),
	};
	h->offline_since = pg_get_time(r, i, 12);
}

static int read_homes(struct pg *pg, const struct span *ids, size_t n_ids, struct arena *a,
		      struct episodes_home **ret, size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = ask(pg, sql_homes, ids, n_ids, &r, err);

	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct episodes_home, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		read_home(r, i, a, &(*ret)[i]);
	return 0;
}

/* The home of row i, from *place on; NULL: not among them (a home that came in between). */
static struct episodes_home *home_of(struct episodes_home *homes, size_t n, size_t *place,
				     struct span id)
{
	while (*place < n && span_cmp(homes[*place].home.id, id) < 0)
		(*place)++;
	return *place < n && span_eq(homes[*place].home.id, id) ? &homes[*place] : NULL;
}

static int read_wards(struct pg *pg, const struct span *ids, size_t n_ids, struct arena *a,
		      struct episodes_home *homes, size_t n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	size_t place = 0;
	int e = ask(pg, sql_wards, ids, n_ids, &r, err);

	if (e < 0)
		return e;
	struct rules_ward *wards = arena_array(a, struct rules_ward, (size_t)pg_rows(r) + 1);
	for (int i = 0; i < pg_rows(r); i++) {
		struct episodes_home *h = home_of(homes, n, &place, pg_get_text(r, i, 0));
		if (!h)
			continue;
		wards[i] = (struct rules_ward){pg_copy_text(a, r, i, 1), pg_get_i64(r, i, 2),
					       pg_get_i64(r, i, 3)};
		if (!h->home.n_wards++)
			h->home.wards = &wards[i];
	}
	return 0;
}

static int read_episodes(struct pg *pg, const struct span *ids, size_t n_ids, struct arena *a,
			 struct episodes_home *homes, size_t n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	size_t place = 0;
	int e = ask(pg, sql_episodes, ids, n_ids, &r, err);

	for (int i = 0; e == 0 && i < pg_rows(r); i++) {
		struct episodes_home *h = home_of(homes, n, &place, pg_get_text(r, i, 0));
		struct rules_episode *episode = arena_new(a, struct rules_episode);
		if (!h || !alert_rule_parse(pg_get_text(r, i, 2), &episode->rule))
			continue;
		episode->id = pg_copy_text(a, r, i, 1);
		episode->ward = pg_copy_text(a, r, i, 3);
		episode->value = pg_get_i64(r, i, 4);
		episode->threshold = pg_get_i64(r, i, 5);
		episode->opened_at = pg_get_time(r, i, 6);
		episode->cleared_at = pg_get_time(r, i, 7);
		episode->told_opened = pg_get_bool(r, i, 8);
		episode->told_cleared = pg_get_bool(r, i, 9);
		episode->closed = pg_get_bool(r, i, 10);
		episode->next = h->state.episodes;
		h->state.episodes = episode;
	}
	return e;
}

static int read_notices(struct pg *pg, const struct span *ids, size_t n_ids,
			struct episodes_home *homes, size_t n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	size_t place = 0;
	int e = ask(pg, sql_notices, ids, n_ids, &r, err);

	for (int i = 0; e == 0 && i < pg_rows(r); i++) {
		struct episodes_home *h = home_of(homes, n, &place, pg_get_text(r, i, 0));
		enum alert_rule rule;
		if (h && alert_rule_parse(pg_get_text(r, i, 1), &rule))
			h->state.notified_at[rule] = pg_get_time(r, i, 2);
	}
	return e;
}

int episodes_load(struct pg *pg, const struct span *ids, size_t n_ids, struct arena *a,
		  struct episodes_home **ret, size_t *ret_n, struct err *err)
{
	int e = read_homes(pg, ids, n_ids, a, ret, ret_n, err);

	if (e == 0)
		e = read_wards(pg, ids, n_ids, a, *ret, *ret_n, err);
	if (e == 0)
		e = read_episodes(pg, ids, n_ids, a, *ret, *ret_n, err);
	if (e == 0)
		e = read_notices(pg, ids, n_ids, *ret, *ret_n, err);
	return e;
}

/* ---- saving ---- */

static struct span new_id(struct arena *a, const char *prefix, usec_t now)
{
	char ulid[ULID_CHARS + 1];

	return span_str(arena_printf(a, "%s%s", prefix, ulid_format(ulid_random(now), ulid)));
}

/* What closing the home has cleared meanwhile stays so. */
static int save_episode(struct pg *pg, const struct rules_home *h, struct rules_episode *e,
			struct arena *a, usec_t now, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO alert_history AS h (facility_id, id, rule, ward, value, threshold, "
	    "opened_at, "
	    "cleared_at, told_opened, told_cleared, cleared_reason) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
	    "ON CONFLICT (facility_id, id) DO UPDATE SET value = excluded.value, "
	    "cleared_at = coalesce(h.cleared_at, excluded.cleared_at), "
	    "cleared_reason = CASE WHEN h.cleared_at IS NULL THEN excluded.cleared_reason "
	    "ELSE h.cleared_reason END, "
	    "told_opened = excluded.told_opened, told_cleared = excluded.told_cleared";
	struct pg_params p = PG_PARAMS(a);

	if (!e->id.p)
		e->id = new_id(a, "alr_", now);
	pg_add_text(&p, h->id);
	pg_add_text(&p, e->id);
	pg_add_text(&p, span_str(alert_rule_name(e->rule)));
	pg_add_text(&p, e->ward);
	pg_add_i64(&p, e->value);
	pg_add_i64(&p, e->threshold);
	pg_add_time(&p, e->opened_at);
	pg_add_time(&p, e->cleared_at);
	pg_add_bool(&p, e->told_opened);
	pg_add_bool(&p, e->told_cleared);
	pg_add_text(&p, e->closed ? SPAN("closed") : SPAN_NONE);
	e->dirty = false;
	return pg_query(pg, sql, &p, NULL, err);
}

/* The note of when and the messages, to all who want them. */
static const char sql_queue[] =
    "WITH noted AS (INSERT INTO alert_notices (facility_id, rule, notified_at) "
    "VALUES ($1, $2, $3) "
    "ON CONFLICT (facility_id, rule) DO UPDATE SET notified_at = excluded.notified_at) "
    "INSERT INTO deliveries (facility_id, subscription_id, notification_id, rule, priority, tags, "
    "subject, body) "
    "SELECT $1, s.id, $5, $2, $6::smallint, $7, CASE s.language WHEN 'nb' THEN $10 ELSE $9 END, "
    "CASE WHEN s.channel = 'webhook' THEN $8 WHEN s.language = 'nb' THEN $12 ELSE $11 END "
    "FROM subscriptions s WHERE s.ended_at IS NULL"
    " AND (s.facility_id IS NULL OR s.facility_id = $1)"
    " AND (s.region_id IS NULL OR s.region_id = $4) AND (s.rule IS NULL OR s.rule = $2)"
    " AND bedpost_may_be_told(s.user_id, s.token_id, $1, $4)";

static void add_made(struct pg_params *p, struct arena *a,
		     void (*make)(const struct message *, enum message_language, struct buf *),
		     const struct message *m)
{
	for (enum message_language l = 0; l < MESSAGE_LANGUAGES; l++) {
		_cleanup_(buf_done) struct buf b = BUF_INIT;
		make(m, l, &b);
		pg_add_text(p, arena_span(a, buf_span(&b)));
	}
}

static int queue_notification(struct pg *pg, const struct message *m, struct arena *a,
			      int64_t *queued, struct err *err)
{
	_cleanup_(buf_done) struct buf json = BUF_INIT, tags = BUF_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	message_json(m, &json);
	message_tags(m, &tags);
	pg_add_text(&p, m->home->id);
	pg_add_text(&p, span_str(alert_rule_name(m->rule)));
	pg_add_time(&p, m->at);
	pg_add_text(&p, m->home->region_id);
	pg_add_text(&p, m->id);
	pg_add_i64(&p, message_priority(m));
	pg_add_text(&p, buf_span(&tags));
	pg_add_text(&p, buf_span(&json));
	add_made(&p, a, message_subject, m);
	add_made(&p, a, message_text, m);
	int e = pg_query(pg, sql_queue, &p, &r, err);
	if (e == 0)
		*queued += pg_affected(r);
	return e;
}

static bool turned(const struct rules_state *s, enum alert_rule rule)
{
	for (const struct rules_episode *e = s->episodes; e; e = e->next)
		if (e->rule == rule && e->dirty)
			return true;
	return false;
}

/* For those who list homes; the home's next contact takes it away again. Who serves live pages
 * reads the home anew. */
static int save_offline_since(struct pg *pg, const struct rules_home *h, usec_t since,
			      struct arena *a, struct err *err)
{
	static const char sql[] =
	    "WITH changed AS (UPDATE facilities SET offline_since = $2 "
	    "WHERE id = $1 AND ($2::timestamptz IS NULL OR last_contact_at = $2) RETURNING id) "
	    "SELECT pg_notify('bedpost_changed', id) FROM changed";
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, h->id);
	pg_add_time(&p, since);
	return pg_query(pg, sql, &p, NULL, err);
}

static bool is_changed(const struct episodes_home *h, usec_t since)
{
	if (since != h->offline_since)
		return true;
	for (const struct rules_episode *e = h->state.episodes; e; e = e->next)
		if (e->dirty)
			return true;
	for (enum alert_rule rule = 0; rule < ALERT_RULE_COUNT; rule++)
		if (h->state.notify[rule])
			return true;
	return false;
}

/* 1: the home is closed by now. Its row is locked as closing it does: whoever closes it after this
 * waits for the caller's commit, and then clears what was opened here. */
static int lock_home(struct pg *pg, const struct rules_home *h, struct arena *a, struct err *err)
{
	static const char sql[] =
	    "SELECT FROM facilities WHERE id = $1 AND revoked_at IS NULL FOR NO KEY UPDATE";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, h->id);
	int e = pg_query(pg, sql, &p, &r, err);
	return e < 0 ? e : pg_rows(r) == 0;
}

/* What was concluded of an open home that has been closed since is dropped: the next look sees it
 * closed. */
int episodes_save(struct pg *pg, struct episodes_home *h, struct arena *a, usec_t now,
		  int64_t *queued, struct err *err)
{
	usec_t since = rules_offline_since(&h->home, &h->state);

	if (!is_changed(h, since))
		return 0;
	int e = h->home.revoked ? 0 : lock_home(pg, &h->home, a, err);
	if (e != 0)
		return e < 0 ? e : 0;
	if (since != h->offline_since || turned(&h->state, ALERT_OFFLINE))
		e = save_offline_since(pg, &h->home, since, a, err);
	/* Cleared ones first: of a ward's rule only one may be open. */
	for (int cleared = 1; cleared >= 0; cleared--)
		for (struct rules_episode *i = h->state.episodes; e == 0 && i; i = i->next)
			if (i->dirty && (i->cleared_at != USEC_NONE) == cleared)
				e = save_episode(pg, &h->home, i, a, now, err);
	for (enum alert_rule rule = 0; e == 0 && rule < ALERT_RULE_COUNT; rule++)
		if (h->state.notify[rule])
			e = queue_notification(pg,
					       &(struct message){.home = &h->home,
								 .rule = rule,
								 .episodes = h->state.episodes,
								 .id = new_id(a, "ntf_", now),
								 .at = now},
					       a, queued, err);
	return e;
}
