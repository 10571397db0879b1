/* A record → an event. Nothing is allocated but from the arena, and only where a text must be
 * built. A message says what was expected and what to do; the value itself it never says. */
#include "adapters/mapping.h"

#include <assert.h>
#include <stdio.h>

#include "adapters/adapter.h"
#include "adapters/mapping_field.h"
#include "adapters/mapping_watch.h"
#include "adapters/value_class.h"
#include "base/digest.h"
#include "bed/ident.h"

#define PSEUDONYM_HEX 12

/* One application of the mapping. */
struct apply {
	const struct mapping *m;
	const struct record *record;
	const struct mapping_given *given;
	const uint8_t *key;
	struct arena *arena;
	struct mapping_problem *problem;
};

/* --- problems --- */

_cold_ static int bad(struct apply *a, enum mapping_field_index i, struct span value,
		      const char *reason, const char *message)
{
	const struct mapping_field *f = &a->m->fields[i];

	a->problem->field = template_name(&f->from, mapping_specs[i].name);
	a->problem->value_class = value_class(value);
	a->problem->reason = reason;
	a->problem->message = message;
	return -ERR_INVALID;
}

static int bad_encoding(struct apply *a, enum mapping_field_index i, struct span value)
{
	return bad(
	    a, i, value, "bad_encoding",
	    arena_printf(
		a->arena,
		"%s: bytes that are not of the file's character set; set the adapter's encoding",
		mapping_specs[i].name));
}

static int unmapped(struct apply *a, enum mapping_field_index i, struct span value)
{
	const struct mapping_field *f = &a->m->fields[i];

	return bad(a, i, value, "unmapped",
		   arena_printf(a->arena,
				f->map
				    ? "%s: the value is not in the map; add it, or give a default"
				    : "%s: the value is none of the known names; add a map",
				mapping_specs[i].name));
}

static int required(struct apply *a, enum mapping_field_index i)
{
	return bad(a, i, SPAN(""), "required",
		   arena_printf(a->arena, "%s: the fields it is made of are empty or absent",
				mapping_specs[i].name));
}

/* --- values --- */

/* How far a field's text came. */
enum { TO_BE_READ, SETTLED };

/* What a field's map says of its text: SETTLED and *ret (null: absent), or TO_BE_READ as it is. */
_hot_ static int look_up(struct apply *a, enum mapping_field_index i, struct span text,
			 const struct value_map_entry **ret)
{
	const struct mapping_field *f = &a->m->fields[i];
	const struct value_map_entry *e = NULL;

	if (!f->map && text.n)
		return TO_BE_READ;
	if (f->map)
		e = value_map_find(f->map, text.p ? text : SPAN(""));
	if (f->map && a->given->watch)
		mapping_watch_value(a->given->watch, i, text, e);
	if (!e && f->by_default) {
		e = f->by_default;
		if (text.n)
			a->problem->defaulted |= 1u << i;
	}
	if (!e && text.n)
		return unmapped(a, i, text);
	*ret = e;
	return SETTLED;
}

/* Of "https://ehr.example/fhir/Location/b12" only what stands behind "Location/". */
static struct span behind(const struct mapping_field *f, struct span text)
{
	const char *at = f->after.n ? memmem(text.p, text.n, f->after.p, f->after.n) : NULL;

	while (at) {
		size_t from = (size_t)(at - text.p) + f->after.n;
		text = span_of(text.p + from, text.n - from);
		at = memmem(text.p, text.n, f->after.p, f->after.n);
	}
	at = f->before.n ? memmem(text.p, text.n, f->before.p, f->before.n) : NULL;
	return at ? span_of(text.p, (size_t)(at - text.p)) : text;
}

