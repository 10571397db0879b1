/* Names compare by byte, and by the order of a language where one was asked for: a program wants
 * the same order for ever, people want theirs. */
#include "regional/api/query.h"

#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/fold.h"
#include "regional/api/names.h"

#define EARTH_KM 6371.0

typedef bool (*read_t)(struct span value, struct arena *a, struct query *q);

static bool add_items(struct span value, struct arena *a, struct query_list *list,
		      bool (*is_valid)(struct span))
{
	struct span item;

	if (!list->items)
		list->items = arena_array(a, struct span, QUERY_ITEMS_MAX);
	while (span_cut(&value, ',', &item)) {
		item = span_trim(item);
		if (!is_valid(item) || list->n == QUERY_ITEMS_MAX)
			return false;
		list->items[list->n++] = item;
	}
	return true;
}

static bool read_region(struct span value, struct arena *a, struct query *q)
{
	return add_items(value, a, &q->regions, ident_is_region);
}

static bool read_facility(struct span value, struct arena *a, struct query *q)
{
	return add_items(value, a, &q->facilities, ident_is_facility);
}

static bool read_ward(struct span value, struct arena *a, struct query *q)
{
	return add_items(value, a, &q->wards, ident_is_valid);
}

static bool read_level(struct span value, struct arena *a, struct query *q)
{
	enum care_level level;
	struct span item;

	(void)a;
	q->has_levels = true;
	while (span_cut(&value, ',', &item)) {
		if (!care_level_parse(span_trim(item), &level))
			return false;
		q->levels[level] = true;
	}
	return true;
}

static bool read_min(struct span value, struct arena *a, struct query *q)
{
	(void)a;
	return span_to_i64(value, &q->min_available) && q->min_available >= 0;
}

static bool read_min_total(struct span value, struct arena *a, struct query *q)
{
	(void)a;
	return span_to_i64(value, &q->min_total) && q->min_total >= 0;
}

static bool read_status(struct span value, struct arena *a, struct query *q)
{
	struct span item;

	(void)a;
	q->has_states = true;
	while (span_cut(&value, ',', &item)) {
		enum freshness f = FRESH;
		while (f <= OFFLINE && !span_eq_str(span_trim(item), freshness_name(f)))
			f++;
		if (f > OFFLINE)
			return false;
		q->states[f] = true;
	}
	return true;
}

static bool read_text(struct span value, struct arena *a, struct query *q)
{
	if (value.n > QUERY_TEXT_MAX || !span_is_utf8(value, NULL))
		return false;
	q->n_words +=
	    fold_words(fold_text(value, a), q->words + q->n_words, QUERY_WORDS_MAX - q->n_words);
	return true;
}

static bool read_format(struct span value, struct arena *a, struct query *q)
{
	(void)a;
	q->format = value;
	return span_eq_str(value, "csv") || span_eq_str(value, "json");
}

static bool read_lang(struct span value, struct arena *a, struct query *q)
{
	(void)a;
	q->has_lang = true;
	q->lang = span_eq_str(value, "nb") ? LANG_NB : LANG_EN;
	return q->lang == LANG_NB || span_eq_str(value, "en");
}

static bool read_near(struct span value, struct arena *a, struct query *q)
{
	struct span latitude;

	(void)a;
	q->has_near = span_cut(&value, ',', &latitude) &&
		      span_to_double(span_trim(latitude), &q->latitude) &&
		      span_to_double(span_trim(value), &q->longitude) && fabs(q->latitude) <= 90 &&
		      fabs(q->longitude) <= 180;
	return q->has_near;
}

