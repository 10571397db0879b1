/* The record is the element that, by the names of its values and of those around it, most looks
 * like a bed. */
#include <stdlib.h>

#include "adapters/propose/layout.h"
#include "adapters/propose/outline.h"
#include "adapters/xml.h"

#define FIELDS_MAX 48
#define PARTS_MAX  8
#define DEEP_MAX   4

struct field {
	const char *path;	      /* as a template writes it, between its braces */
	const char *title;	      /* what its name says */
	bool is_around;		      /* of an element around the record */
	const char *parts[PARTS_MAX]; /* {Free/name()}{Occupied/name()}: the paths */
	size_t n_parts;		      /* 1: path alone */
};

struct fields {
	struct field list[FIELDS_MAX];
	size_t n;
};

static void add_field(struct fields *f, const char *path, const char *title, bool is_around)
{
	if (f->n < FIELDS_MAX)
		f->list[f->n++] = (struct field){path, title, is_around, {path}, 1};
}

/* A name says what it is by itself, or ("id", "code", "value") by what it stands in: around. */
static const char *title_of(struct arena *a, const char *around, struct span name)
{
	static const char weak[] =
	    "id nr no code kode name navn namn value text key number num "
	    "nummer label display kod type typ coding kuerzel kurzel kurz kurzname "
	    "kortnavn kortnamn forkortelse forkortning abbr abbreviation short "
	    "short_name shortname bezeichnung betegnelse benamning tag ident";
	struct span folded = words_fold(a, name), rest = span_str(weak), one;

	while (span_cut(&rest, ' ', &one))
		if (span_eq(one, folded))
			return arena_printf(a, "%s_" SPAN_FMT, around, SPAN_ARG(name));
	return arena_printf(a, SPAN_FMT, SPAN_ARG(name));
}

static void add_attributes(struct fields *f, const struct outline_node *n, const char *title,
			   const char *prefix, bool is_around, struct arena *a)
{
	for (size_t i = 0; i < n->n_attributes; i++)
		add_field(f, arena_printf(a, "%s@" SPAN_FMT, prefix, SPAN_ARG(n->attributes[i])),
			  title_of(a, title, n->attributes[i]), is_around);
}

/* An element that carries nothing but its name, and that is a status: <Occupied/>. */
static bool is_status_element(const struct outline_node *c, struct arena *a)
{
	enum reason reason;

	return !c->texts && !c->n_attributes && !c->with_children &&
	       words_status(a, c->name, &reason) != BED_UNKNOWN;
}

/* All children are such: <State><Occupied/></State>. */
static bool says_by_children(const struct outline *o, size_t at, struct arena *a)
{
	size_t children = 0, statuses = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (o->nodes[i].parent != at)
			continue;
		children++;
		statuses += is_status_element(&o->nodes[i], a);
	}
	return children > 0 && statuses == children;
}

/* Some children of the record are such: their names, one behind the other. */
static void add_status_elements(struct fields *f, const struct outline *o, size_t at,
				struct arena *a)
{
	struct field all = {.path = NULL, .title = "status"};

	for (size_t i = 0; i < o->n && all.n_parts < PARTS_MAX; i++) {
		if (o->nodes[i].parent != at || !is_status_element(&o->nodes[i], a))
			continue;
		const char *part = arena_printf(a, SPAN_FMT "/name()", SPAN_ARG(o->nodes[i].name));
		all.path = all.path ? arena_printf(a, "%s}{%s", all.path, part) : part;
		all.parts[all.n_parts++] = part;
	}
	if (all.n_parts > 0 && f->n < FIELDS_MAX)
		f->list[f->n++] = all;
}

/* <field name="BED">12</field>, <param name="BED" value="12"/>, and what lies in them: as many
 * columns as there are names that most records have. */
