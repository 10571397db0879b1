/* Written by hand rather than through a JSON library:
 * it is on the way from every commit to Redis. */
#include "regional/live/avail.h"

#include <jansson.h>

void avail_copy_text(char to[IDENT_MAX + 1], struct span s)
{
	size_t n = s.n < IDENT_MAX ? s.n : IDENT_MAX;

	if (n)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

bool avail_same_key(const struct avail *a, const struct avail *b)
{
	return a->care_level == b->care_level && strcmp(a->ward, b->ward) == 0 &&
	       strcmp(a->facility_id, b->facility_id) == 0;
}

bool avail_same_numbers(const struct avail *a, const struct avail *b)
{
	return a->total == b->total && a->available == b->available && a->occupied == b->occupied &&
	       a->reserved == b->reserved && a->maintenance == b->maintenance &&
	       a->unconfirmed == b->unconfirmed;
}

uint64_t avail_hash(const struct avail *a)
{
	char key[AVAIL_KEY_MAX];

	return span_hash(span_str(avail_member(a, key)));
}

static const char *level_name(enum care_level c)
{
	const char *name = care_level_name(c);

	return name ? name : "-";
}

char *avail_member(const struct avail *a, char out[AVAIL_KEY_MAX])
{
	(void)snprintf(out, AVAIL_KEY_MAX, "%s:%s:%s", a->facility_id, a->ward[0] ? a->ward : "-",
		       level_name(a->care_level));
	return out;
}

void avail_to_json(const struct avail *a, bool with_key, struct buf *out)
{
	char as_of[CLOCK_RFC3339_MAX];

	buf_addc(out, '{');
	if (with_key)
		buf_addf(out, "\"facility_id\":\"%s\",\"ward\":\"%s\",\"care_level\":\"%s\",",
			 a->facility_id, a->ward, level_name(a->care_level));
	buf_addf(out,
		 "\"available\":%d,\"total\":%d,\"occupied\":%d,\"reserved\":%d,\"maintenance\":%d,"
		 "\"unconfirmed\":%d,\"as_of\":\"%s\",\"rev\":%lld%s}",
		 a->available, a->total, a->occupied, a->reserved, a->maintenance, a->unconfirmed,
		 clock_format_rfc3339(a->as_of, as_of), (long long)a->rev,
		 a->closed ? ",\"closed\":true" : "");
}

static bool get_ident(const json_t *o, const char *key, char to[IDENT_MAX + 1])
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || strlen(s) > IDENT_MAX)
		return false;
	avail_copy_text(to, span_str(s));
	return true;
}

static bool get_count(const json_t *o, const char *key, int32_t *ret)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT32_MAX)
		return false;
	*ret = (int32_t)json_integer_value(v);
	return true;
}

bool avail_from_json(struct span json, struct avail *ret)
{
	struct avail a = {0};
	json_t *o = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *rev = json_object_get(o, "rev");
	const char *level = json_string_value(json_object_get(o, "care_level"));
	const char *as_of = json_string_value(json_object_get(o, "as_of"));
	bool ok = json_is_integer(rev) && level && as_of &&
		  get_ident(o, "facility_id", a.facility_id) &&
		  ident_is_facility(span_str(a.facility_id)) && get_ident(o, "ward", a.ward) &&
		  get_count(o, "available", &a.available) && get_count(o, "total", &a.total) &&
		  get_count(o, "occupied", &a.occupied) && get_count(o, "reserved", &a.reserved) &&
		  get_count(o, "maintenance", &a.maintenance) &&
		  get_count(o, "unconfirmed", &a.unconfirmed) &&
		  clock_parse_rfc3339(span_str(as_of), &a.as_of, NULL) == 0 &&
		  (strcmp(level, "-") == 0 || care_level_parse(span_str(level), &a.care_level));
	if (ok) {
		a.rev = json_integer_value(rev);
		a.closed = json_is_true(json_object_get(o, "closed"));
		*ret = a;
	}
	json_decref(o);
	return ok;
}
