#include "regional/api/params.h"

#include <string.h>

#include "base/clock.h"
#include "bed/ident.h"
#include "reports/period.h"

#define CURSOR_MAX 128
#define TEXT_MAX   128

static bool is_zone(struct span value)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;

	return zone_load(value.p, &zone, NULL) == 0;
}

static bool is_good_text(const struct params_key *k, struct span value)
{
	switch (k->kind) {
	case PARAMS_IDENT: return ident_is_valid(value);
	case PARAMS_FACILITY: return ident_is_facility(value);
	case PARAMS_CURSOR: return value.n > 0 && value.n <= CURSOR_MAX;
	case PARAMS_TEXT:
		return value.n > 0 && value.n <= TEXT_MAX && span_is_utf8(value, NULL) &&
		       !memchr(value.p, '\0', value.n);
	case PARAMS_CHOICE: return span_in_list(value, k->choices);
	case PARAMS_REGION: return ident_is_region(value);
	case PARAMS_DAY: return period_is_day(value);
	case PARAMS_MONTH: return period_is_month(value);
	case PARAMS_ZONE: return is_zone(value);
	case PARAMS_TIME:
	case PARAMS_LIMIT: break;
	}
	return false;
}

static bool read_value(const struct params_key *k, struct span value, void *ret)
{
	void *at = (char *)ret + k->at;

	if (k->kind == PARAMS_TIME)
		return clock_parse_rfc3339(value, at, NULL) == 0;
	if (k->kind == PARAMS_LIMIT) {
		int64_t *limit = at;
		return span_to_i64(value, limit) && *limit >= 1 && *limit <= PARAMS_LIMIT_MAX;
	}
	if (!is_good_text(k, value))
		return false;
	*(struct span *)at = value;
	return true;
}

static const char *expected(const struct params_key *k)
{
	switch (k->kind) {
	case PARAMS_IDENT: return "an identifier: a-z, 0-9, \"_\", \".\", \"-\"";
	case PARAMS_FACILITY: return "a facility id such as fac_oslo_nordre";
	case PARAMS_TIME: return "a time such as 2026-04-20T09:14:22Z";
	case PARAMS_LIMIT: return "a whole number from 1 to 1000";
	case PARAMS_CURSOR: return "the \"next\" of an answer";
	case PARAMS_TEXT: return "a text of 1 to 128 bytes";
	case PARAMS_REGION: return "a region id such as reg_oslo";
	case PARAMS_DAY: return "a day such as 2026-10-01";
	case PARAMS_MONTH: return "a month such as 2026-10";
	case PARAMS_ZONE: return "a time zone such as Europe/Oslo";
	case PARAMS_CHOICE: break;
	}
	return k->choices;
}

bool params_read(struct httpd_rq *rq, const struct params_key *keys, void *ret)
{
	for (size_t i = 0; i < rq->n_query; i++) {
		const struct httpd_pair *pair = &rq->query[i];
		const struct params_key *k = keys;
		while (k->name && !span_eq_str(pair->name, k->name))
			k++;
		if (!k->name) {
			httpd_bad_parameter(rq, pair->name.p, "there is no such parameter here");
			return false;
		}
		if (!pair->value.p || !read_value(k, pair->value, ret)) {
			httpd_bad_parameter(rq, k->name, "%s: expected %s", k->name, expected(k));
			return false;
		}
	}
	return true;
}
