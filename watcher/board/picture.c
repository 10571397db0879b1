/* The outbox is asked for its version twice a second; everything else is read only after a change,
 * and now and then for what changes without one: room on the disk, a syncd that has gone or hangs,
 * an answer that does not come.
 */
#include "watcher/board/picture.h"

#include <fcntl.h>
#include <inttypes.h>

#include <jansson.h>

#include "bed/status.h"
#include "outbox/listing.h"
#include "outbox/status_file.h"

#define LOOK_AGAIN	(5 * USEC_PER_SEC)
#define ANSWERED_WITHIN (8 * USEC_PER_SEC) /* nearly always within one */
#define STATUS_FILE_MAX ((size_t)64 << 10)

void picture_init(struct picture *p, const struct home *home)
{
	*p = (struct picture){.home = home, .version = -1};
}

void picture_done(struct picture *p)
{
	outbox_close(p->outbox);
	buf_done(&p->seen);
	buf_done(&p->json);
}

/* Replaced as a whole by syncd; a missing one reads as empty. */
static void read_status_file(const char *state_dir, struct buf *out)
{
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/" STATUS_FILE_SYNC, state_dir) < 0)
		abort();
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	buf_clear(out);
	if (fd < 0)
		return;
	ssize_t n = read(fd, buf_reserve(out, STATUS_FILE_MAX), STATUS_FILE_MAX);
	if (n > 0)
		out->n += (size_t)n;
}

static void unref(json_t **j)
{
	json_decref(*j);
}

static usec_t time_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	usec_t at;

	return text && clock_parse_rfc3339(span_str(text), &at, NULL) == 0 ? at : USEC_NONE;
}

static const char *state_of(const struct picture *p, const json_t *sync)
{
	const char *said = json_string_value(json_object_get(sync, "state"));

	if (!outbox_wake_is_heard(p->home->state_dir))
		return "gone";
	if (status_file_is_silent(time_of(sync, "written_at"), time_of(sync, "next_attempt"),
				  p->home->heartbeat, clock_now()))
		return "silent";
	if (!said || strcmp(said, "starting") == 0 || strcmp(said, "stopped") == 0)
		return "starting";
	return strcmp(said, "up") == 0 ? "up" : "down";
}

/* syncd calls a line up until it gives an answer up, which is a minute later. Since when an answer
 * to the oldest change is waited for: one that came in between was to others. */
static usec_t unanswered_since(struct picture *p, const struct outbox_status *s)
{
	usec_t since = s->answered > s->oldest ? s->answered : s->oldest, now = clock_now();

	if (s->queued == 0 || since > now)
		return USEC_NONE;
	if (now - since >= ANSWERED_WITHIN)
		return since;
	if (ANSWERED_WITHIN - (now - since) < LOOK_AGAIN)
		p->again = clock_monotonic() + ANSWERED_WITHIN - (now - since);
	return USEC_NONE;
}

static void add_line(struct picture *p, const struct outbox_status *s, struct buf *out)
{
	_cleanup_(unref) json_t *sync = json_loadb(p->seen.p ? p->seen.p : "", p->seen.n, 0, NULL);

	const char *state = state_of(p, sync);
	bool is_up = strcmp(state, "up") == 0;

	buf_addf(out, ",\"line\":{\"state\":\"%s\"", state);
	member_time(out, "since",
		    time_of(sync, strcmp(state, "silent") == 0 ? "written_at" : "since"));
	member_time(out, "in_sync_as_of", s->in_sync);
	member_time(out, "last_contact", s->answered);
	buf_addf(out, ",\"queued\":%" PRIu64, s->queued);
	member_time(out, "oldest", s->oldest);
	member_time(out, "unanswered_since", is_up ? unanswered_since(p, s) : USEC_NONE);
	buf_addf(out, ",\"refused\":%" PRIu64 "},\"stopped\":%s", s->dead_letters,
		 s->disk_full ? "\"full\"" : "null");
	buf_addf(out, ",\"held\":%" PRIu64, s->held);
	member_time(out, "held_since", s->held > 0 ? s->held_since : USEC_NONE);
}

void picture_add_bed(struct buf *out, const char *bed_id, const char *ward, const char *care_level,
		     const char *status, usec_t changed_at, const char *changed_by, usec_t told)
{
	buf_adds(out, "{\"bed_id\":");
	buf_add_json(out, span_str(bed_id));
	status_file_text(out, "ward", ward);
	status_file_text(out, "care_level", care_level);
	status_file_text(out, "status", status);
	member_time(out, "changed_at", changed_at);
	status_file_text(out, "changed_by", changed_by);
	buf_addf(out, ",\"set_by\":\"%s\"}", told == USEC_NONE ? "home" : "region");
}

static int make(struct picture *p, struct buf *out, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct outbox_status s;
	struct listing_bed *beds;
	size_t n = 0;
	int r = outbox_status(p->outbox, &s, err);

	if (r == 0)
		r = listing_beds(p->outbox, &a, &beds, &n, err);
	if (r < 0)
		return r;
	buf_adds(out, "{\"facility\":");
	buf_add_json(out, span_str(p->home->facility));
	status_file_text(out, "zone", p->home->zone);
	add_line(p, &s, out);
	buf_adds(out, ",\"beds\":[");
	for (size_t i = 0; i < n; i++) {
		const struct listing_bed *b = &beds[i];
		if (i > 0)
			buf_addc(out, ',');
		picture_add_bed(out, b->bed_id, b->ward, care_level_name(b->care_level),
				bed_status_name(b->status), b->changed, b->changed_by, b->told);
	}
	buf_adds(out, "]}\n");
	return 0;
}

static bool is_fresh(struct picture *p, int64_t version, usec_t now)
{
	_cleanup_(buf_done) struct buf file = BUF_INIT;

	read_status_file(p->home->state_dir, &file);
	if (version == p->version && now < p->again && span_eq(buf_span(&file), buf_span(&p->seen)))
		return true;
	buf_done(&p->seen);
	p->seen = file;
	file = BUF_INIT;
	return false;
}

int picture_refresh(struct picture *p, usec_t now, struct err *err)
{
	_cleanup_(buf_done) struct buf json = BUF_INIT;
	int64_t version = 0;
	int r = 0;

	if (!p->outbox) {
		r = outbox_open(p->home->state_dir, p->home->facility, OUTBOX_READ, &p->outbox,
				err);
		if (r == 0)
			outbox_set_min_free(p->outbox, p->home->min_free);
	}
	if (r == 0)
		r = outbox_version(p->outbox, &version, err);
	if (r < 0 || is_fresh(p, version, now))
		return r;
	p->again = now + LOOK_AGAIN;
	r = make(p, &json, err);
	if (r < 0) {
		p->again = now;
		return r;
	}
	p->version = version;
	bool is_other = !span_eq(buf_span(&json), buf_span(&p->json));
	struct buf old = p->json;
	p->json = json;
	json = old;
	return is_other;
}