/* A field's text, and what its map says of it. A field that nothing is mapped to is absent. */
_hot_ static int read_field(struct apply *a, enum mapping_field_index i, struct span *ret_text,
			    const struct value_map_entry **ret)
{
	const struct mapping_field *f = &a->m->fields[i];

	*ret = NULL;
	*ret_text = SPAN_NONE;
	if (!f->set)
		return SETTLED;
	*ret_text = template_render(&f->from, a->record, a->arena);
	if ((f->after.n || f->before.n) && ret_text->n)
		*ret_text = span_trim(behind(f, *ret_text));
	if (!a->record->is_utf8 && !span_is_utf8(*ret_text, NULL))
		return bad_encoding(a, i, *ret_text);
	return look_up(a, i, *ret_text, ret);
}

/* Text of the lines below, a resident's name perhaps, must not become part of an identifier. */
static bool has_stray_lines(const struct apply *a, struct span text)
{
	return a->record->is_one_line &&
	       (memchr(text.p, '\n', text.n) || memchr(text.p, '\r', text.n));
}

_hot_ static struct span with_prefix(struct apply *a, const struct mapping_field *f,
				     struct span text)
{
	if (!f->prefix.n)
		return text;
	char *joined = arena_alloc(a->arena, f->prefix.n + text.n + 1);
	(void)span_put(span_put(joined, f->prefix), text);
	return span_of(joined, f->prefix.n + text.n);
}

/* An identifier; absent where the value is empty or mapped to null. */
_hot_ static int apply_ident(struct apply *a, enum mapping_field_index i, struct span *ret)
{
	const struct mapping_field *f = &a->m->fields[i];
	const struct value_map_entry *e;
	struct span text;

	int r = read_field(a, i, &text, &e);
	if (r == SETTLED)
		*ret = e ? e->text : SPAN_NONE;
	if (r != TO_BE_READ)
		return r < 0 ? r : 0;
	if (has_stray_lines(a, text))
		return bad(a, i, text, "bad_identifier",
			   arena_printf(a->arena,
					"%s: a line end within the value: is a quote not closed, "
					"or the line broken? If not, add a map",
					mapping_specs[i].name));
	struct span ident = ident_make(a->arena, with_prefix(a, f, text));
	if (!ident.p)
		return bad(
		    a, i, text, "bad_identifier",
		    arena_printf(
			a->arena,
			"%s: no identifier can be made of the value (longer than %d characters, "
			"or without Latin letters and digits); add a map",
			mapping_specs[i].name, IDENT_MAX));
	*ret = ident;
	return 0;
}

static int apply_bed_id(struct apply *a, struct span *ret)
{
	if (a->given->bed_id.p) {
		*ret = a->given->bed_id;
		return 0;
	}
	int r = apply_ident(a, MAP_BED_ID, ret);
	return r < 0 ? r : ret->p ? 0 : required(a, MAP_BED_ID);
}

static struct span pseudonym(struct apply *a, struct span name)
{
	struct span folded = ident_make(a->arena, name);
	struct digest d = digest_keyed(a->key, folded.p ? folded : name);
	char hex[DIGEST_HEX + 1];

	return span_of(arena_strndup(a->arena, digest_hex(&d, hex), PSEUDONYM_HEX), PSEUDONYM_HEX);
}

/* Who changed it is good to know and never worth losing a change for: what no identifier can be
 * made of is unknown. */
_hot_ static int apply_user(struct apply *a, struct span *ret)
{
	const struct mapping_field *f = &a->m->fields[MAP_CHANGED_BY];
	const struct value_map_entry *e;
	struct span text;

	int r = read_field(a, MAP_CHANGED_BY, &text, &e);
	if (r == SETTLED)
		*ret = e ? e->text : SPAN_NONE;
	if (r != TO_BE_READ)
		return r < 0 ? r : 0;
	if ((f->pseudonym && !a->key) || has_stray_lines(a, text))
		return 0;
	if (f->pseudonym)
		text = pseudonym(a, text);
	*ret = ident_make(a->arena, with_prefix(a, f, text));
	return 0;
}

