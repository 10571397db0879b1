/* Days sort as text. link(2) under base/files makes the day's name a thing that one of several
 * writers gets. */
#include "store/heads_folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

#define SUFFIX	 ".heads"
#define FILE_MAX ((off_t)64 << 20) /* a head line takes 150 bytes */
#define KEY_MAX	 ((off_t)4096)

/* ---- files ---- */

static bool is_heads_name(const char *name)
{
	static const char shape[] = "dddd-dd-dd" SUFFIX;

	if (strlen(name) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < HEADS_DAY_CHARS; i++)
		if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return false;
	return strcmp(name + HEADS_DAY_CHARS, SUFFIX) == 0;
}

static int select_heads(const struct dirent *d)
{
	return is_heads_name(d->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct names {
	struct dirent **all;
	int n;
};

static void names_done(struct names *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->all[i]);
	free(l->all);
}

static int list(const char *dir, struct names *ret, struct err *err)
{
	int n = scandir(dir, &ret->all, select_heads, by_name);

	if (n < 0)
		return err_errno(err, errno, "%s", dir);
	ret->n = n;
	return 0;
}

static int read_file(const char *path, off_t max, struct buf *out, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > max)
		return err_set(err, ERR_INVALID, "%s is no such file", path);
	while (true) {
		ssize_t n = read(fd, buf_reserve(out, 65536), 65536);
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "%s", path);
		if (n == 0)
			return 0;
		if (n > 0)
			out->n += (size_t)n;
		if ((off_t)out->n > max)
			return err_set(err, ERR_LIMIT, "%s grows while it is read", path);
	}
}

static char *path_of(struct arena *a, const char *dir, const char *day)
{
	size_t n = strlen(dir) + 1 + HEADS_DAY_CHARS + sizeof(SUFFIX);
	char *path = arena_alloc(a, n);

	(void)snprintf(path, n, "%s/%.*s" SUFFIX, dir, HEADS_DAY_CHARS, day);
	return path;
}

/* ---- signing ---- */

static const char sql_heads[] =
    "SELECT f.id, f.audit_n, f.audit_head, coalesce(l.received_at, 'epoch') FROM facilities f "
    "LEFT JOIN LATERAL (SELECT received_at FROM bed_audit_log a WHERE a.facility_id = f.id"
    " AND a.n = f.audit_n LIMIT 1) AS l ON true WHERE f.audit_n > 0 ORDER BY f.id";

static int read_heads(struct pg *pg, struct arena *a, struct heads *h, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql_heads, NULL, &r, err);

	if (e < 0)
		return e;
	h->n = (size_t)pg_rows(r);
	h->lines = arena_array(a, struct heads_line, h->n + 1);
	for (size_t i = 0; i < h->n; i++) {
		struct span hash = pg_get_text(r, (int)i, 2);
		h->lines[i].facility_id = arena_span(a, pg_get_text(r, (int)i, 0));
		h->lines[i].n = pg_get_i64(r, (int)i, 1);
		h->lines[i].received_at = pg_get_time(r, (int)i, 3);
		if (hash.n != DIGEST_BYTES)
			return err_set(err, ERR_CORRUPT, "the head of %s is no hash",
				       h->lines[i].facility_id.p);
		memcpy(h->lines[i].hash.b, hash.p, DIGEST_BYTES);
	}
	return 0;
}

static int bind_to_previous(const char *dir, const struct names *l, struct arena *a,
			    struct heads *h, struct err *err)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (!l->n)
		return 0;
	const char *name = l->all[l->n - 1]->d_name;
	int e = read_file(path_of(a, dir, name), FILE_MAX, &text, err);
	if (e < 0)
		return e;
	memcpy(h->previous_day, name, HEADS_DAY_CHARS);
	h->previous = digest_of(buf_span(&text));
	return 0;
}

static int write_heads(struct pg *pg, const char *dir, const struct names *l,
		       const struct heads_key *key, struct heads *h, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	int e = bind_to_previous(dir, l, &a, h, err);

	if (e == 0)
		e = read_heads(pg, &a, h, err);
	if (e < 0)
		return e;
	heads_format(h, key, &text);
	return files_create(path_of(&a, dir, h->day), 0644, buf_span(&text), err);
}

int heads_sign(struct pg *pg, const char *dir, const char *key_file, usec_t now,
	       enum heads_signed *ret, struct err *err)
{
	_cleanup_(names_done) struct names l = {0};
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct heads h = {.made_at = now};
	struct heads_key key;
	int e = list(dir, &l, err);

	if (e < 0)
		return e;
	heads_day_of(now, h.day);
	int order = l.n ? strncmp(l.all[l.n - 1]->d_name, h.day, HEADS_DAY_CHARS) : -1;
	if (order > 0)
		return err_set(err, ERR_CONFLICT,
			       "%s holds heads of a later day than %s: is the "
			       "clock right?",
			       dir, h.day);
	*ret = HEADS_SAME;
	if (order == 0)
		return 0;
	e = read_file(key_file, KEY_MAX, &text, err);
	if (e == 0 && (e = heads_key_read(buf_span(&text), &key, err)) < 0)
		(void)err_prefix(err, "%s", key_file);
	if (e == 0)
		e = write_heads(pg, dir, &l, &key, &h, err);
	if (e == 0)
		*ret = HEADS_NEW;
	return e == -ERR_EXISTS ? 0 : e; /* somebody else was faster */
}

