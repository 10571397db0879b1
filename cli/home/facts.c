#include "cli/home/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <jansson.h>

#include "outbox/status_file.h"

#define STATUS_FILE_MAX ((size_t)4 << 20)

/* ---- do they live? ---- */

/* The watcher holds a lock as long as it lives. */
bool facts_watcher_runs(const struct home *home)
{
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/watcher.lock", home->state_dir) < 0)
		abort();
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool facts_syncd_runs(const struct home *home)
{
	return outbox_wake_is_heard(home->state_dir);
}

/* ---- what they say ---- */

static void unref(json_t **j)
{
	json_decref(*j);
}

static const char *text_of(const json_t *o, const char *key, struct arena *a)
{
	const json_t *v = json_object_get(o, key);

	return json_is_string(v) ? arena_strdup(a, json_string_value(v)) : NULL;
}

static usec_t time_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	usec_t at;

	return text && clock_parse_rfc3339(span_str(text), &at, NULL) == 0 ? at : USEC_NONE;
}

static int64_t number_of(const json_t *o, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static struct facts_road road_of(const json_t *o, struct arena *a)
{
	return (struct facts_road){
	    .transport = text_of(o, "transport", a),
	    .url = text_of(o, "url", a),
	    .state = text_of(o, "state", a),
	    .last_error = text_of(o, "last_error", a),
	    .last_error_code = text_of(o, "last_error_code", a),
	    .carries = json_is_true(json_object_get(o, "carries")),
	    .since = time_of(o, "since"),
	    .last_success = time_of(o, "last_success"),
	    .last_error_at = time_of(o, "last_error_at"),
	    .next_probe = time_of(o, "next_probe"),
	    .failures = number_of(o, "failures", 0),
	};
}

/* done: the member's name. */
static struct facts_backlog backlog_of(const json_t *o, const char *done)
{
	if (!json_is_object(o))
		return (struct facts_backlog){.known = false};
	return (struct facts_backlog){
	    .known = true,
	    .done = number_of(o, done, 0),
	    .of = number_of(o, "of", 0),
	    .rate = number_of(o, "rate", 0),
	    .left_s = number_of(o, "left_s", -1),
	};
}

void facts_read_line(struct span json, struct arena *a, struct facts_line *ret)
{
	_cleanup_(unref) json_t *o = json_loadb(json.p ? json.p : "", json.n, 0, NULL);
	const json_t *in_sync = json_object_get(o, "in_sync"), *roads = json_object_get(o, "roads");

	*ret = (struct facts_line){.known = false, .in_sync = -1, .clock_ahead_ms = FACTS_UNKNOWN};
	if (!json_is_object(o) || !(ret->state = text_of(o, "state", a)))
		return;
	ret->known = true;
	ret->transport = text_of(o, "transport", a);
	ret->url = text_of(o, "url", a);
	ret->last_error = text_of(o, "last_error", a);
	ret->last_error_code = text_of(o, "last_error_code", a);
	ret->since = time_of(o, "since");
	ret->written_at = time_of(o, "written_at");
	ret->last_success = time_of(o, "last_success");
	ret->last_error_at = time_of(o, "last_error_at");
	ret->next_attempt = time_of(o, "next_attempt");
	ret->expires = time_of(o, "enrolment_expires");
	ret->failures = number_of(o, "failures", 0);
	ret->clock_ahead_ms = number_of(o, "clock_ahead_ms", FACTS_UNKNOWN);
	if (json_is_boolean(in_sync))
		ret->in_sync = json_is_true(in_sync);
	ret->backlog = backlog_of(json_object_get(o, "backlog"), "sent");
	for (size_t i = 0; i < json_array_size(roads) && i < FACTS_ROADS_MAX; i++) {
		struct facts_road r = road_of(json_array_get(roads, i), a);
		if (r.transport && r.state)
			ret->roads[ret->n_roads++] = r;
	}
}

static size_t read_items(const json_t *list, const char *name, struct arena *a,
			 struct facts_item *items, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list) && n < max; i++) {
		const json_t *o = json_array_get(list, i);
		struct facts_item it = {text_of(o, name, a), text_of(o, "state", a),
					text_of(o, "problem", a), time_of(o, "since")};
		if (it.name && it.state)
			items[n++] = it;
	}
	return n;
}

