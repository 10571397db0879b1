/* Everything that can wait is in one poll: between exchanges it is our own, during one it is the
 * road's. What happens is decided in ship.c, what is said of it in line.c, what is read and written
 * in exchange.c; here they are only brought together, and logged. */
#include "syncd/sync.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/kill_point.h"
#include "base/log.h"
#include "base/notify.h"
#include "outbox/outbox.h"
#include "syncd/exchange.h"
#include "syncd/report.h"
#include "syncd/roads.h"
#include "syncd/ship.h"

#define AGENT	    "bedpost-syncd " PACKAGE_VERSION
#define PRUNE_EVERY USEC_PER_HOUR
/* a region whose digest never agrees must not fill the outbox. */
#define SNAPSHOT_EVERY USEC_PER_MIN

enum { FD_SIGNAL, FD_WAKE, FD_COUNT };

struct sync {
	const struct home *home;
	bool once, stop;
	int signal_fd, wake_fd, lock_fd;
	struct outbox *outbox;
	struct roads roads;
	struct ship ship;
	struct report report;
	struct exchange x;
	usec_t sent_at;		      /* monotonic, of the batch in flight */
	usec_t sent_wall;	      /* the same moment by the wall clock */
	usec_t prune_at, snapshot_at; /* monotonic: not before */
	struct err last;	      /* what the last attempt failed with; code 0 if it did not */
};

/* ---- what follows from an attempt ---- */

static uint64_t random64(void)
{
	uint64_t r = 0;

	(void)!getrandom(&r, sizeof(r), 0);
	return r;
}

static void say_failure(struct sync *s, bool needs_person, const struct err *why)
{
	s->report.line.queued = exchange_queued(&s->x);
	report_failure(&s->report, needs_person, why, s->ship.retry_at - clock_monotonic());
}

static void say_success(struct sync *s, const struct exchange_result *result)
{
	const struct report_batch batch = {
	    .first = s->x.batch.first,
	    .through = result->through,
	    .events = s->x.settled,
	    .rejected = result->rejected,
	    .conflicts = result->conflicts,
	    .snapshot = result->snapshot,
	    .bytes = s->x.body.n,
	    .took = clock_monotonic() - s->sent_at,
	    .is_heartbeat = s->x.batch.count == 0,
	};
	s->report.line.queued = exchange_queued(&s->x);
	report_success(&s->report, &batch);
}

/* try_again: by another road, at once. */
static void failed_so(struct sync *s, enum reply_kind kind, usec_t retry_after,
		      const struct err *why, bool try_again);

static void failed(struct sync *s, enum reply_kind kind, usec_t retry_after, const struct err *why)
{
	failed_so(s, kind, retry_after, why, false);
}

static void begin_epoch(struct sync *s, const struct err *why)
{
	struct err err;

	log_error("new_epoch", "reason=%s", log_quote(span_str(why->message)).s);
	if (outbox_new_epoch(s->outbox, why->message, clock_now(), &err) == 0)
		return;
	s->ship.new_epoch_taken = false; /* the next 409 tries again */
	failed(s, REPLY_TRANSIENT, 0, &err);
}

static void failed_so(struct sync *s, enum reply_kind kind, usec_t retry_after,
		      const struct err *why, bool try_again)
{
	usec_t now = clock_monotonic();
	enum ship_remedy remedy = ship_failed(&s->ship, now, kind, retry_after, random64());

	s->last = *why;
	switch (remedy) {
	case SHIP_SPLIT:
		log_warn("batch_refused",
			 "first=%" PRIu64 " last=%" PRIu64 " next_limit=%" PRIu32 " reason=%s",
			 s->ship.first, s->ship.last, s->ship.limit,
			 log_quote(span_str(why->message)).s);
		return;
	case SHIP_NEW_EPOCH: begin_epoch(s, why); return;
	case SHIP_CALL:
	case SHIP_REMEDY_NONE: break;
	}
	if (try_again)
		ship_hurry(&s->ship, now);
	say_failure(s, remedy == SHIP_CALL, why);
	if (s->once && !try_again)
		s->stop = true;
}

static void learn(struct sync *s, const struct exchange_result *result)
{
	struct line *l = &s->report.line;

	l->in_sync = result->in_sync;
	if (result->clock != 0)
		l->clock_ahead = line_clock_ahead(s->sent_wall, clock_now(), result->clock);
}

