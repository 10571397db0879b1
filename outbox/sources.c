/* event_sources holds runs of numbers: a file's events follow each other, but for those that a
 * replay adds later. */
#include "outbox/sources.h"

#include <stdlib.h>

/* An id with its digest first: by that it is looked up (digest_table.h). */
struct source_id {
	uint8_t tail[ULID_BYTES];
};

#define TIME_BYTES 6 /* of a ULID, before its digest */

static const struct digest_items like = {sizeof(struct source_id), ULID_BYTES};

static struct source_id id_of(const uint8_t id[ULID_BYTES])
{
	struct source_id s;

	memcpy(s.tail, id + TIME_BYTES, ULID_BYTES - TIME_BYTES);
	memcpy(s.tail + ULID_BYTES - TIME_BYTES, id, TIME_BYTES);
	return s;
}

void sources_init(struct sources *s, struct db *db)
{
	*s = (struct sources){.db = db};
}

void sources_clear(struct sources *s)
{
	struct db *db = s->db;

	digest_table_done(&s->table);
	free(s->ids);
	sources_init(s, db);
}

void sources_done(struct sources *s)
{
	sources_clear(s);
}

/* ---- comparing ---- */

static bool is_there(const struct sources *s, const struct source_id *id)
{
	return s->n && *digest_table_slot(&s->table, &like, s->ids, id) != 0;
}

static void put(struct sources *s, const uint8_t bytes[ULID_BYTES])
{
	struct source_id id = id_of(bytes);

	if (is_there(s, &id))
		return;
	s->ids = digest_table_room(&s->table, &like, s->ids, s->n);
	s->ids[s->n++] = id;
	*digest_table_slot(&s->table, &like, s->ids, &id) = (uint32_t)s->n;
}

/* Also those of this transaction. */
static int load(struct sources *s, struct err *err)
{
	struct db_rows rows;
	int r = sources_write(s, err);

	if (r == 0)
		r = db_query(s->db, &rows, err,
			     "SELECT e.event_id FROM event_sources s CROSS JOIN events e"
			     " ON e.n BETWEEN s.first AND s.last WHERE s.source = ?",
			     "s", s->name);
	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		struct span id = db_blob(&rows, 0);
		if (id.n == ULID_BYTES)
			put(s, (const uint8_t *)id.p);
	}
	s->is_compared = r == 0;
	return r;
}

static int begin(struct sources *s, struct span name, struct err *err)
{
	int64_t runs;
	int r = sources_write(s, err);

	if (r < 0)
		return r;
	sources_clear(s);
	(void)snprintf(s->name, sizeof(s->name), SPAN_FMT, SPAN_ARG(name));
	r = db_get_int(s->db, &runs, err, "SELECT count(*) FROM event_sources WHERE source = ?",
		       "s", s->name);
	if (r == 0 && runs > 0)
		r = load(s, err);
	s->has_one = r == 0;
	return r;
}

static uint64_t place_of(const struct event *e)
{
	return (uint64_t)e->source.record << 32 | e->source.ordinal;
}

int sources_know(struct sources *s, const struct event *e, struct err *err)
{
	struct span name = e->source.file.p ? e->source.file : SPAN("");
	int r = 0;

	if (!s->has_one || !span_eq_str(name, s->name))
		r = begin(s, name, err);
	if (r == 0 && s->first && !s->is_compared && place_of(e) <= s->place)
		r = load(s, err);
	if (r < 0 || !s->is_compared)
		return r;
	struct source_id id = id_of(e->id.b);
	return is_there(s, &id);
}

void sources_added(struct sources *s, const struct event *e, int64_t n)
{
	if (s->is_compared)
		put(s, e->id.b);
	s->place = place_of(e);
	s->first = s->first ? s->first : n;
	s->last = n;
}

/* ---- the table ---- */

int sources_write(struct sources *s, struct err *err)
{
	if (!s->first)
		return 0;
	int r =
	    db_run(s->db, err, "INSERT INTO event_sources (first, last, source) VALUES (?, ?, ?)",
		   "iis", s->first, s->last, s->name);
	if (r == 0)
		s->first = s->last = 0;
	return r;
}

int sources_prune(struct db *db, int64_t rows, int64_t *ret_rows, struct err *err)
{
	int r = db_run(db, err,
		       "DELETE FROM event_sources WHERE first IN (SELECT first FROM (SELECT first,"
		       " last FROM event_sources ORDER BY first LIMIT ?) WHERE last <"
		       " (SELECT coalesce(min(n), (SELECT last FROM cursor) + 1) FROM events))",
		       "i", rows);

	*ret_rows = r == 0 ? db_changes(db) : 0;
	return r;
}
