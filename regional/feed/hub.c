/* Writers only mark what changed; the hub's thread renders it, once per scope and not per client,
 * from the picture as it is then: a row that changed twice goes out once, with its last numbers.
 *
 * Lock order: the snapshot's writing lock, then the hub's, then the snapshot's readers' lock. */
#include "regional/feed/hub.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium/randombytes.h>

#include "base/cond.h"
#include "regional/live/view.h"

struct client {
	struct httpd_stream *stream;
	struct hub_scope scope;
	struct hub_party party;
	usec_t ends;
};

struct past { /* row `row` of the picture changed in event `seq` */
	uint64_t seq;
	size_t row;
};

/* Places in an array of the picture, each once. */
struct marks {
	size_t *places, n, cap;
	bool *is_marked;
	size_t n_marked;
};

struct hub {
	struct snapshot *snapshot;
	struct freshness_rule rule;
	struct hub_limits limits;
	struct metrics *metrics;
	pthread_t thread;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t wake;
	bool stop;
	struct client *clients;
	size_t n_clients, cap_clients;
	struct marks rows, homes;
	enum freshness *said; /* what each home's status was when it was last told */
	size_t n_said;
	uint32_t boot;
	uint64_t seq;
	struct past past[HUB_HISTORY];
	size_t n_past; /* ever */
};

/* ---- marking ---- */

static void mark(struct marks *m, size_t place)
{
	if (place >= m->n_marked) {
		size_t n = m->n_marked ? m->n_marked : 64;
		while (n <= place)
			n *= 2;
		m->is_marked = realloc(m->is_marked, n * sizeof(*m->is_marked));
		if (!m->is_marked)
			abort();
		memset(m->is_marked + m->n_marked, 0, (n - m->n_marked) * sizeof(*m->is_marked));
		m->n_marked = n;
	}
	if (m->is_marked[place])
		return;
	m->is_marked[place] = true;
	m->places = array_grow(m->places, m->n, &m->cap, sizeof(*m->places));
	m->places[m->n++] = place;
}

static void unmark_all(struct marks *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->is_marked[m->places[i]] = false;
	m->n = 0;
}

static void marks_done(struct marks *m)
{
	free(m->places);
	free(m->is_marked);
}

static void on_change(void *user, const struct avail *rows, size_t n_rows,
		      const struct facility *const *homes, size_t n_homes)
{
	struct hub *h = user;

	pthread_mutex_lock(&h->lock);
	const struct picture *p = snapshot_lock(h->snapshot);
	for (size_t i = 0; i < n_rows; i++) {
		const struct picture_row *r = picture_row(
		    p, span_str(rows[i].facility_id), span_str(rows[i].ward), rows[i].care_level);
		if (r)
			mark(&h->rows, (size_t)(r - p->rows));
	}
	for (size_t i = 0; i < n_homes; i++) {
		const struct facility *f = picture_facility(p, span_str(homes[i]->id));
		if (f)
			mark(&h->homes, (size_t)(f - p->facilities));
	}
	snapshot_unlock(h->snapshot);
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
}

/* ---- rendering; all under both locks ---- */

static struct view_rule rule_now(const struct hub *h)
{
	return (struct view_rule){.fresh = h->rule, .now = clock_now()};
}

static void begin_event(const struct hub *h, const char *event, struct buf *out)
{
	buf_addf(out, "id: %08x-%llu\nevent: %s\ndata: {", h->boot, (unsigned long long)h->seq,
		 event);
}

/* Who holds rows of a home that is closed now must be told; who holds none is not. */
static bool add_row(const struct picture *p, size_t row, bool with_closed,
		    const struct hub_scope *scope, const struct view_rule *rule, bool comma,
		    struct buf *out)
{
	const struct picture_row *r = &p->rows[row];
	const struct facility *f = &p->facilities[r->facility];

	if (!hub_scope_sees_row(scope, f, &r->a) || (picture_is_closed(f) && !with_closed))
		return false;
	if (comma)
		buf_addc(out, ',');
	view_row(f, &r->a, rule, VIEW_NO_DISTANCE, out);
	return true;
}

static void add_rule(const struct view_rule *rule, struct buf *out)
{
	view_time("now", rule->now, out);
	buf_addf(out, ",\"stale_after_minutes\":%lld,\"offline_after_minutes\":%lld,",
		 (long long)(rule->fresh.stale_after / USEC_PER_MIN),
		 (long long)(rule->fresh.offline_after / USEC_PER_MIN));
}

