/* What is asked of the elements around a record ("../") cannot wait for the record: every open
 * element keeps the values that it would answer with. The same serves a record that is known only
 * at its end (record: "//x[name]").
 *
 * The parser interns names: a name is compared as a pointer. */
#include "adapters/xml.h"

#include <assert.h>
#include <stdint.h>

#include "adapters/xml_follow.h"
#include "adapters/xml_match.h"
#include "adapters/xml_names.h"
#include "adapters/xml_sax.h"
#include "base/buf.h"

#define CAPTURES_MAX ((size_t)(XML_DEPTH_MAX + 1) * XML_SLOTS_MAX)

/* The two of [name]: an element or an attribute. */
_Static_assert(XML_SLOTS_MAX == XML_FIELDS_MAX + 2, "a slot for each field and two more");

/* What a path found. */
struct value {
	bool present, too_long;
	struct buf text;
};

struct frame {
	const unsigned char *local, *uri;
	uint32_t record_states[XML_RECORDS_MAX];
	bool is_record; /* not set within a record */
	uint64_t line, offset;
	const struct xml_place *place; /* within a record */
	struct xml_place own;	       /* see xml_follow_child() */
	struct value
	    *kept; /* one per slot: for records below, or that end here; NULL until needed */
	struct xml_slots has_kept;
};

/* An element whose text is wanted. */
struct capture {
	struct value *value;
	unsigned depth;
	bool own_text;
};

struct xml {
	struct xml_sax sax; /* first: see there */
	struct xml_handler handler;
	struct xml_match_path records[XML_RECORDS_MAX], slots[XML_SLOTS_MAX];
	size_t n_records, n, n_slots;
	struct xml_slots kept;	/* of which open elements keep the value */
	struct xml_slots whole; /* of the record itself: no step leads away from it */
	struct xml_follow follow;
	const struct xml_place *start; /* of a record */
	bool at_end;		       /* the record is known at its end: [name] */
	unsigned depth;
	struct frame frames[XML_DEPTH_MAX + 1]; /* 0: the document */
	unsigned record_depth;			/* 0: not in a record */
	const unsigned char *record_name;	/* of the last record's element */
	struct xml_read record_read;
	struct value values[XML_SLOTS_MAX];
	struct capture captures[CAPTURES_MAX];
	size_t n_captures;
	struct xml_names names; /* met within records */
	/* Of the element within a record that no path leads into, whose content nobody looks at; 0:
	 * none. */
	unsigned unread_depth;
};

/* --- values --- */

static void value_clear(struct value *v)
{
	if (!v->present)
		return;
	v->text.n = 0;
	v->present = v->too_long = false;
}

/* Several times a record: mostly there is room. */
_hot_ static void value_add(struct value *v, struct span s)
{
	if (v->text.n + s.n > XML_FIELD_MAX)
		v->too_long = true;
	if (v->too_long)
		return;
	char *to =
	    v->text.cap - v->text.n > s.n ? v->text.p + v->text.n : buf_reserve(&v->text, s.n);
	*span_put(to, s) = '\0';
	v->text.n += s.n;
}

/* The slot's value is to be this element's: an attribute's now, text as it comes. */
_hot_ static void fill(struct xml *x, const struct xml_match_path *path, struct value *v,
		       const struct xml_match_attributes *all)
{
	if (v->present)
		return;
	if (path->kind == XML_ATTRIBUTE) {
		const struct xml_match_attribute *a = xml_match_attribute(all, &path->attribute);
		if (!a)
			return;
		v->present = true;
		value_add(v, xml_match_value(a));
		return;
	}
	v->present = true;
	if (path->kind == XML_NAME) {
		value_add(v, span_str((const char *)x->frames[x->depth].local));
		return;
	}
	assert(x->n_captures < CAPTURES_MAX);
	x->captures[x->n_captures++] = (struct capture){v, x->depth, path->kind == XML_TEXT};
}

/* --- what open elements keep --- */

static struct value *kept(struct frame *f, size_t slot, size_t n_slots)
{
	if (!f->kept) {
		f->kept = calloc(n_slots, sizeof(*f->kept));
		if (!f->kept)
			abort();
	}
	xml_slots_add(&f->has_kept, slot);
	return &f->kept[slot];
}