/* A name of a closed list. *ret stays as it is where nothing is mapped or the value is empty. */
_hot_ static int apply_list(struct apply *a, enum mapping_field_index i, int *ret)
{
	const struct mapping_field *f = &a->m->fields[i];
	const struct value_map_entry *e;
	struct span text;

	if (!f->set)
		return 0;
	int r = read_field(a, i, &text, &e);
	if (r == SETTLED)
		*ret = e ? e->value : *ret;
	if (r != TO_BE_READ)
		return r < 0 ? r : 0;
	if (mapping_specs[i].parse(text, ret))
		return 0;
	char lower[64];
	for (size_t k = 0; k < text.n && k < sizeof(lower); k++)
		lower[k] =
		    (char)(text.p[k] >= 'A' && text.p[k] <= 'Z' ? text.p[k] + 32 : text.p[k]);
	if (text.n <= sizeof(lower) && mapping_specs[i].parse(span_of(lower, text.n), ret))
		return 0;
	if (f->by_default) {
		a->problem->defaulted |= 1u << i;
		*ret = f->by_default->value;
		return 0;
	}
	if (i == MAP_REASON) { /* the list has a place for what is outside of it */
		*ret = REASON_OTHER;
		return 0;
	}
	return unmapped(a, i, text);
}

/* --- time --- */

static const struct zone *zone_of(const struct apply *a)
{
	const struct mapping_field *f = &a->m->fields[MAP_CHANGED_AT];

	return f->zone ? f->zone : a->m->zone ? a->m->zone : a->given->zone;
}

static void warn_of_doubt(struct apply *a, struct span text, enum clock_doubt doubt)
{
	if (doubt == CLOCK_SURE)
		return;
	bool twice = doubt == CLOCK_AMBIGUOUS;
	(void)bad(
	    a, MAP_CHANGED_AT, text, twice ? "time_ambiguous" : "time_nonexistent",
	    twice
		? "changed_at: the clocks were set back: this hour came twice, the first was taken"
		: "changed_at: the clocks were set forward: this hour was skipped, the time was "
		  "read an hour later");
}

#define YEAR_1901 (-25202 * (usec_t)USEC_PER_DAY)

bool mapping_is_no_date(usec_t at)
{
	return at < YEAR_1901;
}

static bool has_zeros(struct span text, size_t at)
{
	return text.n >= at + 3 && memcmp(text.p + at, "000", 3) == 0;
}

/* What has no place in the calendar, or none before a zone's offset is taken off. */
static bool is_written_for_none(struct span text)
{
	static const char *const none[] = {"0000-00-00", "00.00.0000", "00/00/0000", "0001-01-01",
					   "01.01.0001", "01/01/0001", "1/1/0001"};

	/* the year's, at each of its places: seldom is there more to look at */
	if (!has_zeros(text, 0) && !has_zeros(text, 4) && !has_zeros(text, 6))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (span_starts(text, span_str(none[i])))
			return true;
	return false;
}

static int no_date(struct apply *a, struct span text)
{
	if (a->given->changed_at != USEC_NONE)
		return 0; /* as if it were empty */
	return bad(a, MAP_CHANGED_AT, text, "bad_time",
		   "changed_at: a date before 1901: what programs write for none, or a year that "
		   "lacks a figure");
}

_hot_ static int apply_time(struct apply *a, struct event *ret)
{
	const struct mapping_field *f = &a->m->fields[MAP_CHANGED_AT];
	struct clock_reading reading;
	struct err err, first;

	ret->changed_at = a->given->changed_at;
	ret->source.time_source = span_str(a->given->time_source);
	if (!f->set)
		return a->given->changed_at == USEC_NONE ? required(a, MAP_CHANGED_AT) : 0;
	struct span text = span_trim(template_render(&f->from, a->record, a->arena));
	if (!text.n)
		return a->given->changed_at == USEC_NONE ? required(a, MAP_CHANGED_AT) : 0;
	if (!a->record->is_utf8 && !span_is_utf8(text, NULL))
		return bad_encoding(a, MAP_CHANGED_AT, text);
	if (is_written_for_none(text))
		return no_date(a, text);
	first.message[0] = '\0';
	for (size_t i = 0; i < f->n_formats; i++) {
		if (clock_read(f->formats[i], text, zone_of(a), &reading, i ? &err : &first) < 0)
			continue;
		if (mapping_is_no_date(reading.at))
			return no_date(a, text);
		ret->changed_at = reading.at;
		ret->source.time_source = a->m->time_source;
		warn_of_doubt(a, text, reading.doubt);
		return 0;
	}
	return bad(a, MAP_CHANGED_AT, text, "bad_time",
		   arena_printf(a->arena, "changed_at: %s%s",
				f->n_formats > 1 ? "none of the formats fits; the first one: " : "",
				first.message));
}

