#include "regional/alert/rules.h"

/* ---- thresholds ---- */

/* How exactly a row speaks of this place; 0: not of it. */
static int exactness(const struct rules_row *r, struct span region_id, struct span facility_id,
		     struct span ward)
{
	if (r->ward.p)
		return span_eq(r->facility_id, facility_id) && span_eq(r->ward, ward) ? 4 : 0;
	if (r->facility_id.p)
		return span_eq(r->facility_id, facility_id) ? 3 : 0;
	if (r->region_id.p)
		return span_eq(r->region_id, region_id) ? 2 : 0;
	return 1;
}

struct rules_setting rules_setting(const struct rules_policy *p, enum alert_rule rule,
				   struct span region_id, struct span facility_id, struct span ward)
{
	struct rules_setting s = {true, rule == ALERT_OFFLINE ? p->offline_after / USEC_PER_SEC
							      : alert_term(rule)->threshold};
	int best = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct rules_row *r = &p->rows[i];
		int e = r->rule == rule ? exactness(r, region_id, facility_id, ward) : 0;
		if (e <= best)
			continue;
		best = e;
		s.enabled = r->enabled;
		if (r->threshold >= 0)
			s.threshold = r->threshold;
	}
	return s;
}

/* ---- opening and clearing ---- */

static bool is_over(enum alert_rule rule, int64_t value, int64_t threshold)
{
	switch (rule) {
	case ALERT_LOW: return value < threshold;
	case ALERT_CRITICAL: return value == 0;
	case ALERT_CONFLICT: return value > 0;
	case ALERT_OFFLINE:
	case ALERT_CLOCK_SKEW:
	case ALERT_DIGEST_MISMATCH:
	case ALERT_GAP:
	case ALERT_FEED_SILENT: return value > threshold;
	case ALERT_RULE_COUNT: break;
	}
	return false;
}

/* The region asks for a census again and again while states differ, and counts from the last time
 * it asked; a gap grows smaller as it is filled. What is open stays so until states agree and
 * nothing is missing. */
static bool holds(enum alert_rule rule, int64_t value)
{
	return (rule == ALERT_DIGEST_MISMATCH && value >= 0) || (rule == ALERT_GAP && value > 0);
}

static int64_t farther(enum alert_rule rule, int64_t a, int64_t b)
{
	bool fewer_is_worse = rule == ALERT_LOW || rule == ALERT_CRITICAL;

	return (a < b) == fewer_is_worse ? a : b;
}

static struct rules_episode *find_open(struct rules_state *s, enum alert_rule rule,
				       struct span ward)
{
	for (struct rules_episode *e = s->episodes; e; e = e->next)
		if (e->rule == rule && e->cleared_at == USEC_NONE && span_eq(e->ward, ward))
			return e;
	return NULL;
}

static void open_episode(struct rules_state *s, const struct rules_episode *as, struct arena *a)
{
	struct rules_episode *e = arena_new(a, struct rules_episode);

	*e = *as;
	e->next = s->episodes;
	s->episodes = e;
}

struct place {
	const struct rules_policy *policy;
	const struct rules_home *home;
	struct rules_state *state;
	struct arena *arena;
	usec_t now;
};

/* lasts: over whatever the threshold. */
static void observe_lasting(const struct place *at, enum alert_rule rule, struct span ward,
			    int64_t value, bool lasts)
{
	struct rules_setting s =
	    rules_setting(at->policy, rule, at->home->region_id, at->home->id, ward);
	struct rules_episode *e = find_open(at->state, rule, ward);

	bool over = lasts || is_over(rule, value, s.threshold) || (e && holds(rule, value));

	if (!s.enabled || !over)
		return; /* one that is open is not seen, and so clears */
	if (!e) {
		open_episode(at->state,
			     &(struct rules_episode){.rule = rule,
						     .ward = ward,
						     .value = value,
						     .threshold = s.threshold,
						     .opened_at = at->now,
						     .cleared_at = USEC_NONE,
						     .dirty = true,
						     .seen = true},
			     at->arena);
		return;
	}
	e->seen = true;
	/* How long a home was silent would be a new value at every look. */
	if (alert_term(rule)->of_ward && farther(rule, value, e->value) != e->value) {
		e->value = value;
		e->dirty = true;
	}
}

