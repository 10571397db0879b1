/* Both sides are JSON, so that what is expected can be what `adapter try --json` has printed. */
#include "cli/home/event_diff.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 50
/* Pairs that are weighed; where there would be more, events are paired by their place. */
#define CELLS_MAX ((size_t)4 << 20)

enum { WEIGHT_EQUAL = 4, WEIGHT_STATUS = 3, WEIGHT_BED = 2 };

struct side {
	json_t **items;
	size_t n;
};

struct diffing {
	struct buf *out;
	const struct trial *made;
	struct side expected, is;
	size_t n; /* differences */
};

/* ---- JSON of what was made ---- */

json_t *event_diff_event(const struct event *e)
{
	struct buf text = BUF_INIT;

	event_to_json(e, &text);
	json_t *v = json_loadb(text.p, text.n, 0, NULL);
	buf_done(&text);
	return v;
}

json_t *event_diff_bad_record(const struct bad_record *b)
{
	return json_pack("{s:I,s:I,s:I,s:s,s:s,s:s,s:s}", "record", (json_int_t)b->record, "line",
			 (json_int_t)b->line, "offset", (json_int_t)b->offset, "field",
			 b->field ? b->field : "", "value_class",
			 b->value_class ? b->value_class : "", "reason", b->reason, "message",
			 b->message);
}

static const char *text_of(const json_t *event, const char *key)
{
	const char *s = json_string_value(json_object_get(event, key));

	return s ? s : "";
}

/* ---- what fits what ---- */

/* Are all keys of `want` in `is`, with these values? */
static bool is_as_expected(json_t *want, const json_t *is)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		const json_t *other = json_object_get(is, key);
		bool same = json_is_object(value) && json_is_object(other)
				? is_as_expected(value, other)
				: other && json_equal(value, (json_t *)other);
		if (!same)
			return false;
	}
	return true;
}

static const json_t *record_of(const json_t *event)
{
	return json_object_get(json_object_get(event, "source"), "record");
}

static bool agree(json_t *want, const json_t *is, const char *key)
{
	return json_object_get(want, key) && strcmp(text_of(want, key), text_of(is, key)) == 0;
}

/* How much speaks for a pair; 0: nothing. */
static unsigned char weight(json_t *want, const json_t *is)
{
	const json_t *record = record_of(want);

	if (is_as_expected(want, is))
		return WEIGHT_EQUAL;
	if (agree(want, is, "bed_id"))
		return agree(want, is, "new_status") ? WEIGHT_STATUS : WEIGHT_BED;
	if (record && json_equal((json_t *)record, (json_t *)record_of(is)))
		return WEIGHT_BED;
	return agree(want, is, "changed_at") || !json_object_get(want, "bed_id");
}

/* ---- telling ---- */

static bool tells(struct diffing *d)
{
	return d->n++ < LINES_MAX;
}

static void add_value(struct buf *out, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	buf_adds(out, text ? text : "absent");
	free(text);
}

static void add_place(struct diffing *d, const json_t *event)
{
	json_int_t record = json_integer_value(record_of(event));

	buf_addf(d->out, "record %lld", (long long)record);
	if (record >= 1 && (size_t)record <= d->made->n_lines)
		buf_addf(d->out, ", line %llu", (unsigned long long)d->made->lines[record - 1]);
}

static void add_short(struct buf *out, const json_t *event)
{
	static const char *const keys[] = {"bed_id", "new_status", "changed_at"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		buf_addf(out, "%s%s", i ? " " : "", text_of(event, keys[i]));
}

static void tell_missing(struct diffing *d, size_t i)
{
	if (!tells(d))
		return;
	buf_addf(d->out, "- event %zu, ", i + 1);
	add_short(d->out, d->expected.items[i]);
	buf_adds(d->out, ": expected, and not made\n");
}

static void tell_more(struct diffing *d, size_t k)
{
	if (!tells(d))
		return;
	buf_adds(d->out, "+ ");
	add_place(d, d->is.items[k]);
	buf_adds(d->out, ", ");
	add_short(d->out, d->is.items[k]);
	buf_adds(d->out, ": made, and not expected\n");
}

static void tell_keys(struct diffing *d, const char *prefix, json_t *want, const json_t *is)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		const json_t *other = json_object_get(is, key);
		if (json_is_object(value) && json_is_object(other)) {
			char deeper[128];
			(void)snprintf(deeper, sizeof(deeper), "%s%s.", prefix, key);
			tell_keys(d, deeper, value, other);
		} else if (!other || !json_equal(value, (json_t *)other)) {
			int n = (int)(strlen(prefix) + strlen(key));
			buf_addf(d->out, "      %s%s: - ", prefix, key);
			add_value(d->out, value);
			buf_addf(d->out, "\n      %*s  + ", n, "");
			add_value(d->out, other);
			buf_addc(d->out, '\n');
		}
	}
}

static void tell_pair(struct diffing *d, size_t i, size_t k)
{
	json_t *want = d->expected.items[i], *is = d->is.items[k];

	if (is_as_expected(want, is) || !tells(d))
		return;
	buf_addf(d->out, "~ event %zu (", i + 1);
	add_place(d, is);
	buf_addf(d->out, "), %s:\n", text_of(is, "bed_id"));
	tell_keys(d, "", want, is);
}

/* ---- pairing ---- */