static bool read_sort(struct span value, struct arena *a, struct query *q)
{
	static const char *const names[] = {"name", "available", "distance", "age"};

	(void)a;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_eq_str(value, names[i])) {
			q->sort = (enum query_sort)i;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	read_t read;
	const char *expected;
} parameters[] = {
    {"region", read_region, "region ids such as reg_oslo, with commas"},
    {"facility", read_facility, "facility ids such as fac_oslo_nordre, with commas"},
    {"ward", read_ward, "ward names such as dementia, with commas"},
    {"care_level", read_level, "light, medium or intensive, with commas"},
    {"min_available", read_min, "a whole number from 0"},
    {"min_total", read_min_total, "a whole number from 0"},
    {"q", read_text, "a text of 200 bytes at most"},
    {"status", read_status, "fresh, stale or offline, with commas"},
    {"near", read_near, "latitude,longitude in degrees, such as 59.91,10.75"},
    {"sort", read_sort, "name, available, distance or age"},
    {"format", read_format, "one of json and csv"},
    {"lang", read_lang, "a language: nb or en"},
};

bool query_read(const struct httpd_pair *pairs, size_t n, struct arena *a, struct query *ret,
		const char **ret_name, const char **ret_why)
{
	struct query q = {0};

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < ARRAY_LEN(parameters) && !span_eq_str(pairs[i].name, parameters[k].name))
			k++;
		*ret_name = k < ARRAY_LEN(parameters) ? parameters[k].name : pairs[i].name.p;
		*ret_why = k < ARRAY_LEN(parameters)
			       ? parameters[k].expected
			       : "one of the parameters region, facility, ward, care_level, "
				 "min_available, min_total, q, status, near, sort, format, "
				 "lang";
		if (k == ARRAY_LEN(parameters) || !pairs[i].value.p ||
		    !parameters[k].read(pairs[i].value, a, &q))
			return false;
	}
	if (q.sort == SORT_DISTANCE && !q.has_near) {
		*ret_name = "sort";
		*ret_why = "the parameter near too, for distance is from there";
		return false;
	}
	*ret = q;
	return true;
}

double query_distance_km(double lat1, double lon1, double lat2, double lon2)
{
	const double rad = M_PI / 180;
	double dlat = (lat2 - lat1) * rad / 2, dlon = (lon2 - lon1) * rad / 2;
	double h =
	    sin(dlat) * sin(dlat) + cos(lat1 * rad) * cos(lat2 * rad) * sin(dlon) * sin(dlon);

	return 2 * EARTH_KM * asin(sqrt(h < 1 ? h : 1));
}

static bool has(const struct query_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (span_eq_str(list->items[i], id))
			return true;
	return !list->n;
}

static bool fits(const struct query *q, const struct facility *f, const struct avail *a,
		 const struct view_rule *rule)
{
	return has(&q->regions, f->region_id) && has(&q->facilities, f->id) &&
	       has(&q->wards, a->ward) && (!q->has_levels || q->levels[a->care_level]) &&
	       a->available >= q->min_available && a->total >= q->min_total &&
	       (!q->has_states ||
		q->states[picture_freshness(f, picture_as_of(f, a), rule->now, &rule->fresh)]);
}

/* ---- what people type ---- */

static void add_values(json_t *address, const char *separator, struct buf *out)
{
	const char *key, *before = "";
	json_t *value;

	json_object_foreach(address, key, value)
	{
		if (!json_is_string(value))
			continue;
		buf_addf(out, "%s%s", before, json_string_value(value));
		before = separator;
	}
}

void query_add_address(const struct facility *f, struct buf *out)
{
	json_t *address = json_loads(f->address, 0, NULL);
	const char *text = json_string_value(json_object_get(address, "text"));

	if (text)
		buf_adds(out, text);
	else
		add_values(address, ", ", out);
	json_decref(address);
}