static void observe(const struct place *at, enum alert_rule rule, struct span ward, int64_t value)
{
	observe_lasting(at, rule, ward, value, false);
}

/* Silence counts up to the last contact: while the line is down nothing is known of the feed, and
 * what was open stays so. */
static void observe_line(const struct place *at)
{
	const struct rules_home *h = at->home;

	if (h->gap_since != USEC_NONE && h->gap_events > 0)
		observe_lasting(at, ALERT_GAP, SPAN(""), h->gap_events,
				at->now - h->gap_since > RULES_GAP_WAIT);
	if (h->fed_at != USEC_NONE)
		observe(at, ALERT_FEED_SILENT, SPAN(""),
			(h->last_contact_at - h->fed_at) / USEC_PER_SEC);
}

static void observe_home(const struct place *at)
{
	const struct rules_home *h = at->home;
	int64_t skew = h->clock_skew_us < 0 ? -h->clock_skew_us : h->clock_skew_us;

	for (size_t i = 0; i < h->n_wards; i++) {
		if (h->wards[i].total <= 0)
			continue;
		observe(at, ALERT_LOW, h->wards[i].name, h->wards[i].available);
		observe(at, ALERT_CRITICAL, h->wards[i].name, h->wards[i].available);
	}
	if (h->last_contact_at == USEC_NONE)
		return;
	observe(at, ALERT_OFFLINE, SPAN(""), (at->now - h->last_contact_at) / USEC_PER_SEC);
	observe(at, ALERT_CLOCK_SKEW, SPAN(""), skew / USEC_PER_SEC);
	observe(at, ALERT_CONFLICT, SPAN(""), h->conflicts);
	observe_line(at);
	if (h->snapshot_asked_at != USEC_NONE &&
	    (h->in_sync_at == USEC_NONE || h->in_sync_at < h->snapshot_asked_at))
		observe(at, ALERT_DIGEST_MISMATCH, SPAN(""),
			(at->now - h->snapshot_asked_at) / USEC_PER_SEC);
}

usec_t rules_offline_since(const struct rules_home *h, const struct rules_state *s)
{
	for (const struct rules_episode *e = s->episodes; e; e = e->next)
		if (e->rule == ALERT_OFFLINE && e->cleared_at == USEC_NONE)
			return h->last_contact_at;
	return USEC_NONE;
}

/* ---- telling ---- */

static bool is_untold(const struct rules_episode *e)
{
	return e->cleared_at == USEC_NONE ? !e->told_opened : e->told_opened && !e->told_cleared;
}

static void mark_told(struct rules_episode *e)
{
	e->told_opened = true;
	e->told_cleared = e->cleared_at != USEC_NONE;
	e->tell = e->dirty = true;
}

static void notify_rule(const struct rules_policy *p, struct rules_state *s, enum alert_rule rule,
			usec_t now)
{
	usec_t last = s->notified_at[rule];

	if (last != USEC_NONE && now - last < p->notify_every)
		return;
	for (struct rules_episode *e = s->episodes; e; e = e->next) {
		if (e->rule != rule || !is_untold(e))
			continue;
		mark_told(e);
		s->notify[rule] = true;
		s->notified_at[rule] = now;
	}
}

struct rules_state rules_state_empty(void)
{
	struct rules_state s = {0};

	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++)
		s.notified_at[r] = USEC_NONE;
	return s;
}

void rules_evaluate(const struct rules_policy *p, const struct rules_home *h, struct rules_state *s,
		    struct arena *a, usec_t now)
{
	for (struct rules_episode *e = s->episodes; e; e = e->next)
		e->seen = e->tell = false;
	if (!h->revoked)
		observe_home(&(struct place){p, h, s, a, now});
	for (struct rules_episode *e = s->episodes; e; e = e->next)
		if (e->cleared_at == USEC_NONE && !e->seen) {
			e->cleared_at = now;
			e->closed = h->revoked;
			e->dirty = true;
		}
	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++) {
		s->notify[r] = false;
		notify_rule(p, s, r, now);
	}
}