static void forget_kept(struct frame *f)
{
	for (size_t i; xml_slots_take(&f->has_kept, &i);)
		value_clear(&f->kept[i]);
}

/* Do the innermost open elements follow the path's steps,
 * the last one being the current element? */
static bool chain_matches(const struct xml *x, const struct xml_match_path *path,
			  const struct xml_match_attributes *all)
{
	if (path->n > x->depth)
		return false;
	for (size_t i = 0; i < path->n; i++) {
		const struct frame *f = &x->frames[x->depth - i];
		const struct xml_match_step *s = &path->steps[path->n - 1 - i];
		if (!xml_match_step(s, f->local, f->uri, i == 0 ? all : NULL))
			return false;
	}
	return true;
}

static void keep(struct xml *x, const struct xml_match_attributes *all)
{
	struct xml_slots slots = x->kept;

	for (size_t i; xml_slots_take(&slots, &i);) {
		const struct xml_match_path *path = &x->slots[i];
		if (!chain_matches(x, path, all))
			continue;
		if (path->kind == XML_ATTRIBUTE && !xml_match_attribute(all, &path->attribute))
			continue;
		fill(x, path, kept(&x->frames[x->depth - path->n], i, x->n_slots), all);
	}
}

/* --- records --- */

_hot_ static void fill_all(struct xml *x, struct xml_slots slots,
			   const struct xml_match_attributes *all)
{
	for (size_t i; xml_slots_take(&slots, &i);)
		fill(x, &x->slots[i], &x->values[i], all);
}

_hot_ static void begin_record(struct xml *x, struct frame *f,
			       const struct xml_match_attributes *all)
{
	x->record_depth = x->depth;
	f->place = x->start;
	for (size_t i = 0; i < x->n_slots; i++)
		value_clear(&x->values[i]);
	fill_all(x, x->whole, all);
}

static const struct value *slot_value(const struct xml *x, size_t i, unsigned depth)
{
	const struct xml_match_path *path = &x->slots[i];

	if (!xml_slots_has(&x->kept, i))
		return &x->values[i];
	if (path->ups >= depth)
		return NULL;
	const struct frame *f = &x->frames[depth - path->ups];
	return xml_slots_has(&f->has_kept, i) ? &f->kept[i] : NULL;
}

_hot_ static void give_record(struct xml *x, const struct frame *f)
{
	struct span values[XML_FIELDS_MAX];
	struct xml_record record = {f->line, f->offset, values, false, SIZE_MAX};

	for (size_t i = 0; i < x->n; i++) {
		const struct value *v = slot_value(x, i, x->depth);
		values[i] = v && v->present ? buf_span(&v->text) : SPAN_NONE;
		if (v && v->too_long && record.long_field == SIZE_MAX)
			record.long_field = i;
	}
	uint64_t end = xml_sax_offset(&x->sax);
	record.too_long = record.long_field != SIZE_MAX || end - f->offset > XML_RECORD_MAX;
	if (x->sax.code == 0 && x->handler.record(x->handler.ctx, &record, &x->sax.err) < 0)
		xml_sax_stop(&x->sax);
}

/* With [name]: did the element have a child or an attribute of that name? */
static bool holds(const struct xml *x)
{
	for (size_t i = x->n; i < x->n_slots; i++) {
		const struct value *v = slot_value(x, i, x->depth);
		if (v && v->present)
			return true;
	}
	return false;
}

/* --- what is not read --- */

/* Is this attribute of the current element what a path ends with or asks for? */
static bool is_attribute_read(const struct xml *x, const struct frame *f,
			      const struct xml_match_attributes *all,
			      const struct xml_match_attribute *a)
{
	const struct frame *parent = &x->frames[x->depth - 1];

	for (size_t i = 0; i < x->n_slots; i++) {
		const struct xml_match_path *path = &x->slots[i];
		bool final = x->depth == x->record_depth && path->n == 0;
		if (path->ups)
			continue;
		if (x->depth != x->record_depth)
			(void)xml_match_advance(path, parent->place->states[i], f->local, f->uri,
						all, &final);
		if (final && path->kind == XML_ATTRIBUTE &&
		    xml_match_name(&path->attribute, a->local, a->uri))
			return true;
		for (size_t s = 0; s < path->n; s++)
			if (path->steps[s].has_attribute &&
			    xml_match_name(&path->steps[s].attribute, a->local, a->uri))
				return true;
	}
	return false;
}

