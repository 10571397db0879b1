/* Opening an outbox: making it, checking it, knowing whose it is. */
#include "outbox/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "outbox/handle.h"
#include "outbox/schema.h"

/* A larger file is not read through at every start. */
#define QUICK_CHECK_MAX ((int64_t)256 << 20)

static int random_bytes(void *p, size_t n, struct err *err)
{
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : err_errno(err, errno, "random bytes");
}

/* A random UUID (RFC 9562, version 4). */
int outbox_make_epoch(char out[WIRE_EPOCH_CHARS + 1], struct err *err)
{
	uint8_t b[16];
	int r = random_bytes(b, sizeof(b), err);

	if (r < 0)
		return r;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, WIRE_EPOCH_CHARS + 1,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
	return 0;
}

static int fill_new(struct db *db, const char *facility, struct err *err)
{
	char epoch[WIRE_EPOCH_CHARS + 1];
	uint8_t key[DIGEST_KEY_BYTES];
	int r = outbox_make_epoch(epoch, err);

	if (r < 0 || (r = random_bytes(key, sizeof(key), err)) < 0)
		return r;
	r = db_run(db, err, "INSERT INTO meta (one, facility, visit_key) VALUES (1, ?, ?)", "sb",
		   facility, span_of((const char *)key, sizeof(key)));
	if (r == 0)
		r = db_run(
		    db, err,
		    "INSERT INTO epochs (epoch, base, reason, began) VALUES (?, 0, 'created', ?)",
		    "si", epoch, (int64_t)clock_now());
	if (r == 0)
		r = db_run(db, err,
			   "INSERT INTO cursor (one, last, acked, rev, beds_version) VALUES (1, 0, "
			   "0, 0, 0)",
			   "");
	return r;
}

/* Two daemons may come here at once: the one that gets the lock second finds everything made. */
static int make_if_new(struct db *db, const char *facility, struct err *err)
{
	int64_t rows;

	if (schema_check(db, NULL) < 0) {
		int r = schema_upgrade(db, err);
		if (r < 0)
			return r;
	}
	int r = db_get_int(db, &rows, err, "SELECT count(*) FROM meta", "");
	if (r < 0 || rows == 1)
		return r;
	r = db_begin(db, true, err);
	if (r < 0)
		return r;
	r = db_get_int(db, &rows, err, "SELECT count(*) FROM meta", "");
	if (r == 0 && rows == 0)
		r = fill_new(db, facility, err);
	if (r == 0)
		return db_commit(db, err);
	db_rollback(db);
	return r;
}

int outbox_check(struct outbox *o, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, "PRAGMA quick_check(1)", "");
	if (r < 0)
		return r;
	r = db_next(&rows, err);
	if (r > 0 && !span_eq_str(db_text(&rows, 0), "ok"))
		r = err_set(err, ERR_CORRUPT,
			    "%s/" OUTBOX_FILE
			    " is damaged; restore it from a backup, or move it away",
			    o->state_dir);
	db_done(&rows);
	return r < 0 ? r : 0;
}

static int check_whole(struct outbox *o, const char *path, struct err *err)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_size > QUICK_CHECK_MAX ? 0 : outbox_check(o, err);
}

static int read_meta(struct outbox *o, const char *facility, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, "SELECT facility, visit_key FROM meta", "");

	if (r < 0)
		return r;
	r = db_next(&rows, err);
	if (r <= 0)
		return r < 0 ? r
			     : err_set(err, ERR_CORRUPT,
				       "outbox database: it belongs to no facility");
	struct span name = db_text(&rows, 0), key = db_blob(&rows, 1);
	o->facility = strndup(name.p, name.n);
	if (key.n == sizeof(o->key))
		memcpy(o->key, key.p, sizeof(o->key));
	db_done(&rows);
	if (!o->facility)
		abort();
	if (facility && strcmp(facility, o->facility) != 0)
		return err_set(err, ERR_INVALID, "the outbox belongs to %s, not to %s", o->facility,
			       facility);
	return 0;
}