static void by_place(struct diffing *d, size_t i, size_t i_end, size_t k, size_t k_end)
{
	for (; i < i_end || k < k_end; i += i < i_end, k += k < k_end) {
		if (i < i_end && k < k_end)
			tell_pair(d, i, k);
		else if (i < i_end)
			tell_missing(d, i);
		else
			tell_more(d, k);
	}
}

/* best[i][k]: the weight that the events from i and k on can reach. */
static void by_weight(struct diffing *d, size_t from, size_t i_end, size_t k_end)
{
	const size_t n = i_end - from, m = k_end - from, width = m + 1;
	unsigned char *weights = malloc(n * m + 1);
	uint32_t *best = calloc((n + 1) * width, sizeof(*best));

	if (!weights || !best)
		abort();
	for (size_t i = n; i-- > 0;) {
		for (size_t k = m; k-- > 0;) {
			unsigned char w =
			    weight(d->expected.items[from + i], d->is.items[from + k]);
			uint32_t pair = w ? w + best[(i + 1) * width + k + 1] : 0;
			uint32_t skip = best[(i + 1) * width + k], pass = best[i * width + k + 1];
			weights[i * m + k] = w;
			best[i * width + k] = pair >= skip && pair >= pass ? pair
					      : skip > pass		   ? skip
									   : pass;
		}
	}
	size_t i = 0, k = 0;
	while (i < n && k < m) {
		uint32_t here = best[i * width + k];
		unsigned char w = weights[i * m + k];
		if (w && here == w + best[(i + 1) * width + k + 1])
			tell_pair(d, from + i++, from + k++);
		else if (here == best[(i + 1) * width + k])
			tell_missing(d, from + i++);
		else
			tell_more(d, from + k++);
	}
	by_place(d, from + i, i_end, from + k, k_end); /* of one side only */
	free(weights);
	free(best);
}

static void compare(struct diffing *d)
{
	size_t from = 0, i = d->expected.n, k = d->is.n;

	while (from < i && from < k && is_as_expected(d->expected.items[from], d->is.items[from]))
		from++;
	while (i > from && k > from && is_as_expected(d->expected.items[i - 1], d->is.items[k - 1]))
		i--, k--;
	if ((i - from) * (k - from) <= CELLS_MAX)
		by_weight(d, from, i, k);
	else
		by_place(d, from, i, from, k);
}

/* ---- both sides ---- */

static struct side side_new(size_t n)
{
	struct side s = {.items = calloc(n + 1, sizeof(*s.items)), .n = n};

	if (!s.items)
		abort();
	return s;
}

static void side_done(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		json_decref(s->items[i]);
	free(s->items);
}

static struct side side_of(json_t *expected)
{
	struct side s = side_new(json_array_size(expected));

	for (size_t i = 0; i < s.n; i++)
		s.items[i] = json_incref(json_array_get(expected, i));
	return s;
}

static void say_how_many_more(const struct diffing *d)
{
	if (d->n > LINES_MAX)
		buf_addf(d->out, "… and %zu more\n", d->n - LINES_MAX);
}

size_t event_diff(json_t *expected, const struct trial *made, struct buf *out)
{
	struct diffing d = {.out = out,
			    .made = made,
			    .expected = side_of(expected),
			    .is = side_new(made->n_events)};

	for (size_t k = 0; k < made->n_events; k++)
		d.is.items[k] = event_diff_event(&made->events[k]);
	compare(&d);
	say_how_many_more(&d);
	side_done(&d.expected);
	side_done(&d.is);
	return d.n;
}

/* ---- bad records ---- */

static void tell_bad(struct diffing *d, char sign, const json_t *b, const char *what)
{
	if (!tells(d))
		return;
	buf_addf(d->out, "%c bad record %lld", sign,
		 (long long)json_integer_value(json_object_get(b, "record")));
	if (json_object_get(b, "line"))
		buf_addf(d->out, ", line %lld",
			 (long long)json_integer_value(json_object_get(b, "line")));
	buf_addf(d->out, ", %s %s: %s\n", text_of(b, "field"), text_of(b, "reason"), what);
}

/* In the order of their records. */
size_t event_diff_bad(json_t *expected, const struct trial *made, struct buf *out)
{
	struct diffing d = {.out = out, .made = made};
	size_t i = 0, n = json_array_size(expected);

	for (size_t k = 0; k < made->n_bad; k++) {
		if (made->bad[k].warning)
			continue;
		json_t *is = event_diff_bad_record(&made->bad[k]);
		json_int_t at = (json_int_t)made->bad[k].record;
		json_t *want = json_array_get(expected, i);
		for (; i < n && json_integer_value(json_object_get(want, "record")) < at;
		     want = json_array_get(expected, ++i))
			tell_bad(&d, '-', want, "expected, and it is none");
		if (i < n && json_integer_value(json_object_get(want, "record")) == at) {
			if (!is_as_expected(want, is)) {
				tell_bad(&d, '-', want, "expected");
				tell_bad(&d, '+', is, "is so");
			}
			i++;
		} else {
			tell_bad(&d, '+', is, "is bad, and not expected to be");
		}
		json_decref(is);
	}
	for (; i < n; i++)
		tell_bad(&d, '-', json_array_get(expected, i), "expected, and it is none");
	say_how_many_more(&d);
	return d.n;
}