/* The current element stands in the record; met: as what, if that is known by now. */
static struct xml_name_met *note_element(struct xml *x, const struct frame *f,
					 struct xml_name_met *met)
{
	bool first;

	if (!x->handler.unread)
		return NULL;
	if (!met)
		met = xml_names_meet(&x->names, f->local, NULL, &first);
	if (met) {
		met->unread = true;
		xml_names_count(met, x->frames[x->record_depth].offset);
	}
	return met;
}

/* read: of elements of this name, attributes that are known to be read. */
_hot_ static void note_attributes(struct xml *x, const struct frame *f,
				  const struct xml_match_attributes *all, struct xml_read *read)
{
	bool first;

	if (!x->handler.unread)
		return;
	for (size_t i = 0; i < all->n; i++) {
		const unsigned char *local = all->p[i].local;
		if (i < XML_READ_MAX && read->names[i] == local)
			continue;
		struct xml_name_met *met = xml_names_meet(&x->names, f->local, local, &first);
		if (first)
			met->unread = !is_attribute_read(x, f, all, &all->p[i]);
		if (met && met->unread)
			xml_names_count(met, x->frames[x->record_depth].offset);
		else if (met && i < XML_READ_MAX)
			read->names[i] = local;
	}
}

/* An element within a record. */
_hot_ static void enter(struct xml *x, struct frame *f, const struct xml_match_attributes *all)
{
	struct xml_way *way =
	    xml_follow_child(&x->follow, f[-1].place, f->local, f->uri, all, &f->own);

	f->place = way->to;
	if (!way->leads && !x->n_captures) {
		x->unread_depth = x->depth;
		way->met = note_element(x, f, way->met);
		return;
	}
	if (way->ends_any)
		fill_all(x, way->ends, all);
	if (all->n)
		note_attributes(x, f, all, &way->read);
}

/* --- the parser's calls --- */

_hot_ static void on_start(void *ctx, const unsigned char *local,
			   _unused_ const unsigned char *prefix, const unsigned char *uri,
			   _unused_ int n_namespaces, _unused_ const unsigned char **namespaces,
			   int n_attributes, _unused_ int n_defaulted,
			   const unsigned char **attributes)
{
	struct xml *x = ctx;
	const struct xml_match_attributes all = {
	    (const struct xml_match_attribute *)(const void *)attributes, (size_t)n_attributes};
	bool final;

	if (x->sax.code < 0)
		return;
	if (x->depth == XML_DEPTH_MAX) {
		xml_sax_refuse(&x->sax, ERR_LIMIT, "more than 64 elements within each other");
		return;
	}
	if (xml_sax_has_too_many_names(&x->sax)) {
		xml_sax_refuse(&x->sax, ERR_LIMIT, "more than 16,384 different names");
		return;
	}
	struct frame *f = &x->frames[++x->depth];
	if (x->unread_depth)
		return;
	const struct frame *parent = f - 1;
	f->local = local;
	f->uri = uri;
	if (x->record_depth) {
		enter(x, f, &all);
		return;
	}
	f->is_record = false;
	forget_kept(f);
	for (size_t i = 0; i < x->n_records; i++) {
		f->record_states[i] = xml_match_advance(&x->records[i], parent->record_states[i],
							f->local, f->uri, &all, &final);
		f->is_record = f->is_record || final;
	}
	keep(x, &all);
	if (!f->is_record)
		return;
	xml_sax_tag_place(&x->sax, &f->line, &f->offset);
	if (!x->at_end) {
		begin_record(x, f, &all);
		if (x->record_name != local)
			x->record_read = (struct xml_read){0};
		x->record_name = local;
		note_attributes(x, f, &all, &x->record_read);
	}
}

_hot_ static void on_end(void *ctx, _unused_ const unsigned char *local,
			 _unused_ const unsigned char *prefix, _unused_ const unsigned char *uri)
{
	struct xml *x = ctx;

	if (x->sax.code < 0)
		return;
	if (x->unread_depth) {
		x->unread_depth = x->unread_depth == x->depth ? 0 : x->unread_depth;
		x->depth--;
		return;
	}
	const struct frame *f = &x->frames[x->depth];
	while (x->n_captures && x->captures[x->n_captures - 1].depth == x->depth)
		x->n_captures--;
	if (x->record_depth < x->depth && x->record_depth) {
		x->depth--;
		return;
	}
	if (f->is_record && (!x->at_end || holds(x)))
		give_record(x, f);
	x->record_depth = 0;
	x->depth--;
}

