/* What Redis published is in the picture already when the feed reads the same from PostgreSQL, so
 * as a rule nothing is written twice; if it is, the rev makes it harmless. */
#include "regional/feed/mirror.h"

#include <stdlib.h>

#include "regional/feed/feed.h"
#include "regional/live/follow.h"

struct mirror {
	struct snapshot *snapshot;
	struct follow *follow;
	struct feed *feed;
};

static void on_change(void *user, const struct avail *rows, size_t n_rows,
		      const struct facility *const *homes, size_t n_homes)
{
	(void)homes, (void)n_homes;
	live_changed(user, rows, n_rows);
}

void mirror_watch(struct snapshot *s, struct live *live)
{
	snapshot_on_change(s, on_change, live);
}

int mirror_start(const struct mirror_options *o, struct mirror **ret, struct err *err)
{
	*ret = NULL;
	if (!o->live)
		return 0;
	struct mirror *m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	m->snapshot = snapshot_new(o->metrics);
	mirror_watch(m->snapshot, o->live);
	int e = follow_start(o->redis, NULL, m->snapshot, &m->follow, err);
	if (e == 0)
		e = feed_start(&(struct feed_options){.database = o->database,
						      .snapshot = m->snapshot,
						      .metrics = o->metrics},
			       &m->feed, err);
	if (e < 0)
		mirror_stop(m);
	else
		*ret = m;
	return e;
}

void mirror_stop(struct mirror *m)
{
	if (!m)
		return;
	feed_stop(m->feed);
	follow_stop(m->follow);
	snapshot_free(m->snapshot);
	free(m);
}