static void taken(struct sync *s, const struct exchange_result *result)
{
	usec_t now = clock_monotonic();

	learn(s, result);

	if (!ship_acknowledged(&s->ship, now, result->through, random64())) {
		(void)err_set(&s->last, ERR_UNAVAILABLE,
			      "the region answered but has applied nothing of the batch");
		say_failure(s, false, &s->last);
		s->stop = s->stop || s->once;
		return;
	}
	if (result->snapshot > 0)
		s->snapshot_at = now + SNAPSHOT_EVERY;
	s->last = (struct err){0};
	say_success(s, result);
	if (s->once && s->x.batch.queued == 0 && result->through >= s->x.batch.last &&
	    result->snapshot == 0)
		s->stop = true;
}

static void rewound(struct sync *s, const struct err *why)
{
	log_error("region_lost_events", "reason=%s", log_quote(span_str(why->message)).s);
	s->last = *why;
	if (ship_rewound(&s->ship, clock_monotonic(), random64()))
		return;
	say_failure(s, false, why);
	s->stop = s->stop || s->once;
}

static void answered(struct sync *s, struct span body)
{
	struct exchange_result result = {0};
	struct err err = {0};

	kill_point("after_answer");
	bool allow_snapshot = clock_monotonic() >= s->snapshot_at;
	switch (exchange_take(&s->x, s->outbox, body, clock_now(), allow_snapshot, &result, &err)) {
	case EXCHANGE_TAKEN: taken(s, &result); break;
	case EXCHANGE_FOREIGN: failed(s, REPLY_EPOCH, 0, &err); break;
	case EXCHANGE_LOST: rewound(s, &err); break;
	case EXCHANGE_FAILED: failed(s, REPLY_TRANSIENT, 0, &err); break;
	}
}

/* ---- the roads ---- */

/* Monotonic as wall clock; people read it. */
static usec_t on_the_wall(usec_t monotonic)
{
	return clock_now() + monotonic - clock_monotonic();
}

static void show_roads(struct sync *s)
{
	const struct transport *t = roads_current(&s->roads);
	const struct road *road = &s->roads.road;
	struct line *l = &s->report.line;

	l->transport = t->ops->name;
	l->url = roads_url(&s->roads, t);
	l->carries = road->current;
	for (size_t i = 0; i < s->roads.n; i++) {
		t = s->roads.transports[i];
		line_road_set(l, i, t->ops->name, roads_url(&s->roads, t), clock_now());
		l->roads[i].next_probe =
		    i == 0 && road->current > 0 ? on_the_wall(road->probe_at) : USEC_NONE;
	}
}

static int open_roads(struct sync *s, struct err *err)
{
	int r = roads_open(&s->roads, s->home, AGENT, err);

	if (r < 0)
		return r;
	show_roads(s);
	s->report.line.expires = enrolment_expires(s->roads.enrolment);
	report_expiry(&s->report);
	return 0;
}

/* The enrolment may have been renewed; where the new one is no good the old one stays. */
static void reopen_roads(struct sync *s)
{
	struct transport *t = roads_used(&s->roads);
	struct err err;

	t->ops->cancel(t);
	if (s->ship.state == SHIP_IN_FLIGHT)
		ship_cancelled(&s->ship);
	if (open_roads(s, &err) < 0)
		log_error("enrolment_not_read", "reason=%s", log_quote(span_str(err.message)).s);
}

static void say_road(struct sync *s, enum log_level level, const struct transport *from,
		     const char *why)
{
	log_line(level, "road_changed", "from=%s to=%s reason=%s", from->ops->name,
		 roads_current(&s->roads)->ops->name, log_quote(span_str(why)).s);
}

/* The region was heard over the road in use, whatever it said of the batch. */
static void road_carries(struct sync *s)
{
	const struct transport *from = roads_current(&s->roads);

	(void)line_road_answered(&s->report.line, s->roads.road.used, clock_now());
	if (road_answered(&s->roads.road) == ROAD_CHANGED)
		say_road(s, LOG_LEVEL_INFO, from, "it answers again");
	show_roads(s);
}

/* A road that is silent is left like one that needs a person: other failures come at once, and are
 * worth a second and third try, but a silence has cost its time already. */
