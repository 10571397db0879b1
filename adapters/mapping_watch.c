#include "adapters/mapping_watch.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/run_out.h"
#include "adapters/value_class.h"
#include "adapters/words.h"

#define VALUES_MAX    64 /* different ones without a code, of a field */
#define VALUE_BYTES   24
#define CODES_MET_MAX 4096
#define SHOWN_KINDS   24 /* more different ones are no codes */

struct met_value {
	char text[VALUE_BYTES];
	size_t n;
	uint64_t count;
};

struct watched_field {
	const struct value_map_entry **met;
	uint64_t *counts;
	size_t n_met;
	struct met_value values[VALUES_MAX];
	size_t n;
	uint64_t others, with_code, without;
};

struct mapping_watch {
	struct watched_field fields[MAP_FIELDS];
	struct arena arena;
};

struct mapping_watch *mapping_watch_new(void)
{
	struct mapping_watch *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	return w;
}

void mapping_watch_free(struct mapping_watch *w)
{
	if (!w)
		return;
	arena_done(&w->arena);
	free(w);
}

static void count_code(struct mapping_watch *w, struct watched_field *f,
		       const struct value_map_entry *met)
{
	size_t i = 0;

	f->with_code++;
	while (i < f->n_met && f->met[i] != met)
		i++;
	if (i == f->n_met) {
		if (!f->met) {
			f->met =
			    arena_array(&w->arena, const struct value_map_entry *, CODES_MET_MAX);
			f->counts = arena_array(&w->arena, uint64_t, CODES_MET_MAX);
		}
		if (f->n_met == CODES_MET_MAX)
			return;
		f->met[f->n_met++] = met;
	}
	f->counts[i]++;
}

void mapping_watch_value(struct mapping_watch *w, enum mapping_field_index field, struct span value,
			 const struct value_map_entry *met)
{
	struct watched_field *f = &w->fields[field];
	size_t i = 0;

	if (met) {
		count_code(w, f, met);
		return;
	}
	value = span_trim(value);
	if (!value.n)
		return;
	f->without++;
	while (i < f->n && !span_eq(span_of(f->values[i].text, f->values[i].n), value))
		i++;
	if (i == VALUES_MAX || value.n > VALUE_BYTES) {
		f->others++;
		return;
	}
	if (i == f->n) {
		memcpy(f->values[i].text, value.p, value.n);
		f->values[f->n++].n = value.n;
	}
	f->values[i].count++;
}

/* ---- telling ---- */

static bool may_show(enum mapping_field_index field, const struct watched_field *f,
		     const struct met_value *v, struct arena *a)
{
	struct span text = span_of(v->text, v->n);
	const char *kind = value_class(text);
	enum reason ignored;

	if (field == MAP_BED_ID || field == MAP_CHANGED_BY || !span_is_utf8(text, NULL))
		return false;
	if (words_status(a, text, &ignored) != BED_UNKNOWN || words_care(a, text) != CARE_UNKNOWN)
		return true;
	if (value_class_is_person(text) || strcmp(kind, "date-like") == 0 || f->n > SHOWN_KINDS ||
	    memchr(text.p, ' ', text.n) || (strcmp(kind, "digits") == 0 && text.n > 3))
		return false;
	return text.n <= 3 ? v->count >= 2
			   : v->count >= 3 && text.n <= 12 && f->with_code > f->without;
}

static void report_values(struct arena *a, enum mapping_field_index field,
			  const struct watched_field *f, struct run_out *out)
{
	uint64_t hidden = f->others;

	for (size_t i = 0; i < f->n; i++) {
		if (!may_show(field, f, &f->values[i], a)) {
			hidden += f->values[i].count;
			continue;
		}
		run_out_unread(out, UNREAD_CODE,
			       arena_printf(a, "%s: \"%.*s\"", mapping_specs[field].name,
					    (int)f->values[i].n, f->values[i].text),
			       f->values[i].count);
	}
	if (hidden > 0)
		run_out_unread(
		    out, UNREAD_CODE,
		    arena_printf(a, "%s: values that are not shown", mapping_specs[field].name),
		    hidden);
}

static void report_unmet(struct arena *a, enum mapping_field_index field,
			 const struct watched_field *f, const struct value_map *map,
			 struct run_out *out)
{
	const struct value_map_entry *e;

	for (size_t i = 0; value_map_at(map, i, &e); i++) {
		bool met = !e;
		for (size_t k = 0; k < f->n_met && !met; k++)
			met = f->met[k] == e;
		if (!met)
			run_out_unread(out, UNREAD_UNMET,
				       arena_printf(a, "%s: \"" SPAN_FMT "\"",
						    mapping_specs[field].name, SPAN_ARG(e->key)),
				       0);
	}
}

void mapping_watch_report(const struct mapping_watch *w, const struct mapping *m,
			  struct run_out *out)
{
	struct arena a = ARENA_INIT;

	for (int i = 0; i < MAP_FIELDS; i++) {
		if (!m->fields[i].map)
			continue;
		report_values(&a, (enum mapping_field_index)i, &w->fields[i], out);
		report_unmet(&a, (enum mapping_field_index)i, &w->fields[i], m->fields[i].map, out);
	}
	arena_done(&a);
}