const char *facts_read_board(struct span json, struct arena *a)
{
	_cleanup_(unref) json_t *o = json_loadb(json.p ? json.p : "", json.n, 0, NULL);

	return text_of(o, "problem", a);
}

void facts_read_intake(struct span json, struct arena *a, struct facts_intake *ret)
{
	_cleanup_(unref) json_t *o = json_loadb(json.p ? json.p : "", json.n, 0, NULL);

	*ret = (struct facts_intake){.known = json_is_object(o)};
	ret->written_at = time_of(o, "written_at");
	ret->adapters_read_at = time_of(o, "adapters_read_at");
	ret->adapters_error = text_of(o, "adapters_error", a);
	ret->backlog = backlog_of(json_object_get(o, "backlog"), "done");
	ret->confined_files = text_of(o, "confined_files", a);
	ret->confined_calls = text_of(o, "confined_calls", a);
	ret->not_confined = text_of(o, "not_confined", a);
	ret->stopped = text_of(o, "intake_stopped", a);
	ret->stopped_since = time_of(o, "intake_stopped_since");
	ret->n_adapters =
	    read_items(json_object_get(o, "adapters"), "file", a, ret->adapters, FACTS_LIST_MAX);
	ret->n_folders =
	    read_items(json_object_get(o, "folders"), "dir", a, ret->folders, HOME_DROPS_MAX);
}

static struct span read_file(const char *dir, const char *name, struct arena *a)
{
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buf text = BUF_INIT;
	ssize_t n = -1;
	if (fd < 0)
		return SPAN_NONE;
	while (text.n < STATUS_FILE_MAX && (n = read(fd, buf_reserve(&text, 65536), 65536)) > 0)
		text.n += (size_t)n;
	struct span s = n == 0 ? arena_span(a, buf_span(&text)) : SPAN_NONE;
	buf_done(&text);
	return s;
}

static void read_outbox(const struct home *home, struct facts *f)
{
	_cleanup_(outbox_closep) struct outbox *o = NULL;

	f->outbox = (struct outbox_status){
	    .oldest = USEC_NONE,
	    .answered = USEC_NONE,
	    .in_sync = USEC_NONE,
	    .epoch_began = USEC_NONE,
	    .dead_since = USEC_NONE,
	    .dead_last = USEC_NONE,
	    .quarantined_since = USEC_NONE,
	    .quarantined_last = USEC_NONE,
	    .rejected_last = USEC_NONE,
	};
	if (outbox_open(home->state_dir, home->facility, OUTBOX_READ, &o, &f->outbox_error) < 0)
		return;
	outbox_set_min_free(o, home->min_free);
	f->has_outbox = outbox_status(o, &f->outbox, &f->outbox_error) == 0;
}

void facts_gather(const struct home *home, usec_t now, struct arena *a, struct facts *ret)
{
	*ret = (struct facts){.home = home, .now = now};
	ret->may_not_look = access(home->state_dir, R_OK | X_OK) < 0 && errno == EACCES;
	ret->watcher_runs = facts_watcher_runs(home);
	ret->syncd_runs = facts_syncd_runs(home);
	facts_read_line(read_file(home->state_dir, STATUS_FILE_SYNC, a), a, &ret->line);
	facts_read_intake(read_file(home->state_dir, STATUS_FILE_WATCHER, a), a, &ret->intake);
	if (home->board.listen)
		ret->board_problem =
		    facts_read_board(read_file(home->state_dir, STATUS_FILE_BOARD, a), a);
	read_outbox(home, ret);
}