static void add_keyed(struct fields *f, const struct outline *o, size_t at, size_t child,
		      const char *prefix, struct arena *a)
{
	const struct outline_node *c = &o->nodes[child];

	for (size_t k = 0; k < c->n_keys; k++) {
		const struct outline_key *key = &c->keys[k];
		if (key->count * 2 < o->nodes[at].count || key->count > o->nodes[at].count)
			continue;
		const char *title = arena_printf(a, SPAN_FMT, SPAN_ARG(key->value));
		const char *path =
		    arena_printf(a, "%s" SPAN_FMT "[@" SPAN_FMT "='" SPAN_FMT "']", prefix,
				 SPAN_ARG(c->name), SPAN_ARG(key->attribute), SPAN_ARG(key->value));
		if (c->texts)
			add_field(f, path, title, false);
		for (size_t i = 0; i < c->n_attributes; i++)
			if (!span_eq(c->attributes[i], key->attribute))
				add_field(f,
					  arena_printf(a, "%s/@" SPAN_FMT, path,
						       SPAN_ARG(c->attributes[i])),
					  title_of(a, title, c->attributes[i]), false);
		for (size_t i = 0; i < o->n; i++)
			if (o->nodes[i].parent == child && o->nodes[i].texts)
				add_field(f,
					  arena_printf(a, "%s/" SPAN_FMT, path,
						       SPAN_ARG(o->nodes[i].name)),
					  title_of(a, title, o->nodes[i].name), false);
	}
}

/* What lies within the record and not more often than it. title: of the element at `at`. */
static void add_within(struct fields *f, const struct outline *o, size_t at, const char *title,
		       const char *prefix, unsigned depth, struct arena *a)
{
	for (size_t i = 0; i < o->n && depth < DEEP_MAX; i++) {
		const struct outline_node *c = &o->nodes[i];
		if (c->parent == at && c->count > o->nodes[at].count)
			add_keyed(f, o, at, i, prefix, a);
		if (c->parent != at || c->count > o->nodes[at].count)
			continue;
		const char *path = arena_printf(a, "%s" SPAN_FMT, prefix, SPAN_ARG(c->name));
		const char *own = title_of(a, title, c->name);
		const char *deeper = arena_printf(a, "%s/", path);
		if (c->texts)
			add_field(f, path, own, false);
		add_attributes(f, c, own, deeper, false, a);
		if (says_by_children(o, i, a))
			add_field(f, arena_printf(a, "%s/*/name()", path), own, false);
		else
			add_within(f, o, i, own, deeper, depth + 1, a);
	}
}

static const char *name_of(const struct outline *o, size_t at, struct arena *a)
{
	return arena_printf(a, SPAN_FMT, SPAN_ARG(o->nodes[at].name));
}

static bool holds(const struct outline *o, size_t outer, size_t at)
{
	for (; at != SIZE_MAX; at = o->nodes[at].parent)
		if (at == outer)
			return true;
	return false;
}

/* Texts that stand before the record in an element around it; in one of their own, too:
 * <ward><head><code>. */
static void add_before(struct fields *f, const struct outline *o, size_t at, size_t n,
		       const char *around, const char *up, unsigned depth, struct arena *a)
{
	for (size_t i = 0; i < at; i++) {
		const struct outline_node *c = &o->nodes[i];
		if (c->parent != n || c->count > o->nodes[n].count)
			continue;
		const char *path = arena_printf(a, "%s" SPAN_FMT, up, SPAN_ARG(c->name));
		if (c->texts && !c->with_children)
			add_field(f, path, title_of(a, around, c->name), true);
		else if (depth == 0 && c->with_children && !holds(o, i, at))
			add_before(f, o, at, i, around, arena_printf(a, "%s/", path), 1, a);
	}
}

static void add_around(struct fields *f, const struct outline *o, size_t at, struct arena *a)
{
	const char *up = "../";

	for (size_t n = o->nodes[at].parent; n != SIZE_MAX; n = o->nodes[n].parent) {
		const char *around = name_of(o, n, a);
		add_attributes(f, &o->nodes[n], around, up, true, a);
		add_before(f, o, at, n, around, up, 0, a);
		up = arena_printf(a, "../%s", up);
	}
}

static void gather(const struct outline *o, size_t at, struct arena *a, struct fields *f)
{
	const char *title = name_of(o, at, a);

	f->n = 0;
	add_attributes(f, &o->nodes[at], title, "", false, a);
	if (o->nodes[at].texts && !o->nodes[at].with_children)
		add_field(f, ".", title, false);
	add_status_elements(f, o, at, a);
	add_within(f, o, at, title, "", 0, a);
	add_around(f, o, at, a);
}

