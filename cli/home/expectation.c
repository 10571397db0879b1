/* Both sides are compared as JSON, so that an expectation can be what `adapter try --json` has
 * printed. */
#include "cli/home/expectation.h"

#include <jansson.h>

#define LINES_MAX 50

struct expectation {
	json_t *document, *events;
};

void expectation_free(struct expectation *e)
{
	if (!e)
		return;
	json_decref(e->document);
	free(e);
}

int expectation_load(const char *path, struct expectation **ret, struct err *err)
{
	_cleanup_(expectation_freep) struct expectation *e = calloc(1, sizeof(*e));
	json_error_t where;

	if (!e)
		abort();
	e->document = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!e->document)
		return err_set(err, where.line < 0 ? ERR_NOT_FOUND : ERR_INVALID, "%s:%d:%d: %s",
			       path, where.line < 0 ? 0 : where.line,
			       where.column < 0 ? 0 : where.column, where.text);
	e->events =
	    json_is_object(e->document) ? json_object_get(e->document, "events") : e->document;
	if (!json_is_array(e->events))
		return err_set(err, ERR_INVALID, "%s: expected a JSON array of events", path);
	*ret = TAKE_PTR(e);
	return 0;
}

size_t expectation_count(const struct expectation *e)
{
	return json_array_size(e->events);
}

const char *expectation_facility(const struct expectation *e)
{
	return json_string_value(json_object_get(json_array_get(e->events, 0), "facility_id"));
}

/* ---- comparing ---- */

struct comparing {
	struct buf *out;
	size_t event; /* 1-based */
	size_t n;     /* differences */
};

static void add_value(struct buf *out, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	buf_adds(out, text ? text : "absent");
	free(text);
}

static void differ(struct comparing *c, const char *key, const json_t *expected,
		   const json_t *actual)
{
	if (c->n++ >= LINES_MAX)
		return;
	buf_addf(c->out, "event %zu: %s: expected ", c->event, key);
	add_value(c->out, expected);
	buf_adds(c->out, ", is ");
	add_value(c->out, actual);
	buf_addc(c->out, '\n');
}

static void compare_object(struct comparing *c, const char *prefix, json_t *expected,
			   const json_t *actual)
{
	const char *key;
	json_t *want;

	json_object_foreach(expected, key, want)
	{
		const json_t *is = json_object_get(actual, key);
		char path[256];
		(void)snprintf(path, sizeof(path), "%s%s", prefix, key);
		if (json_is_object(want) && json_is_object(is)) {
			(void)snprintf(path, sizeof(path), "%s%s.", prefix, key);
			compare_object(c, path, want, is);
		} else if (!is || !json_equal(want, (json_t *)is)) {
			differ(c, path, want, is);
		}
	}
}

/* An event in few words, for those that are one too many or one too few. */
static void add_short(struct buf *out, const json_t *event)
{
	static const char *const keys[] = {"bed_id", "new_status", "changed_at"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value = json_string_value(json_object_get(event, keys[i]));
		buf_addf(out, "%s%s", i ? " " : "", value ? value : "?");
	}
}

static json_t *event_json(const struct event *e)
{
	struct buf text = BUF_INIT;

	event_to_json(e, &text);
	json_t *v = json_loadb(text.p, text.n, 0, NULL);
	buf_done(&text);
	return v;
}

size_t expectation_compare(const struct expectation *e, const struct trial *t, struct buf *out)
{
	struct comparing c = {.out = out};
	size_t expected = json_array_size(e->events),
	       n = expected > t->n_events ? expected : t->n_events;

	for (size_t i = 0; i < n; i++) {
		json_t *want = i < expected ? json_array_get(e->events, i) : NULL;
		json_t *is = i < t->n_events ? event_json(&t->events[i]) : NULL;
		c.event = i + 1;
		if (want && is) {
			compare_object(&c, "", want, is);
		} else if (c.n++ < LINES_MAX) {
			buf_addf(out, "event %zu: %s: ", i + 1, want ? "missing" : "not expected");
			add_short(out, want ? want : is);
			buf_addc(out, '\n');
		}
		json_decref(is);
	}
	if (c.n > LINES_MAX)
		buf_addf(out, "… and %zu more\n", c.n - LINES_MAX);
	return c.n;
}