/* ---- reading them all ---- */

struct entry {
	struct span facility_id;
	struct audit_signed head;
};

static int by_home(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int c = span_cmp(a->facility_id, b->facility_id);

	if (c == 0)
		c = (a->head.n > b->head.n) - (a->head.n < b->head.n);
	return c ? c : strcmp(a->head.day, b->head.day);
}

struct loading {
	struct heads_set *set;
	const struct digest *public_key;
	struct entry *entries;
	size_t n, cap;
	char last_day[HEADS_DAY_CHARS + 1];
	struct digest last;
};

static void take_lines(struct loading *l, const struct heads *h)
{
	if (l->n + h->n > l->cap) {
		l->cap = 2 * (l->n + h->n);
		l->entries = realloc(l->entries, l->cap * sizeof(l->entries[0]));
		if (!l->entries)
			abort();
	}
	for (size_t i = 0; i < h->n; i++) {
		struct entry *e = &l->entries[l->n++];
		*e = (struct entry){.facility_id =
					arena_span(&l->set->arena, h->lines[i].facility_id),
				    .head = {.n = h->lines[i].n, .hash = h->lines[i].hash}};
		memcpy(e->head.day, h->day, sizeof(e->head.day));
	}
}

/* What is wrong with the file; NULL: nothing. */
static const char *take_file(struct loading *l, const char *name, struct span text)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct digest digest = digest_of(text);
	const char *why = NULL;
	struct heads h;

	if (heads_parse(text, l->public_key, &a, &h, NULL) < 0) {
		why = "its signature is not that of this key";
	} else if (strncmp(h.day, name, HEADS_DAY_CHARS) != 0) {
		why = "it was signed for another day";
	} else {
		if (strcmp(h.previous_day, l->last_day) != 0 ||
		    (h.previous_day[0] && !digest_eq(&h.previous, &l->last)))
			why = "it does not follow the file before it: one is missing or another";
		take_lines(l, &h);
	}
	memcpy(l->last_day, name, HEADS_DAY_CHARS);
	l->last = digest;
	return why;
}

static void by_homes(struct loading *l)
{
	struct heads_set *s = l->set;
	struct audit_signed *heads = arena_array(&s->arena, struct audit_signed, l->n + 1);

	assert(heads); /* an arena that has no memory ends the program */
	if (l->n)
		qsort(l->entries, l->n, sizeof(l->entries[0]), by_home);
	s->homes = arena_array(&s->arena, struct heads_home, l->n + 1);
	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->entries[i];
		struct heads_home *h = s->n_homes ? &s->homes[s->n_homes - 1] : NULL;
		if (!h || !span_eq(h->facility_id, e->facility_id)) {
			h = &s->homes[s->n_homes++];
			*h = (struct heads_home){e->facility_id, heads, 0};
		}
		const struct audit_signed *before = h->n ? heads - 1 : NULL;
		if (before && before->n == e->head.n && digest_eq(&before->hash, &e->head.hash))
			continue;
		*heads++ = e->head;
		h->n++;
	}
}

int heads_load(const char *dir, const struct digest *public_key, heads_wrong_t wrong, void *user,
	       struct heads_set *ret, struct err *err)
{
	_cleanup_(names_done) struct names names = {0};
	_cleanup_(arena_done) struct arena paths = ARENA_INIT;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct loading l = {.set = ret, .public_key = public_key};
	int e = list(dir, &names, err);

	*ret = (struct heads_set){0};
	for (int i = 0; e == 0 && i < names.n; i++) {
		const char *name = names.all[i]->d_name;
		buf_clear(&text);
		e = read_file(path_of(&paths, dir, name), FILE_MAX, &text, err);
		const char *why = e < 0 ? NULL : take_file(&l, name, buf_span(&text));
		if (why)
			wrong(user, name, why);
		if (i == 0)
			memcpy(ret->first_day, name, HEADS_DAY_CHARS);
		ret->n_files++;
	}
	if (e == 0) {
		memcpy(ret->last_day, l.last_day, sizeof(ret->last_day));
		by_homes(&l);
	}
	free(l.entries);
	if (e < 0)
		heads_set_done(ret);
	return e;
}

void heads_set_done(struct heads_set *s)
{
	arena_done(&s->arena);
	*s = (struct heads_set){0};
}

static int id_against_home(const void *id, const void *home)
{
	return span_cmp(*(const struct span *)id, ((const struct heads_home *)home)->facility_id);
}

const struct heads_home *heads_of(const struct heads_set *s, struct span facility_id)
{
	return s->n_homes ? bsearch(&facility_id, s->homes, s->n_homes, sizeof(s->homes[0]),
				    id_against_home)
			  : NULL;
}