/* "rows":[…]; places NULL: all of them. True if any is in scope. */
static bool add_rows(const struct picture *p, const size_t *places, size_t n,
		     const struct hub_scope *scope, const struct view_rule *rule, struct buf *out)
{
	bool any = false;

	buf_adds(out, "\"rows\":[");
	for (size_t i = 0; i < n; i++)
		any |= add_row(p, places ? places[i] : i, places != NULL, scope, rule, any, out);
	buf_addc(out, ']');
	return any;
}

/* places NULL: all of them. Nothing is added if none is in scope, unless `always`. */
static void add_rows_event(const struct hub *h, const struct picture *p, const char *event,
			   const size_t *places, size_t n, const struct hub_scope *scope,
			   bool always, struct buf *out)
{
	const struct view_rule rule = rule_now(h);
	size_t was = out->n;

	begin_event(h, event, out);
	if (always)
		add_rule(&rule, out);
	bool any = add_rows(p, places, n, scope, &rule, out);
	buf_adds(out, "}\n\n");
	if (!any && !always)
		out->n = was;
}

static void add_homes_event(const struct hub *h, const struct picture *p, const size_t *places,
			    size_t n, const struct hub_scope *scope, struct buf *out)
{
	const struct view_rule rule = rule_now(h);
	size_t was = out->n;
	bool any = false;

	begin_event(h, "contact", out);
	buf_adds(out, "\"facilities\":[");
	for (size_t i = 0; i < n; i++) {
		const struct facility *f = &p->facilities[places ? places[i] : i];
		if (!hub_scope_sees(scope, f))
			continue;
		if (any)
			buf_addc(out, ',');
		view_contact(f, &rule, out);
		any = true;
	}
	buf_adds(out, "]}\n\n");
	if (!any)
		out->n = was;
}

/* ---- sending ---- */

static void drop_client(struct hub *h, size_t i)
{
	httpd_stream_end(h->clients[i].stream);
	httpd_stream_unref(h->clients[i].stream);
	hub_scope_done(&h->clients[i].scope);
	h->clients[i] = h->clients[--h->n_clients];
	metric_set(h->metrics, METRIC_STREAM_CLIENTS, (int64_t)h->n_clients);
	metric_add(h->metrics, METRIC_STREAM_DROPPED, 0, 1);
}

static bool push(struct httpd_stream *s, const struct buf *b)
{
	struct httpd_chunk *c = httpd_chunk_new(buf_span(b));
	bool ok = httpd_stream_push(s, c);

	httpd_chunk_unref(c);
	return ok;
}

static int by_scope(const void *a, const void *b)
{
	return hub_scope_compare(&((const struct client *)a)->scope,
				 &((const struct client *)b)->scope);
}

static struct httpd_chunk *render_marked(const struct hub *h, const struct hub_scope *scope)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct picture *p = snapshot_lock(h->snapshot);

	if (h->rows.n)
		add_rows_event(h, p, "availability", h->rows.places, h->rows.n, scope, false, &b);
	if (h->homes.n)
		add_homes_event(h, p, h->homes.places, h->homes.n, scope, &b);
	snapshot_unlock(h->snapshot);
	return httpd_chunk_new(buf_span(&b));
}

static void remember_marked(struct hub *h)
{
	h->seq++;
	for (size_t i = 0; i < h->rows.n; i++)
		h->past[h->n_past++ % HUB_HISTORY] = (struct past){h->seq, h->rows.places[i]};
}

/* Sorted by scope, so that each chunk is made once for all who see the same. */
static void send_marked(struct hub *h)
{
	struct httpd_chunk *chunk = NULL;

	remember_marked(h);
	if (h->n_clients)
		qsort(h->clients, h->n_clients, sizeof(*h->clients), by_scope);
	for (size_t i = h->n_clients; i-- > 0;) {
		struct client *c = &h->clients[i];
		if (!chunk || by_scope(c, c + 1) != 0) {
			httpd_chunk_unref(chunk);
			chunk = render_marked(h, &c->scope);
		}
		/* The streams that are gone are dropped at the next beat, in which no order is
		 * needed. */
		(void)httpd_stream_push(c->stream, chunk);
	}
	httpd_chunk_unref(chunk);
	unmark_all(&h->rows);
	unmark_all(&h->homes);
}