static void road_fails(struct sync *s, const struct transport_reply *reply, const struct err *why)
{
	const struct transport *from = roads_current(&s->roads);
	bool needs_person = reply->kind == REPLY_PERSON;
	enum road_effect effect;

	(void)line_road_failed(&s->report.line, s->roads.road.used, clock_now(), needs_person, why);
	effect = road_failed(&s->roads.road, clock_monotonic(), needs_person || reply->unheard,
			     random64());
	show_roads(s);
	switch (effect) {
	case ROAD_STAYS: failed(s, reply->kind, reply->retry_after, why); return;
	case ROAD_CHANGED:
		say_road(s, needs_person ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, from, why->message);
		failed_so(s, reply->kind, reply->retry_after, why, road_is_fresh(&s->roads.road));
		return;
	case ROAD_PROBED:
		log_line(needs_person ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "road_still_down",
			 "road=%s reason=%s", roads_used(&s->roads)->ops->name,
			 log_quote(span_str(why->message)).s);
		s->report.dirty = true;
		ship_cancelled(&s->ship); /* the same batch goes by the road that carries */
		return;
	}
}

/* A server that finds our certificate out of date may just hang up: the date says what the line
 * does not. */
static void unanswered(struct sync *s, const struct transport_reply *reply)
{
	const struct transport_reply expired = {.kind = REPLY_PERSON};
	usec_t expires = enrolment_expires(s->roads.enrolment);
	struct err why;

	if (expires == USEC_NONE || clock_now() < expires || reply->kind != REPLY_TRANSIENT ||
	    !roads_is_https(roads_used(&s->roads))) {
		road_fails(s, reply, &reply->why);
		return;
	}
	(void)err_set(&why, ERR_DENIED, "the enrolment's certificate is out of date (%s)",
		      reply->why.message);
	road_fails(s, &expired, &why);
}

static void replied(struct sync *s, const struct transport_reply *reply)
{
	switch (reply->kind) {
	case REPLY_ANSWERED:
		road_carries(s);
		answered(s, reply->body);
		return;
	case REPLY_REFUSED:
	case REPLY_EPOCH:
		road_carries(s);
		failed(s, reply->kind, reply->retry_after, &reply->why);
		return;
	case REPLY_TRANSIENT:
	case REPLY_PERSON: unanswered(s, reply); return;
	}
}

static int send_by(struct sync *s, struct transport *t, struct err *err)
{
	const struct outbox_batch *b = &s->x.batch;
	const struct transport_batch batch = {
	    .body = buf_span(&s->x.body),
	    .name = {span_str(outbox_facility(s->outbox)), span_str(b->epoch), b->first, b->last},
	};

	kill_point("before_send");
	s->sent_at = clock_monotonic();
	s->sent_wall = clock_now();
	s->x.transport = t->ops->name;
	return t->ops->send(t, &batch, err);
}

static void send_batch(struct sync *s)
{
	struct err err;

	if (s->report.line.state == LINE_NEEDS_PERSON)
		reopen_roads(s);
	struct transport *t = roads_choose(&s->roads, clock_monotonic());
	int r = exchange_encode(&s->x, s->outbox, clock_now(), &err);
	if (r == 0)
		r = send_by(s, t, &err);
	if (r < 0)
		failed(s, REPLY_TRANSIENT, 0, &err);
	else
		ship_sent(&s->ship, s->x.batch.first, s->x.batch.last);
}

/* ---- waiting ---- */

static void on_signal(struct sync *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP) {
			s->stop = true;
			continue;
		}
		log_info("reloading", "enrolment=%s", log_quote(span_str(s->home->enrolment)).s);
		reopen_roads(s);
		ship_hurry(&s->ship, clock_monotonic());
	}
}

static void look_at(struct sync *s, const struct pollfd fds[FD_COUNT])
{
	if (fds[FD_WAKE].revents)
		outbox_wake_drain(s->wake_fd);
	report_flush(&s->report);
	if (fds[FD_SIGNAL].revents)
		on_signal(s);
}

