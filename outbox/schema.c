/* A step, once released, is never edited: a new one follows it. Statuses and reasons are stored by
 * name, so that the order of an enum means nothing to a file on disk.
 *
 * events.n counts through all epochs; seq = n - base of the epoch. A new epoch therefore renumbers
 * what is pending by one row in `epochs`, and touches no event. */
#include "outbox/schema.h"

static const char *const steps[] = {
    "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), facility TEXT NOT NULL,"
    "  visit_key BLOB NOT NULL CHECK (length(visit_key) = 32)) STRICT;"

    "CREATE TABLE epochs (id INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, base INTEGER NOT "
    "NULL,"
    "  reason TEXT NOT NULL, began INTEGER NOT NULL) STRICT;"

    /* last: the highest n given out; acked: the highest n the region has committed;
     * beds_version: grows with every change of `beds`, so that a reader knows when its state digest
     * is old. */
    "CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL, acked "
    "INTEGER NOT NULL,"
    "  rev INTEGER NOT NULL, beds_version INTEGER NOT NULL, answered INTEGER,"
    "  CHECK (acked >= 0 AND acked <= last)) STRICT;"

    /* outcome: the region's, where it was not simply applied */
    "CREATE TABLE events (n INTEGER PRIMARY KEY, event_id BLOB NOT NULL UNIQUE, bed_id TEXT NOT "
    "NULL,"
    "  body TEXT NOT NULL, file INTEGER, added INTEGER NOT NULL, outcome TEXT) STRICT;"

    /* state: committed, duplicate, rejected; disposed NULL: the file is still in its folder */
    "CREATE TABLE files (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, dir TEXT NOT NULL, name "
    "TEXT NOT NULL,"
    "  size INTEGER NOT NULL, mtime INTEGER NOT NULL, adapter TEXT NOT NULL, state TEXT NOT NULL"
    "  CHECK (state IN ('committed', 'duplicate', 'rejected')), reason TEXT NOT NULL, message TEXT "
    "NOT NULL,"
    "  records INTEGER NOT NULL, events INTEGER NOT NULL, bad INTEGER NOT NULL, warnings INTEGER "
    "NOT NULL,"
    "  repeated INTEGER NOT NULL, unchanged INTEGER NOT NULL, late INTEGER NOT NULL, first INTEGER,"
    "  taken INTEGER NOT NULL, disposed INTEGER, where_now TEXT NOT NULL) STRICT;"
    "CREATE INDEX files_by_digest ON files (digest);"
    "CREATE INDEX files_still_there ON files (id) WHERE disposed IS NULL;"

    "CREATE TABLE waiting (dir TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, message "
    "TEXT NOT NULL,"
    "  since INTEGER NOT NULL, PRIMARY KEY (dir, name)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, record INTEGER NOT "
    "NULL,"
    "  line INTEGER NOT NULL, offset INTEGER NOT NULL, field TEXT NOT NULL, value_class TEXT NOT "
    "NULL,"
    "  reason TEXT NOT NULL, message TEXT NOT NULL, warning INTEGER NOT NULL, at INTEGER NOT NULL) "
    "STRICT;"
    "CREATE INDEX quarantine_by_file ON quarantine (file);"

    "CREATE TABLE dead_letters (epoch TEXT NOT NULL, seq INTEGER NOT NULL, event_id BLOB, body "
    "TEXT,"
    "  reason TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (epoch, seq)) STRICT, WITHOUT ROWID;"

    /* The home's own view. before: the status before the last change. */
    "CREATE TABLE beds (bed_id TEXT PRIMARY KEY, status TEXT NOT NULL, before TEXT, changed_at "
    "INTEGER NOT NULL,"
    "  ward TEXT, care_level TEXT) STRICT, WITHOUT ROWID;"

    /* Visits and messages are known by digests only (adapters/memory.h). */
    "CREATE TABLE visits (visit BLOB PRIMARY KEY, bed TEXT, before TEXT, at INTEGER NOT NULL) "
    "STRICT, WITHOUT ROWID;"
    "CREATE TABLE messages (identity BLOB PRIMARY KEY, content BLOB NOT NULL, at INTEGER NOT NULL) "
    "STRICT,"
    "  WITHOUT ROWID;",

    /* in_sync: when home and region last proved to agree, with nothing queued; told: when the
     * region told of the bed's status, where it was set there; NULL: the home's own news. */
    "ALTER TABLE cursor ADD COLUMN in_sync INTEGER;"
    "ALTER TABLE beds ADD COLUMN told INTEGER;",

    /* name: as it may be told; name_key: the keyed digest of the name itself (file_name.h). Names
     * that were kept before are taken out, with the paths they stood in. */
    "ALTER TABLE files ADD COLUMN name_key BLOB NOT NULL DEFAULT x'';"
    "UPDATE files SET name = 'x', where_now = iif(where_now = '', '', '?'),"
    "  disposed = coalesce(disposed, taken);"
    "CREATE INDEX files_by_name ON files (name_key);"
    "DROP TABLE waiting;"
    "CREATE TABLE waiting (dir TEXT NOT NULL, name_key BLOB NOT NULL, name TEXT NOT NULL, state "
    "TEXT "
    "NOT NULL,"
    "  message TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (dir, name_key)) STRICT, WITHOUT "
    "ROWID;",

    /* changed_by: who, where the event said so. requests: what was set by hand (manual.c). */
    "ALTER TABLE beds ADD COLUMN changed_by TEXT;"
    "CREATE TABLE requests (key BLOB PRIMARY KEY, content BLOB NOT NULL, event_id BLOB NOT NULL,"
    "  at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX requests_by_age ON requests (at);",
    /* What lies in the archive, oldest first. */
    "CREATE INDEX files_archived ON files (disposed, size)"
    "  WHERE where_now NOT IN ('', '?') AND state <> 'rejected';",

    /* mended: when the record was read after all (replay.c) */
    "ALTER TABLE quarantine ADD COLUMN mended INTEGER;",

    /* What the region said, and when, over which road: an answer is of the events first … last (as
     * n), and came for the batch of seq batch_first … batch_last. outcome_reason: why an event was
     * not simply applied. */
    "ALTER TABLE events ADD COLUMN outcome_reason TEXT;"
    "CREATE TABLE answers (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  batch_first INTEGER NOT NULL, batch_last INTEGER NOT NULL, transport TEXT NOT NULL,"
    "  at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX answers_by_last ON answers (last);",

    /* Result files (ack.c). after, last: the file's events are numbered n > after, n <= last;
     * counted: up to which n the region's answers are in the file; asked, told: it is due while
     * told < asked; problem: why it cannot be written; at: when it was, or the row was made. */
    "CREATE TABLE acks (file INTEGER PRIMARY KEY, dir TEXT NOT NULL, name TEXT NOT NULL, forms "
    "INTEGER NOT NULL,"
    "  after INTEGER NOT NULL, last INTEGER NOT NULL, counted INTEGER NOT NULL, asked INTEGER NOT "
    "NULL,"
    "  told INTEGER NOT NULL, complete INTEGER NOT NULL, problem TEXT NOT NULL, at INTEGER NOT "
    "NULL) STRICT;"
    "CREATE INDEX acks_open ON acks (file) WHERE (complete = 0 OR told < asked);"
    "CREATE INDEX acks_by_name ON acks (dir, name) WHERE name <> '';"
    "CREATE INDEX acks_by_age ON acks (at);",

    /* Under which name the messages of an HL7 file were acknowledged; '': not yet. */
    "ALTER TABLE acks ADD COLUMN hl7_name TEXT NOT NULL DEFAULT '';",

    /* Held censuses (hold.c): a file may be 'held', and 'superseded' by a newer census; a
     * constraint can only be changed with its table. census_beds: what each adapter's last census
     * listed; held_beds: what a held one would do, becomes NULL where it leaves the bed out. */
    "CREATE TABLE files_anew (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, dir TEXT NOT NULL, "
    "name TEXT NOT NULL,"
    "  size INTEGER NOT NULL, mtime INTEGER NOT NULL, adapter TEXT NOT NULL, state TEXT NOT NULL"
    "  CHECK (state IN ('committed', 'duplicate', 'rejected', 'held', 'superseded')),"
    "  reason TEXT NOT NULL, message TEXT NOT NULL,"
    "  records INTEGER NOT NULL, events INTEGER NOT NULL, bad INTEGER NOT NULL, warnings INTEGER "
    "NOT NULL,"
    "  repeated INTEGER NOT NULL, unchanged INTEGER NOT NULL, late INTEGER NOT NULL, first INTEGER,"
    "  taken INTEGER NOT NULL, disposed INTEGER, where_now TEXT NOT NULL,"
    "  name_key BLOB NOT NULL DEFAULT x'') STRICT;"
    "INSERT INTO files_anew (id, digest, dir, name, size, mtime, adapter, state, reason, message,"
    "  records, events, bad, warnings, repeated, unchanged, late, first, taken, disposed,"
    "  where_now, name_key)"
    " SELECT id, digest, dir, name, size, mtime, adapter, state, reason, message, records, events,"
    "  bad, warnings, repeated, unchanged, late, first, taken, disposed, where_now, name_key"
    "  FROM files;"
    "DROP TABLE files;"
    "ALTER TABLE files_anew RENAME TO files;"
    "CREATE INDEX files_by_digest ON files (digest);"
    "CREATE INDEX files_still_there ON files (id) WHERE disposed IS NULL;"
    "CREATE INDEX files_by_name ON files (name_key);"
    "CREATE INDEX files_archived ON files (disposed, size)"
    "  WHERE where_now NOT IN ('', '?') AND state NOT IN ('rejected', 'held');"
    "CREATE TABLE holds (file INTEGER PRIMARY KEY, since INTEGER NOT NULL, known INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL, vanished INTEGER NOT NULL, added INTEGER NOT NULL) STRICT;"
    "CREATE TABLE held_beds (file INTEGER NOT NULL, bed TEXT NOT NULL, was TEXT, becomes TEXT,"
    "  PRIMARY KEY (file, bed)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE census_beds (adapter TEXT NOT NULL, bed TEXT NOT NULL, file INTEGER NOT NULL,"
    "  PRIMARY KEY (adapter, bed)) STRICT, WITHOUT ROWID;",

    /* Messages in the order in which they came (messages.h). through: the last run that was merged;
     * marks of a merge: how many. What `messages` holds stays until it is old. */
    "CREATE TABLE message_runs (run INTEGER PRIMARY KEY, at INTEGER NOT NULL, marks BLOB NOT NULL)"
    "  STRICT;"
    "CREATE TABLE message_merges (merge INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    "  marks INTEGER NOT NULL, through INTEGER NOT NULL) STRICT;"
    "CREATE TABLE message_buckets (id INTEGER PRIMARY KEY, marks BLOB NOT NULL) STRICT;",

    /* Visits of the files that came last (visits.h); `visits` holds what was merged. */
    "CREATE TABLE visit_runs (run INTEGER PRIMARY KEY, at INTEGER NOT NULL, visits BLOB NOT NULL)"
    "  STRICT;"
    "CREATE TABLE visit_merges (merge INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    "  through INTEGER NOT NULL) STRICT;",

    /* Which events came of which file (sources.h), and events without an index of their ids: a
     * constraint can only be taken off with its table. */
    "CREATE TABLE event_sources (first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
    "  source TEXT NOT NULL) STRICT;"
    "CREATE INDEX event_sources_by_source ON event_sources (source);"
    "INSERT INTO event_sources (first, last, source) SELECT min(n), max(n),"
    "  coalesce(iif(json_valid(body), json_extract(body, '$.source.file'), ''), '')"
    "  FROM events GROUP BY 3;"
    "CREATE TABLE events_anew (n INTEGER PRIMARY KEY, event_id BLOB NOT NULL, bed_id TEXT NOT NULL,"
    "  body TEXT NOT NULL, file INTEGER, added INTEGER NOT NULL, outcome TEXT,"
    "  outcome_reason TEXT) STRICT;"
    "INSERT INTO events_anew (n, event_id, bed_id, body, file, added, outcome, outcome_reason)"
    "  SELECT n, event_id, bed_id, body, file, added, outcome, outcome_reason FROM events"
    "  ORDER BY n;"
    "DROP TABLE events;"
    "ALTER TABLE events_anew RENAME TO events;",

    /* gone: a later census of the adapter does not list the bed any more; the row still says which
     * one did last (census.c), so that an older one that is read again tells nothing of it. */
    "ALTER TABLE census_beds ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;",
};