/* Home, ward by its code and its names, region, address. */
static bool says(const struct query *q, const struct facility *f, const struct avail *a,
		 struct arena *arena)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (!q->n_words)
		return true;
	buf_addf(&b, "%s %s ", f->name, a->ward);
	for (enum lang l = 0; l < LANG_COUNT; l++)
		if (!q->has_lang || q->lang == l) {
			names_add(span_str(a->ward), l, &b);
			buf_addc(&b, ' ');
		}
	buf_addf(&b, "%s ", f->region_name);
	json_t *address = json_loads(f->address, 0, NULL);
	add_values(address, " ", &b);
	json_decref(address);
	struct span text = fold_text(buf_span(&b), arena);
	for (size_t i = 0; i < q->n_words; i++)
		if (!fold_has(text, q->words[i]))
			return false;
	return true;
}

/* ---- orders ---- */

static int by_name(const void *va, const void *vb)
{
	const struct query_row *a = va, *b = vb;
	int c = strcmp(a->name_order, b->name_order);

	if (c == 0)
		c = strcmp(a->home->name, b->home->name);
	if (c == 0)
		c = strcmp(a->home->id, b->home->id);
	if (c == 0)
		c = strcmp(a->ward_order, b->ward_order);
	if (c == 0)
		c = strcmp(a->row->a.ward, b->row->a.ward);
	return c ? c : (int)a->row->a.care_level - (int)b->row->a.care_level;
}

static int by_available(const void *va, const void *vb)
{
	const struct query_row *a = va, *b = vb;
	int32_t x = a->row->a.available, y = b->row->a.available;

	return x != y ? (x < y) - (x > y) : by_name(va, vb);
}

/* A home whose place is not known comes last. */
static int by_distance(const void *va, const void *vb)
{
	const struct query_row *a = va, *b = vb;
	double x = a->distance_km < 0 ? INFINITY : a->distance_km,
	       y = b->distance_km < 0 ? INFINITY : b->distance_km;

	return x != y ? (x > y) - (x < y) : by_name(va, vb);
}

/* The oldest first, and before them what was never known. */
static int by_age(const void *va, const void *vb)
{
	const struct query_row *a = va, *b = vb;
	usec_t x = picture_as_of(a->home, &a->row->a), y = picture_as_of(b->home, &b->row->a);

	return x != y ? (x > y) - (x < y) : by_name(va, vb);
}

/* A language that ICU does not know leaves the order by bytes. */
static void put_keys(const struct query *q, struct query_row *rows, size_t n, struct arena *a)
{
	_cleanup_(fold_order_closep) struct fold_order *order = NULL;
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (!q->has_lang || fold_order_open(q->lang == LANG_NB ? "nb" : "en", &order, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct query_row *before = i ? &rows[i - 1] : NULL;
		rows[i].name_order = before && before->home == rows[i].home
					 ? before->name_order
					 : fold_order_key(order, span_str(rows[i].home->name), a);
		buf_clear(&b);
		names_add(span_str(rows[i].row->a.ward), q->lang, &b);
		rows[i].ward_order = fold_order_key(order, buf_span(&b), a);
	}
}

size_t query_run(const struct query *q, const struct picture *p, const struct who *who,
		 const struct view_rule *rule, struct arena *a, struct query_row **ret)
{
	static int (*const orders[])(const void *, const void *) = {by_name, by_available,
								    by_distance, by_age};
	struct query_row *rows = arena_array(a, struct query_row, p->n_rows + 1);
	size_t n = 0;

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct picture_row *r = &p->rows[i];
		const struct facility *f = &p->facilities[r->facility];
		if (picture_is_closed(f) || !scope_sees(who, f) || !fits(q, f, &r->a, rule) ||
		    !says(q, f, &r->a, a))
			continue;
		bool placed = q->has_near && !isnan(f->latitude) && !isnan(f->longitude);
		rows[n++] = (struct query_row){
		    r, f,
		    placed ? query_distance_km(q->latitude, q->longitude, f->latitude, f->longitude)
			   : VIEW_NO_DISTANCE,
		    "", ""};
	}
	put_keys(q, rows, n, a);
	qsort(rows, n, sizeof(*rows), orders[q->sort]);
	*ret = rows;
	return n;
}
