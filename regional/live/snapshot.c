/* Two locks. `writing` is held by one writer from its first row to the end of changed(), so that
 * watchers are told in the order in which the picture changed. `lock` is held by it only while it
 * sets values, and shared by readers; writers go first, else a busy API would starve them. */
#include "regional/live/snapshot.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "regional/live/source.h"

struct snapshot {
	pthread_mutex_t writing;
	pthread_rwlock_t lock;
	struct picture picture;
	usec_t read_at;
	struct metrics *metrics;
	struct {
		snapshot_changed_t changed;
		void *user;
	} watchers[SNAPSHOT_WATCHERS_MAX];
	size_t n_watchers;
};

/* What a writer changed, for changed(). */
struct changes {
	struct avail *rows;
	size_t n_rows, cap_rows;
	const struct facility **homes;
	size_t n_homes, cap_homes;
};

struct snapshot *snapshot_new(struct metrics *metrics)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	pthread_rwlockattr_t writers_first;

	if (!s)
		abort();
	s->metrics = metrics;
	s->read_at = USEC_NONE;
	pthread_mutex_init(&s->writing, NULL);
	pthread_rwlockattr_init(&writers_first);
	pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&s->lock, &writers_first);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	picture_done(&s->picture);
	pthread_rwlock_destroy(&s->lock);
	pthread_mutex_destroy(&s->writing);
	free(s);
}

void snapshot_on_change(struct snapshot *s, snapshot_changed_t changed, void *user)
{
	assert(s->n_watchers < SNAPSHOT_WATCHERS_MAX);
	s->watchers[s->n_watchers].changed = changed;
	s->watchers[s->n_watchers++].user = user;
}

const struct picture *snapshot_lock(struct snapshot *s)
{
	pthread_rwlock_rdlock(&s->lock);
	return &s->picture;
}

void snapshot_unlock(struct snapshot *s)
{
	pthread_rwlock_unlock(&s->lock);
}

usec_t snapshot_read_at(struct snapshot *s)
{
	pthread_rwlock_rdlock(&s->lock);
	usec_t at = s->read_at;
	pthread_rwlock_unlock(&s->lock);
	return at;
}

bool snapshot_is_loaded(struct snapshot *s)
{
	return snapshot_read_at(s) != USEC_NONE;
}

static void add_row(struct changes *c, const struct avail *a)
{
	c->rows = array_grow(c->rows, c->n_rows, &c->cap_rows, sizeof(*c->rows));
	c->rows[c->n_rows++] = *a;
}

static void set_row(struct snapshot *s, struct changes *c, const struct avail *a, usec_t now,
		    usec_t truth_since)
{
	if (picture_set_row(&s->picture, a, now, truth_since))
		add_row(c, a);
}

/* Redis may have told of its rows before it is known that the home was closed, or opened: they are
 * told of again, for who shows them by that. */
static void add_rows_of(const struct picture *p, struct changes *c, const struct facility *f)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (&p->facilities[p->rows[i].facility] == f)
			add_row(c, &p->rows[i].a);
}

static void set_facility(struct snapshot *s, struct changes *c, const struct facility *f)
{
	const struct facility *old = picture_facility(&s->picture, span_str(f->id));
	bool turned = old && picture_is_closed(old) != picture_is_closed(f);

	if (!picture_set_facility(&s->picture, f))
		return;
	if (turned)
		add_rows_of(&s->picture, c, old);
	c->homes = array_grow(c->homes, c->n_homes, &c->cap_homes, sizeof(*c->homes));
	c->homes[c->n_homes++] = f;
}

static void tell(struct snapshot *s, struct changes *c)
{
	for (size_t i = 0; i < s->n_watchers && (c->n_rows || c->n_homes); i++)
		s->watchers[i].changed(s->watchers[i].user, c->rows, c->n_rows, c->homes,
				       c->n_homes);
	free(c->rows);
	free(c->homes);
}

void snapshot_apply(struct snapshot *s, const struct avail *rows, size_t n)
{
	struct changes c = {0};
	usec_t now = clock_monotonic();

	pthread_mutex_lock(&s->writing);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < n; i++)
		set_row(s, &c, &rows[i], now, USEC_NONE);
	pthread_rwlock_unlock(&s->lock);
	tell(s, &c);
	pthread_mutex_unlock(&s->writing);
}

static int read_rows(struct snapshot *s, struct pg *pg, const struct span *ids, size_t n,
		     struct err *err)
{
	_cleanup_(freep) struct facility *homes = NULL;
	_cleanup_(freep) struct live_row *rows = NULL;
	size_t n_homes = 0, n_rows = 0;
	usec_t began = clock_monotonic();
	struct changes c = {0};

	int e = source_facilities(pg, ids, n, &homes, &n_homes, err);
	if (e == 0)
		e = source_rows(pg, ids, n, &rows, &n_rows, err);
	if (e < 0)
		return e;
	pthread_mutex_lock(&s->writing);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < n_homes; i++)
		set_facility(s, &c, &homes[i]);
	for (size_t i = 0; i < n_rows; i++)
		set_row(s, &c, &rows[i].a, clock_monotonic(), began);
	if (!n)
		s->read_at = clock_now();
	n_rows = s->picture.n_rows;
	pthread_rwlock_unlock(&s->lock);
	tell(s, &c);
	pthread_mutex_unlock(&s->writing);
	metric_set(s->metrics, METRIC_SNAPSHOT_ROWS, (int64_t)n_rows);
	return 0;
}

int snapshot_read_all(struct snapshot *s, struct pg *pg, struct err *err)
{
	metric_add(s->metrics, METRIC_SNAPSHOT_READS, 0, 1);
	return read_rows(s, pg, NULL, 0, err);
}

int snapshot_read_facilities(struct snapshot *s, struct pg *pg, const struct span *ids, size_t n,
			     struct err *err)
{
	return n ? read_rows(s, pg, ids, n, err) : 0;
}
