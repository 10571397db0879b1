/* A bad reload must not stop a home: each file is judged by itself, and what worked goes on
 * working. */
#include "watcher/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define NAME_MARK "{name}"

void catalog_done(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++)
		adapter_free(c->adapters[i]);
	*c = CATALOG_INIT;
}

static int is_adapter_file(const struct dirent *e)
{
	struct span name = span_str(e->d_name);

	return e->d_name[0] != '.' &&
	       (span_ends(name, SPAN(".yaml")) || span_ends(name, SPAN(".yml")));
}

struct loading {
	struct catalog *old, *new;
	const char *facility;
	void (*problem)(void *ctx, const char *path, const char *text);
	void *ctx;
};

/* Takes the adapter of this path out of the old catalog. */
static struct adapter *keep_old(struct catalog *old, const char *path)
{
	for (size_t i = 0; i < old->n; i++) {
		if (old->adapters[i] && strcmp(adapter_path(old->adapters[i]), path) == 0)
			return TAKE_PTR(old->adapters[i]);
	}
	return NULL;
}

static bool fits(const struct loading *l, const struct adapter *a, const char *path)
{
	const char *facility = adapter_facility(a);
	char text[512];

	if (l->new->n == CATALOG_MAX) {
		(void)snprintf(text, sizeof(text), "%s: more than %d adapters", path, CATALOG_MAX);
	} else if (facility && l->facility && strcmp(facility, l->facility) != 0) {
		(void)snprintf(text, sizeof(text), "%s: it is for facility %s, and this home is %s",
			       path, facility, l->facility);
	} else if (catalog_find(l->new, adapter_name(a))) {
		(void)snprintf(text, sizeof(text), "%s: an adapter \"%s\" is already in %s", path,
			       adapter_name(a),
			       adapter_path(catalog_find(l->new, adapter_name(a))));
	} else {
		return true;
	}
	l->problem(l->ctx, path, text);
	return false;
}

static void load_one(struct loading *l, const char *path)
{
	struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err;

	if (adapter_load(path, &a, &conf, &err) < 0) {
		struct buf text = BUF_INIT;
		if (conf)
			conf_problems_print(conf, &text);
		l->problem(l->ctx, path, text.n > 0 ? text.p : err.message);
		buf_done(&text);
		conf_free(conf);
		a = keep_old(l->old, path);
	}
	if (a && fits(l, a, path))
		l->new->adapters[l->new->n++] = TAKE_PTR(a);
	adapter_free(a);
}

int catalog_load(struct catalog *c, const char *dir, const char *facility,
		 void (*problem)(void *ctx, const char *path, const char *text), void *ctx,
		 struct err *err)
{
	struct catalog new = CATALOG_INIT;
	struct loading loading = {
	    .old = c, .new = &new, .facility = facility, .problem = problem, .ctx = ctx};
	struct dirent **names;
	int n = scandir(dir, &names, is_adapter_file, alphasort);

	if (n < 0)
		return err_errno(err, errno, "%s", dir);
	for (int i = 0; i < n; i++) {
		_cleanup_(freep) char *path = NULL;
		if (asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0)
			abort();
		load_one(&loading, path);
		free(names[i]);
	}
	free(names);
	catalog_done(c);
	*c = new;
	return 0;
}

static bool is_allowed(const struct adapter *a, const char *const *allowed)
{
	if (!allowed)
		return true;
	for (; *allowed; allowed++)
		if (strcmp(*allowed, adapter_name(a)) == 0)
			return true;
	return false;
}

const struct adapter *catalog_pick(const struct catalog *c, const char *file_name,
				   const char *const *allowed)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_allowed(c->adapters[i], allowed) &&
		    adapter_matches(c->adapters[i], file_name))
			return c->adapters[i];
	return NULL;
}

const struct adapter *catalog_find(const struct catalog *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(adapter_name(c->adapters[i]), name) == 0)
			return c->adapters[i];
	return NULL;
}

/* Splits "{name}.done" into what stands before and behind the name. */
static bool split_pattern(const struct adapter *a, struct span *ret_before, struct span *ret_behind)
{
	const struct adapter_ready *ready = adapter_ready(a);
	const char *mark = ready->rule == READY_DONE_FILE && ready->done_file
			       ? strstr(ready->done_file, NAME_MARK)
			       : NULL;

	if (!mark)
		return false;
	*ret_before = span_of(ready->done_file, (size_t)(mark - ready->done_file));
	*ret_behind = span_str(mark + strlen(NAME_MARK));
	return true;
}

const char *catalog_released_by(const struct catalog *c, const char *file_name,
				const char *const *allowed, struct arena *arena)
{
	struct span name = span_str(file_name), before, behind;

	for (size_t i = 0; i < c->n; i++) {
		if (!split_pattern(c->adapters[i], &before, &behind))
			continue;
		if (name.n <= before.n + behind.n || !span_starts(name, before) ||
		    !span_ends(name, behind))
			continue;
		const char *inner =
		    arena_strndup(arena, name.p + before.n, name.n - before.n - behind.n);
		if (catalog_pick(c, inner, allowed) == c->adapters[i])
			return inner;
	}
	return NULL;
}

const char *catalog_done_file(const struct adapter *a, const char *file_name, struct arena *arena)
{
	struct span before, behind;

	if (!split_pattern(a, &before, &behind))
		return NULL;
	return arena_printf(arena, SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(before), file_name,
			    SPAN_ARG(behind));
}