/* A home can turn stale or offline by the clock alone. */
static void mark_by_clock(struct hub *h)
{
	const struct picture *p = snapshot_lock(h->snapshot);
	usec_t now = clock_now();

	if (h->n_said < p->n_facilities) {
		h->said = realloc(h->said, p->n_facilities * sizeof(*h->said));
		if (!h->said)
			abort();
		while (h->n_said < p->n_facilities)
			h->said[h->n_said++] = OFFLINE;
	}
	for (size_t i = 0; i < p->n_facilities; i++) {
		const struct facility *f = &p->facilities[i];
		enum freshness is = picture_freshness(f, f->as_of, now, &h->rule);
		if (is != h->said[i])
			mark(&h->homes, i);
		h->said[i] = is;
	}
	snapshot_unlock(h->snapshot);
}

static void beat(struct hub *h)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	usec_t now = clock_monotonic();

	buf_adds(&b, "event: beat\ndata: {");
	view_time("now", clock_now(), &b);
	buf_adds(&b, "}\n\n");
	struct httpd_chunk *chunk = httpd_chunk_new(buf_span(&b));
	for (size_t i = h->n_clients; i-- > 0;)
		if (now >= h->clients[i].ends || httpd_stream_is_gone(h->clients[i].stream) ||
		    !httpd_stream_push(h->clients[i].stream, chunk))
			drop_client(h, i);
	httpd_chunk_unref(chunk);
}

void hub_alert(struct hub *h, struct span facility_id, struct span json)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	buf_addf(&b, "event: alert\ndata: " SPAN_FMT "\n\n", SPAN_ARG(json));
	struct httpd_chunk *chunk = httpd_chunk_new(buf_span(&b));
	pthread_mutex_lock(&h->lock);
	const struct picture *p = snapshot_lock(h->snapshot);
	const struct facility *f = picture_facility(p, facility_id);
	for (size_t i = 0; f && i < h->n_clients; i++)
		if (hub_scope_sees(&h->clients[i].scope, f))
			(void)httpd_stream_push(h->clients[i].stream, chunk);
	snapshot_unlock(h->snapshot);
	pthread_mutex_unlock(&h->lock);
	httpd_chunk_unref(chunk);
}