_hot_ static void on_text(void *ctx, const unsigned char *text, int n)
{
	struct xml *x = ctx;

	for (size_t i = 0; i < x->n_captures; i++)
		if (!x->captures[i].own_text || x->captures[i].depth == x->depth)
			value_add(x->captures[i].value, span_of((const char *)text, (size_t)n));
}

/* --- making --- */

static struct xml_match_name intern_name(struct xml *x, const struct xml_name *n)
{
	bool no_uri = n->uri && !n->uri[0];

	return (struct xml_match_name){xml_sax_intern(&x->sax, n->local),
				       no_uri ? NULL : xml_sax_intern(&x->sax, n->uri), no_uri};
}

static void intern_path(struct xml *x, const struct xml_path *from, struct xml_match_path *to)
{
	to->ups = from->ups;
	to->kind = from->kind;
	to->n = from->n;
	to->attribute = intern_name(x, &from->attribute);
	for (size_t i = 0; i < from->n; i++) {
		const struct xml_step *s = &from->steps[i];
		to->steps[i] =
		    (struct xml_match_step){intern_name(x, &s->name), intern_name(x, &s->attribute),
					    s->descend, s->has_attribute, s->value};
	}
}

/* [name] as two paths: a child or an attribute. */
static void add_held(struct xml *x, const char *name)
{
	const struct xml_path child = {.steps = {{.name = {.local = name}}}, .n = 1};
	const struct xml_path attribute = {.kind = XML_ATTRIBUTE, .attribute = {.local = name}};

	x->at_end = true;
	intern_path(x, &child, &x->slots[x->n_slots++]);
	intern_path(x, &attribute, &x->slots[x->n_slots++]);
}

struct xml *xml_new(const struct xml_path *record, const struct xml_path *fields, size_t n,
		    const struct xml_handler *handler)
{
	static const struct xml_sax_handler calls = {on_start, on_end, on_text};
	struct xml *x = calloc(1, sizeof(*x));

	assert(record);
	if (!x)
		abort();
	xml_sax_init(&x->sax, &calls);
	x->handler = *handler;
	x->n = x->n_slots = n;
	for (const struct xml_path *p = record; p && x->n_records < XML_RECORDS_MAX;
	     p = p->otherwise) {
		x->frames[0].record_states[x->n_records] = 1;
		intern_path(x, p, &x->records[x->n_records++]);
	}
	for (size_t i = 0; i < n; i++)
		intern_path(x, &fields[i], &x->slots[i]);
	if (record->holds)
		add_held(x, record->holds);
	for (size_t i = 0; i < x->n_slots; i++) {
		if (x->at_end || x->slots[i].ups)
			xml_slots_add(&x->kept, i);
		else if (!x->slots[i].n)
			xml_slots_add(&x->whole, i);
	}
	x->start = xml_follow_begin(&x->follow, x->slots, x->n_slots);
	return x;
}

void xml_free(struct xml *x)
{
	if (!x)
		return;
	xml_sax_done(&x->sax);
	for (size_t i = 0; i < XML_SLOTS_MAX; i++)
		buf_done(&x->values[i].text);
	for (size_t d = 0; d <= XML_DEPTH_MAX; d++) {
		for (size_t i = 0; x->frames[d].kept && i < x->n_slots; i++)
			buf_done(&x->frames[d].kept[i].text);
		free(x->frames[d].kept);
	}
	free(x);
}

int xml_feed(struct xml *x, struct span text, bool last, struct err *err)
{
	int r = xml_sax_feed(&x->sax, text, last, err);

	if (r == 0 && last && x->handler.unread)
		xml_names_report(&x->names, x->handler.unread, x->handler.ctx);
	return r;
}

bool xml_root_fits(const struct xml *x)
{
	bool fits = x->frames[1].is_record;

	for (size_t i = 0; i < x->n_records; i++)
		fits = fits || x->frames[1].record_states[i];
	return fits;
}

uint64_t xml_unbound(const struct xml *x)
{
	return x->sax.unbound;
}