#define VERSION ((int64_t)ARRAY_LEN(steps))

static int read_version(struct db *db, int64_t *ret_application, int64_t *ret_version,
			struct err *err)
{
	int r = db_get_int(db, ret_application, err, "PRAGMA application_id", "");
	return r < 0 ? r : db_get_int(db, ret_version, err, "PRAGMA user_version", "");
}

static int set_version(struct db *db, struct err *err)
{
	char sql[96];

	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
		       SCHEMA_APPLICATION, (int)VERSION);
	return db_script(db, sql, err);
}

static int newer(int64_t version, struct err *err)
{
	return err_set(err, ERR_CONFLICT,
		       "outbox database: a newer bedpost has written it (schema %d, this one knows "
		       "%d); upgrade the programs on this machine and restart its services",
		       (int)version, (int)VERSION);
}

static int run_steps(struct db *db, struct err *err)
{
	int64_t application, version;
	int r = read_version(db, &application, &version, err);

	if (r < 0)
		return r;
	if (version > 0 && application != SCHEMA_APPLICATION)
		return err_set(err, ERR_CORRUPT, "outbox database: the file is no outbox");
	if (version > VERSION)
		return newer(version, err);
	if (version == VERSION)
		return 0;
	for (; version < VERSION; version++) {
		r = db_script(db, steps[version], err);
		if (r < 0)
			return r;
	}
	return set_version(db, err);
}

int schema_upgrade(struct db *db, struct err *err)
{
	int r = db_begin(db, true, err);

	if (r < 0)
		return r;
	r = run_steps(db, err);
	if (r < 0) {
		db_rollback(db);
		return r;
	}
	return db_commit(db, err);
}

int schema_check(struct db *db, struct err *err)
{
	int64_t application, version;
	int r = read_version(db, &application, &version, err);

	if (r < 0)
		return r;
	if (application != SCHEMA_APPLICATION)
		return err_set(err, ERR_CORRUPT, "outbox database: the file is no outbox");
	if (version > VERSION)
		return newer(version, err);
	if (version < VERSION)
		return err_set(
		    err, ERR_CONFLICT,
		    "outbox database: it is still of an older bedpost (schema %d, this one wants "
		    "%d); systemctl restart bedpost-watcher brings it up to date",
		    (int)version, (int)VERSION);
	return 0;
}
