#include "watcher/condition.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "outbox/status_file.h"
#include "watcher/folders.h"

static void forget_bad(struct condition *c)
{
	for (size_t i = 0; i < c->n_bad; i++) {
		free(c->bad[i].path);
		free(c->bad[i].problem);
	}
	c->n_bad = 0;
}

void condition_done(struct condition *c)
{
	forget_bad(c);
}

void condition_adapters_begin(struct condition *c, usec_t now)
{
	forget_bad(c);
	c->adapters_error[0] = '\0';
	c->read_at = now;
	c->dirty = true;
}

void condition_adapter_bad(struct condition *c, const char *path, const char *problem)
{
	struct span text = span_trim(span_str(problem));

	c->dirty = true;
	if (c->n_bad == CATALOG_MAX)
		return;
	struct condition_adapter *a = &c->bad[c->n_bad++];
	a->path = strdup(path);
	a->problem = strndup(text.p ? text.p : "", text.n);
	if (!a->path || !a->problem)
		abort();
}

static void set(struct condition *c, char *text, size_t size, usec_t *since, const char *to,
		usec_t now)
{
	bool was = text[0] != '\0', is = to != NULL;

	if (was == is)
		return;
	(void)snprintf(text, size, "%s", is ? to : "");
	*since = now;
	c->dirty = true;
}

void condition_folder(struct condition *c, unsigned i, const char *problem, usec_t now)
{
	struct condition_folder *f = &c->folders[i];

	if (f->since == 0) {
		f->since = now;
		c->dirty = true;
	}
	set(c, f->problem, sizeof(f->problem), &f->since, problem, now);
}

void condition_folder_over(struct condition *c, unsigned i)
{
	c->folders[i] = (struct condition_folder){0};
	c->dirty = true;
}

void condition_intake(struct condition *c, const char *why, usec_t now)
{
	set(c, c->stopped, sizeof(c->stopped), &c->stopped_since, why, now);
}

/* ---- as JSON ---- */

static bool is_in_force(const struct watcher *w, const char *path)
{
	for (size_t i = 0; i < w->catalog.n; i++)
		if (strcmp(adapter_path(w->catalog.adapters[i]), path) == 0)
			return true;
	return false;
}

static bool is_bad(const struct condition *c, const char *path)
{
	for (size_t i = 0; i < c->n_bad; i++)
		if (strcmp(c->bad[i].path, path) == 0)
			return true;
	return false;
}

static void add_adapter(struct buf *out, bool *first, const char *path, const char *state,
			const char *problem)
{
	buf_addf(out, "%s{\"state\":\"%s\"", *first ? "" : ",", state);
	status_file_text(out, "file", path);
	status_file_text(out, "problem", problem);
	buf_addc(out, '}');
	*first = false;
}

static void add_adapters(const struct watcher *w, struct buf *out)
{
	const struct condition *c = &w->condition;
	bool first = true;

	buf_adds(out, ",\"adapters\":[");
	for (size_t i = 0; i < c->n_bad; i++)
		add_adapter(out, &first, c->bad[i].path,
			    is_in_force(w, c->bad[i].path) ? "old" : "off", c->bad[i].problem);
	for (size_t i = 0; i < w->catalog.n; i++) {
		const char *path = adapter_path(w->catalog.adapters[i]);
		if (!is_bad(c, path))
			add_adapter(out, &first, path, "on", NULL);
	}
	buf_addc(out, ']');
}

static void add_folder(const struct watcher *w, unsigned i, struct buf *out)
{
	const struct condition_folder *f = &w->condition.folders[i];

	buf_addf(out, "%s{\"state\":\"%s\",\"subfolders\":%u", i ? "," : "",
		 f->problem[0]		    ? "missing"
		 : w->folders[i]->is_polled ? "polled"
					    : "watched",
		 folders_below(w, i));
	status_file_text(out, "dir", w->folders[i]->path);
	status_file_text(out, "problem", f->problem);
	member_time(out, "since", f->since ? f->since : USEC_NONE);
	buf_addc(out, '}');
}

static void add_folders(const struct watcher *w, struct buf *out)
{
	buf_adds(out, ",\"folders\":[");
	for (unsigned i = 0; i < w->n_folders; i++) {
		bool is_within = i >= w->home->n_drops;
		if (w->folders[i] && (!is_within || w->condition.folders[i].problem[0]))
			add_folder(w, i, out);
	}
	buf_addc(out, ']');
}

static void add_confined(const struct confined *is, struct buf *out)
{
	char files[32] = "";

	if (is->files)
		(void)snprintf(files, sizeof(files), "landlock %d", is->files);
	status_file_text(out, "confined_files", files);
	status_file_text(out, "confined_calls", is->calls ? "seccomp" : "");
	status_file_text(out, "not_confined",
			 is->why_not_files[0] ? is->why_not_files : is->why_not_calls);
}

void condition_to_json(const struct watcher *w, usec_t now, long pid, struct buf *out)
{
	const struct condition *c = &w->condition;

	buf_addf(out, "{\"pid\":%ld", pid);
	member_time(out, "written_at", now);
	member_time(out, "adapters_read_at", c->read_at);
	status_file_text(out, "adapters_error", c->adapters_error);
	add_adapters(w, out);
	add_folders(w, out);
	status_file_text(out, "intake_stopped", c->stopped);
	member_time(out, "intake_stopped_since", c->stopped[0] ? c->stopped_since : USEC_NONE);
	status_file_backlog(out, "done", &w->backlog);
	add_confined(&c->confined, out);
	buf_adds(out, "}\n");
}

void condition_tell(struct watcher *w)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct err err;

	if (!w->condition.dirty)
		return;
	w->condition.dirty = false;
	condition_to_json(w, clock_now(), (long)getpid(), &text);
	if (status_file_write(w->home->state_dir, STATUS_FILE_WATCHER, buf_span(&text), &err) < 0)
		log_failure("status_not_written", &err);
}