static int open_in(struct outbox *o, const char *facility, enum outbox_access access,
		   struct err *err)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/" OUTBOX_FILE, o->state_dir) < 0)
		abort();
	if (access == OUTBOX_WRITE && mkdir(o->state_dir, 0750) < 0 && errno != EEXIST)
		return err_errno(err, errno, "%s", o->state_dir);
	if (access == OUTBOX_READ && stat(path, &st) < 0)
		return err_errno(err, errno, "%s", path);
	int r =
	    db_open(path, access == OUTBOX_WRITE ? DB_CREATE : DB_READ, OUTBOX_BUSY, &o->db, err);
	if (r < 0)
		return err_prefix(err, "%s", path);
	r = access == OUTBOX_WRITE ? make_if_new(o->db, facility, err) : schema_check(o->db, err);
	if (r == 0 && access == OUTBOX_WRITE)
		r = check_whole(o, path, err);
	if (r < 0)
		return r;
	o->messages = messages_new(o->db);
	o->visits = visits_new(o->db);
	return read_meta(o, facility, err);
}

int outbox_open(const char *state_dir, const char *facility, enum outbox_access access,
		struct outbox **ret, struct err *err)
{
	_cleanup_(outbox_closep) struct outbox *o = calloc(1, sizeof(*o));

	if (!o || !(o->state_dir = strdup(state_dir)))
		abort();
	o->state_version = -1;
	o->min_free = OUTBOX_MIN_FREE;
	int r = open_in(o, facility, access, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

void outbox_close(struct outbox *o)
{
	if (!o)
		return;
	messages_free(o->messages);
	visits_free(o->visits);
	db_close(o->db);
	for (size_t i = 0; i < o->n_disposals; i++)
		free(o->disposals[i].where);
	free(o->disposals);
	free(o->state_dir);
	free(o->facility);
	explicit_bzero(o->key, sizeof(o->key));
	free(o);
}

const char *outbox_facility(const struct outbox *o)
{
	return o->facility;
}

void outbox_file_name(const struct outbox *o, const char *name, const char *pattern,
		      struct file_name *ret)
{
	file_name_of(o->key, span_str(name), pattern, ret);
}

void outbox_set_min_free(struct outbox *o, int64_t bytes)
{
	o->min_free = bytes;
}

int outbox_rehearse(struct outbox *o, struct err *err)
{
	return db_rehearse(o->db, err);
}

int64_t outbox_disk_free(const struct outbox *o)
{
	struct statvfs v;

	return statvfs(o->state_dir, &v) < 0 ? 0 : (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

int outbox_check_room(const struct outbox *o, int64_t more, struct err *err)
{
	int64_t have = outbox_disk_free(o), want = o->min_free + more;

	if (o->min_free == 0 || have >= want)
		return 0;
	return err_set(err, ERR_FULL,
		       "too little room where the outbox is: %lld MiB free, %lld MiB wanted",
		       (long long)(have >> 20), (long long)(want >> 20));
}

int cursor_read(struct outbox *o, struct cursor *ret, struct err *err)
{
	struct db_rows rows;
	int r = db_query(
	    o->db, &rows, err,
	    "SELECT last, acked, rev, beds_version, answered, epoch, base, in_sync FROM cursor,"
	    " (SELECT epoch, base FROM epochs ORDER BY id DESC LIMIT 1)",
	    "");

	if (r < 0)
		return r;
	r = db_next(&rows, err);
	if (r <= 0)
		return r < 0 ? r : err_set(err, ERR_CORRUPT, "outbox database: it has no cursor");
	*ret = (struct cursor){
	    .last = db_int(&rows, 0),
	    .acked = db_int(&rows, 1),
	    .rev = db_int(&rows, 2),
	    .beds_version = db_int(&rows, 3),
	    .answered = db_time(&rows, 4),
	    .base = db_int(&rows, 6),
	    .in_sync = db_time(&rows, 7),
	};
	struct span epoch = db_text(&rows, 5);
	(void)snprintf(ret->epoch, sizeof(ret->epoch), SPAN_FMT, SPAN_ARG(epoch));
	db_done(&rows);
	return 0;
}
