#include "cli/home/expectation.h"

#include <jansson.h>

#include "cli/home/event_diff.h"

struct expectation {
	json_t *document, *events;
	json_t *bad; /* NULL: not said */
};

void expectation_free(struct expectation *e)
{
	if (!e)
		return;
	json_decref(e->document);
	free(e);
}

static bool is_list_of_objects(const json_t *list)
{
	if (!json_is_array(list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_object(json_array_get(list, i)))
			return false;
	return true;
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
	bool is_object = json_is_object(e->document);
	e->events = is_object ? json_object_get(e->document, "events") : e->document;
	e->bad = is_object ? json_object_get(e->document, "bad") : NULL;
	if (!is_list_of_objects(e->events) || (e->bad && !is_list_of_objects(e->bad)))
		return err_set(err, ERR_INVALID,
			       "%s: expected a JSON array of events, or {\"events\": […], \"bad\": "
			       "[…]}",
			       path);
	*ret = TAKE_PTR(e);
	return 0;
}

const char *expectation_facility(const struct expectation *e)
{
	return json_string_value(json_object_get(json_array_get(e->events, 0), "facility_id"));
}

size_t expectation_compare(const struct expectation *e, const struct trial *t, struct buf *out)
{
	size_t n = event_diff(e->events, t, out);

	return e->bad ? n + event_diff_bad(e->bad, t, out) : n;
}

/* ---- writing ---- */

static const char shape_events[] =
    "{\"bed_id\":0,\"ward\":0,\"care_level\":0,\"previous_status\":0,\"new_status\":0,"
    "\"changed_by\":0,\"changed_at\":0,\"reason\":0,\"source\":{\"record\":0}}";
static const char shape_bad[] = "{\"record\":0,\"line\":0,\"field\":0,\"reason\":0}";

/* All keys that the objects of a list have. */
static json_t *shape_of(const json_t *list, const char *by_default)
{
	json_t *shape = json_object();

	for (size_t i = 0; i < json_array_size(list); i++)
		(void)json_object_update_recursive(shape, json_array_get(list, i));
	if (json_object_size(shape) == 0) {
		json_decref(shape);
		shape = json_loads(by_default, 0, NULL);
	}
	return shape;
}

/* Of `value` the keys that `shape` has, in the order of `value`. */
static json_t *cut_to(json_t *value, const json_t *shape)
{
	json_t *cut = json_object(), *v;
	const char *key;

	json_object_foreach(value, key, v)
	{
		const json_t *inner = json_object_get(shape, key);
		if (!inner)
			continue;
		if (json_is_object(v) && json_is_object(inner))
			(void)json_object_set_new(cut, key, cut_to(v, inner));
		else
			(void)json_object_set(cut, key, v);
	}
	return cut;
}

/* value: is freed. */
static void add_line(struct buf *out, json_t *value, const json_t *shape, bool first)
{
	json_t *cut = cut_to(value, shape);
	char *text = json_dumps(cut, 0);

	if (!text)
		abort();
	buf_addf(out, "%s\n%s", first ? "" : ",", text);
	free(text);
	json_decref(cut);
	json_decref(value);
}

static bool has_bad(const struct trial *t)
{
	for (size_t i = 0; i < t->n_bad; i++)
		if (!t->bad[i].warning)
			return true;
	return false;
}

void expectation_write(const struct expectation *old, const struct trial *t, struct buf *out)
{
	json_t *shape = shape_of(old ? old->events : NULL, shape_events);
	bool is_array = old && !json_is_object(old->document) && !has_bad(t), first = true;

	buf_adds(out, is_array ? "[" : "{\"events\": [");
	for (size_t i = 0; i < t->n_events; i++)
		add_line(out, event_diff_event(&t->events[i]), shape, i == 0);
	json_decref(shape);
	if (!is_array) {
		shape = shape_of(old ? old->bad : NULL, shape_bad);
		buf_adds(out, "\n],\n\"bad\": [");
		for (size_t i = 0; i < t->n_bad; i++) {
			if (t->bad[i].warning)
				continue;
			add_line(out, event_diff_bad_record(&t->bad[i]), shape, first);
			first = false;
		}
		json_decref(shape);
	}
	buf_adds(out, is_array ? "\n]\n" : "\n]}\n");
}