static int milliseconds_until(usec_t at, usec_t now)
{
	return at <= now ? 0 : (int)((at - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static usec_t earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static void fill_fds(const struct sync *s, struct pollfd fds[FD_COUNT])
{
	fds[FD_SIGNAL] = (struct pollfd){.fd = s->signal_fd, .events = POLLIN};
	fds[FD_WAKE] = (struct pollfd){.fd = s->wake_fd, .events = POLLIN};
}

static void rest(struct sync *s, usec_t until)
{
	struct pollfd fds[FD_COUNT];
	usec_t now = clock_monotonic();

	until = earlier(until, now + SYNC_LOOK_EVERY);
	until = earlier(until, report_due(&s->report));
	fill_fds(s, fds);
	if (poll(fds, FD_COUNT, milliseconds_until(until, now)) < 0)
		fds[FD_SIGNAL].revents = fds[FD_WAKE].revents = 0;
	look_at(s, fds);
}

static void go_on(struct sync *s)
{
	struct transport *t = roads_used(&s->roads);
	struct pollfd fds[FD_COUNT];
	bool done = false;
	struct err err;

	fill_fds(s, fds);
	if (transport_step(t, fds, FD_COUNT, 1000, &done, &err) < 0) {
		t->ops->cancel(t);
		failed(s, REPLY_TRANSIENT, 0, &err);
		return;
	}
	if (done)
		replied(s, t->ops->reply(t));
	look_at(s, fds);
}

static void prune(struct sync *s, usec_t now)
{
	bool more = false;
	struct err err;

	if (now < s->prune_at)
		return;
	if (outbox_prune(s->outbox, clock_now(), s->home->keep_events, &more, &err) < 0)
		log_failure("prune_failed", &err);
	s->prune_at = more ? now : now + PRUNE_EVERY;
}

static void turn(struct sync *s)
{
	usec_t now = clock_monotonic();
	struct err err;

	if (s->ship.state == SHIP_IN_FLIGHT) {
		go_on(s);
		return;
	}
	if (exchange_look(&s->x, s->outbox, ship_limit(&s->ship, now), &err) < 0) {
		if (s->ship.state == SHIP_READY)
			failed(s, REPLY_TRANSIENT, 0, &err);
		rest(s, s->ship.retry_at);
		return;
	}
	struct ship_step step = ship_next(&s->ship, now, s->x.batch.count);
	switch (step.action) {
	case SHIP_SEND_EVENTS:
	case SHIP_SEND_HEARTBEAT: send_batch(s); break;
	case SHIP_WAIT:
		if (s->ship.state == SHIP_READY)
			prune(s, now);
		rest(s, step.until);
		break;
	}
}

/* ---- beginning and end ---- */

static int open_signals(int *ret_fd, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_errno(err, errno, "sigprocmask");
	*ret_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return *ret_fd < 0 ? err_errno(err, errno, "signalfd") : 0;
}

/* Two on one outbox would ship everything twice: harmless, but each would think the other's
 * progress a fault. */
static int take_lock(const char *state_dir, int *ret_fd, struct err *err)
{
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/" SYNC_LOCK_FILE, state_dir) < 0)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	_cleanup_(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			   ? err_set(err, ERR_EXISTS, "another bedpost-syncd ships from %s",
				     state_dir)
			   : err_errno(err, errno, "%s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int begin(struct sync *s, struct err *err)
{
	const struct home *h = s->home;
	int r = open_signals(&s->signal_fd, err);

	if (r == 0)
		r = outbox_open(h->state_dir, h->facility, OUTBOX_WRITE, &s->outbox, err);
	if (r == 0)
		r = take_lock(h->state_dir, &s->lock_fd, err);
	if (r == 0)
		r = outbox_wake_listen(h->state_dir, &s->wake_fd, err);
	if (r < 0)
		return r;
	report_init(&s->report, h->state_dir);
	r = open_roads(s, err);
	if (r < 0)
		return r;
	exchange_init(&s->x, AGENT);
	ship_init(&s->ship, h->heartbeat, clock_monotonic());
	return 0;
}

static void end(struct sync *s)
{
	notify_stopping();
	s->report.line.queued = exchange_queued(&s->x);
	report_end(&s->report);
}

static void release(struct sync *s)
{
	roads_done(&s->roads);
	exchange_done(&s->x);
	outbox_close(s->outbox);
	closep(&s->wake_fd);
	closep(&s->signal_fd);
	closep(&s->lock_fd);
}

int sync_run(const struct sync_options *o, struct err *err)
{
	_cleanup_(release) struct sync s = {
	    .home = o->home, .once = o->once, .signal_fd = -1, .wake_fd = -1, .lock_fd = -1};
	int r = begin(&s, err);

	if (r < 0)
		return r;
	log_info("started", "version=%s facility=%s url=%s state_dir=%s", PACKAGE_VERSION,
		 s.home->facility, log_quote(span_str(s.report.line.url)).s,
		 log_quote(span_str(s.home->state_dir)).s);
	report_now(&s.report);
	notify_ready();
	while (!s.stop)
		turn(&s);
	end(&s);
	if (!s.once || s.last.code == ERR_NONE)
		return 0;
	*err = s.last;
	return -(int)err->code;
}