/* --- the whole --- */

/* An empty status is an error, one that the adapter maps to null is not: the record is about
 * something else. */
static int check_status(struct apply *a, int status)
{
	const struct mapping_field *f = &a->m->fields[MAP_NEW_STATUS];

	if (status != BED_UNKNOWN || !f->set)
		return 0;
	struct span text = template_render(&f->from, a->record, a->arena);
	const struct value_map_entry *e_map =
	    f->map ? value_map_find(f->map, text.p ? text : SPAN("")) : NULL;
	if (e_map || f->by_default)
		return 0;
	return required(a, MAP_NEW_STATUS);
}

/* In isolation: whoever lies there goes on lying there, else nobody can be put there. */
static enum bed_status isolated(const struct apply *a, struct span bed_id)
{
	const struct adapter_memory *m = a->given->memory;
	struct bed_memory known;

	return m && m->bed && m->bed(m->ctx, bed_id, &known) && known.status == BED_OCCUPIED
		   ? BED_OCCUPIED
		   : BED_MAINTENANCE;
}

_hot_ static int apply_all(struct apply *a, struct event *ret)
{
	int new_status = a->given->new_status, previous = a->given->previous_status;
	int reason = a->given->reason, care = CARE_UNKNOWN, r;

	a->problem->passed_over = a->m->only && !condition_holds(a->m->only, a->record, a->arena);
	if (a->problem->passed_over)
		return 0;
	if ((r = apply_list(a, MAP_NEW_STATUS, &new_status)) < 0 ||
	    (r = check_status(a, new_status)) < 0)
		return r;
	if (new_status == BED_UNKNOWN && a->m->fields[MAP_NEW_STATUS].set)
		return 0; /* mapped to null: the rest of the record does not matter */
	if ((r = apply_bed_id(a, &ret->bed_id)) < 0 ||
	    (r = apply_list(a, MAP_PREVIOUS_STATUS, &previous)) < 0 ||
	    (r = apply_list(a, MAP_REASON, &reason)) < 0 ||
	    (r = apply_user(a, &ret->changed_by)) < 0 || (r = apply_time(a, ret)) < 0)
		return r;
	if (!a->given->bed_id.p && ((r = apply_ident(a, MAP_WARD, &ret->ward)) < 0 ||
				    (r = apply_list(a, MAP_CARE_LEVEL, &care)) < 0))
		return r;
	if (new_status == MAPPING_ISOLATED) {
		new_status = isolated(a, ret->bed_id);
		reason = reason == REASON_NONE ? REASON_ISOLATION : reason;
	}
	ret->new_status = (enum bed_status)new_status;
	ret->previous_status = (enum bed_status)previous;
	ret->reason = (enum reason)reason;
	ret->care_level = (enum care_level)care;
	return 0;
}

_hot_ int mapping_apply(const struct mapping *m, const struct record *r,
			const struct mapping_given *given, const uint8_t *key, struct arena *arena,
			struct event *ret, struct mapping_problem *problem)
{
	static const struct event empty; /* copied: clearing takes a slower instruction */
	const struct mapping_given none = MAPPING_GIVEN_NONE;
	struct apply a = {m, r, given ? given : &none, key, arena, problem};

	*problem = (struct mapping_problem){0};
	*ret = empty;
	return apply_all(&a, ret);
}