static unsigned worth(const struct outline *o, size_t at, struct arena *a, struct fields *f)
{
	static const unsigned weights[ROLE_COUNT] = {
	    [ROLE_BED] = 40,   [ROLE_ROOM] = 25, [ROLE_STATUS] = 40, [ROLE_FREE] = 35,
	    [ROLE_TAKEN] = 35, [ROLE_WARD] = 12, [ROLE_CARE] = 12,   [ROLE_TIME] = 8};
	unsigned best[ROLE_COUNT] = {0}, sum = 0, score;

	gather(o, at, a, f);
	for (size_t i = 0; i < f->n; i++) {
		enum role r = words_role(a, span_str(f->list[i].title), &score);
		unsigned w = weights[r] * score / (f->list[i].is_around ? 200 : 100);
		best[r] = w > best[r] ? w : best[r];
	}
	for (size_t r = 0; r < ROLE_COUNT; r++)
		sum += best[r];
	return sum ? sum + (o->nodes[at].count > 1 ? 10 : 0) : 0;
}

static const char *record_path(const struct outline *o, size_t at, struct arena *a)
{
	const char *path = "";

	for (; at != SIZE_MAX; at = o->nodes[at].parent)
		path = arena_printf(a, "/" SPAN_FMT "%s", SPAN_ARG(o->nodes[at].name), path);
	return path;
}

/* ---- its rows ---- */

struct taking {
	struct sample *sample;
	const struct fields *fields;
};

static int take_record(void *ctx, const struct xml_record *record, _unused_ struct err *err)
{
	const struct taking *t = ctx;
	struct span cells[FIELDS_MAX];
	size_t at = 0;

	for (size_t i = 0; i < t->fields->n; i++) {
		size_t n = t->fields->list[i].n_parts;
		cells[i] = record->values[at];
		for (size_t k = 1; k < n; k++)
			if (!cells[i].n)
				cells[i] = record->values[at + k];
		at += n;
	}
	(void)sample_add(t->sample, cells, t->fields->n);
	return 0;
}

static int read_rows(struct proposal *p, struct layout *l, const struct fields *f, struct span text,
		     struct err *err)
{
	struct taking t = {&l->sample, f};
	const struct xml_handler handler = {.ctx = &t, .record = take_record};
	const struct xml_prefixes none = {0};
	struct xml_path record, *paths = arena_array(&p->arena, struct xml_path, XML_FIELDS_MAX);
	size_t n = 0;
	int r = xml_path_record(span_str(l->record), &none, &p->arena, &record, err);

	sample_init(&l->sample, &p->arena, f->n);
	for (size_t i = 0; i < f->n && r == 0; i++) {
		for (size_t k = 0; k < f->list[i].n_parts && r == 0; k++)
			r = xml_path_field(span_str(f->list[i].parts[k]), &none, &p->arena,
					   &paths[n++], err);
		l->sample.columns[i].name = span_str(f->list[i].path);
		l->sample.columns[i].title = span_str(f->list[i].title);
	}
	if (r < 0)
		return r;
	_cleanup_(xml_freep) struct xml *x = xml_new(&record, paths, n, &handler);
	return xml_feed(x, text, text.n < PROPOSE_BYTES_MAX, err);
}

int layout_xml(struct proposal *p, struct span text, struct layout *l, struct err *err)
{
	struct fields *f = arena_new(&p->arena, struct fields);
	struct outline o;
	size_t best = 0;
	unsigned most = 0;

	outline_read(text, &p->arena, &o);
	for (size_t i = 0; i < o.n; i++) {
		unsigned w = worth(&o, i, &p->arena, f);
		if (w > most) {
			most = w;
			best = i;
		}
	}
	if (most < 25)
		return err_set(err, ERR_INVALID,
			       "no element of this XML has values whose names say bed, room or "
			       "status");
	gather(&o, best, &p->arena, f);
	l->record = record_path(&o, best, &p->arena);
	l->record_name = arena_printf(&p->arena, SPAN_FMT, SPAN_ARG(o.nodes[best].name));
	int r = read_rows(p, l, f, text, err);
	if (r < 0)
		return r;
	sample_count(&l->sample);
	/* A name that stands in one record only might be made of a value. */
	for (size_t i = 0; i < l->sample.n_columns; i++)
		l->sample.columns[i].is_shown = l->sample.columns[i].filled > 1;
	propose_guess(p,
		      most >= 80   ? SURE
		      : most >= 50 ? LIKELY
				   : UNSURE,
		      "record", l->record,
		      "%zu of them, and the names of their values speak of beds",
		      o.nodes[best].count);
	return 0;
}