static void *run(void *arg)
{
	struct hub *h = arg;
	usec_t next_beat = clock_monotonic() + HUB_BEAT, next_send = 0;

	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		bool waiting = h->rows.n || h->homes.n;
		usec_t now = clock_monotonic(),
		       until = waiting && next_send < next_beat ? next_send : next_beat;
		if (now < until) {
			(void)cond_wait_until(&h->wake, &h->lock, until);
			continue;
		}
		if (now >= next_beat) {
			next_beat = now + HUB_BEAT;
			mark_by_clock(h);
			beat(h);
		}
		if (h->rows.n || h->homes.n) {
			send_marked(h);
			next_send = now + HUB_GATHER;
		}
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* ---- opening ---- */

/* "5f0c21aa-17" of this hub, and nothing since then forgotten? */
static bool can_resume(const struct hub *h, struct span last_id, uint64_t *ret_seq)
{
	struct span boot;
	char mine[16];
	uint64_t seq;

	(void)snprintf(mine, sizeof(mine), "%08x", h->boot);
	if (!span_cut(&last_id, '-', &boot) || !span_eq_str(boot, mine) ||
	    !span_to_u64(last_id, &seq) || seq > h->seq)
		return false;
	*ret_seq = seq;
	return h->n_past <= HUB_HISTORY || seq >= h->past[h->n_past % HUB_HISTORY].seq;
}

static void add_missed(struct hub *h, const struct picture *p, uint64_t seq,
		       const struct hub_scope *scope, struct buf *out)
{
	struct marks missed = {0};
	size_t n = h->n_past < HUB_HISTORY ? h->n_past : HUB_HISTORY;

	for (size_t i = 0; i < n; i++)
		if (h->past[i].seq > seq)
			mark(&missed, h->past[i].row);
	add_rows_event(h, p, "availability", missed.places, missed.n, scope, false, out);
	add_homes_event(h, p, NULL, p->n_facilities, scope, out);
	marks_done(&missed);
}

enum room { ROOM, ROOM_NONE, ROOM_NONE_OF_LOGIN, ROOM_NONE_OF_ADDRESS };

static enum room room_for(const struct hub *h, const struct hub_party *party)
{
	size_t of_login = 0, of_address = 0;

	if (h->n_clients >= h->limits.clients || h->stop)
		return ROOM_NONE;
	for (size_t i = 0; i < h->n_clients; i++) {
		of_login += h->clients[i].party.login == party->login;
		of_address += h->clients[i].party.address == party->address;
	}
	if (party->login && of_login >= h->limits.per_login)
		return ROOM_NONE_OF_LOGIN;
	return party->address && of_address >= h->limits.per_address ? ROOM_NONE_OF_ADDRESS : ROOM;
}

/* Who left, as with every page that is loaded anew, is not held against who comes. */
static enum room make_room(struct hub *h, const struct hub_party *party)
{
	enum room room = room_for(h, party);

	if (room == ROOM || h->stop)
		return room;
	for (size_t i = h->n_clients; i-- > 0;) {
		struct client *c = &h->clients[i];
		bool concerned = room == ROOM_NONE ||
				 (party->login && c->party.login == party->login) ||
				 (party->address && c->party.address == party->address);
		if (concerned && httpd_stream_is_gone(c->stream))
			drop_client(h, i);
	}
	return room_for(h, party);
}

static void refuse(const struct hub *h, struct httpd_rq *rq, enum room room)
{
	httpd_set_header(rq, "Retry-After", "%d", (int)(HUB_BEAT / USEC_PER_SEC));
	switch (room) {
	case ROOM: break;
	case ROOM_NONE:
		httpd_problem(rq, 503, "too-many-streams", "there are %zu live streams already",
			      h->limits.clients);
		break;
	case ROOM_NONE_OF_LOGIN:
		httpd_problem(rq, 429, "too-many-streams",
			      "this login or token has %zu live streams already: close some",
			      h->limits.per_login);
		break;
	case ROOM_NONE_OF_ADDRESS:
		httpd_problem(rq, 429, "too-many-streams",
			      "this address has %zu live streams already", h->limits.per_address);
		break;
	}
}

void hub_open(struct hub *h, struct httpd_rq *rq, const struct hub_scope *scope,
	      const struct hub_party *party)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	uint64_t seq;

	pthread_mutex_lock(&h->lock);
	enum room room = make_room(h, party);
	if (room != ROOM) {
		pthread_mutex_unlock(&h->lock);
		refuse(h, rq, room);
		return;
	}
	/* Spread, so that all do not come back in the same moment. */
	buf_addf(&b, "retry: %u\n", 1000 + randombytes_uniform(3000));
	const struct picture *p = snapshot_lock(h->snapshot);
	struct span last_id = httpd_header(rq, "Last-Event-ID");
	if (can_resume(h, last_id.p ? last_id : httpd_query(rq, "after"), &seq))
		add_missed(h, p, seq, scope, &b);
	else
		add_rows_event(h, p, "snapshot", NULL, p->n_rows, scope, true, &b);
	snapshot_unlock(h->snapshot);
	struct client c = {.stream = httpd_stream_open(rq, "text/event-stream"),
			   .scope = hub_scope_copy(scope),
			   .party = *party,
			   .ends = clock_monotonic() + HUB_AGE_MAX -
				   (usec_t)randombytes_uniform(60) * USEC_PER_SEC};
	(void)push(c.stream, &b);
	h->clients = array_grow(h->clients, h->n_clients, &h->cap_clients, sizeof(*h->clients));
	h->clients[h->n_clients++] = c;
	metric_set(h->metrics, METRIC_STREAM_CLIENTS, (int64_t)h->n_clients);
	pthread_mutex_unlock(&h->lock);
}

void hub_picture(struct hub *h, const struct hub_scope *scope, struct buf *out)
{
	const struct view_rule rule = rule_now(h);

	pthread_mutex_lock(&h->lock);
	const struct picture *p = snapshot_lock(h->snapshot);
	buf_addf(out, "\"cursor\":\"%08x-%llu\",", h->boot, (unsigned long long)h->seq);
	add_rule(&rule, out);
	(void)add_rows(p, NULL, p->n_rows, scope, &rule, out);
	snapshot_unlock(h->snapshot);
	pthread_mutex_unlock(&h->lock);
}

static void hub_free(struct hub *h)
{
	while (h->n_clients)
		drop_client(h, h->n_clients - 1);
	free(h->clients);
	free(h->said);
	marks_done(&h->rows);
	marks_done(&h->homes);
	pthread_cond_destroy(&h->wake);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

int hub_start(struct snapshot *s, const struct freshness_rule *rule,
	      const struct hub_limits *limits, struct metrics *metrics, struct hub **ret,
	      struct err *err)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (!h)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	h->snapshot = s;
	h->rule = *rule;
	h->limits = *limits;
	h->metrics = metrics;
	h->boot = randombytes_random();
	pthread_mutex_init(&h->lock, NULL);
	cond_init(&h->wake);
	int e = pthread_create(&h->thread, NULL, run, h);
	if (e) {
		hub_free(h);
		return err_errno(err, e, "thread of the live streams");
	}
	snapshot_on_change(s, on_change, h);
	*ret = h;
	return 0;
}

void hub_stop(struct hub *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	hub_free(h);
}
