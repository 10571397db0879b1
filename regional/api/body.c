#include "regional/api/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/password.h"
#include "base/clock.h"
#include "bed/ident.h"
#include "store/alerts.h"
#include "store/users.h"

#define DEPTH_NAME_MAX 64
#define WARDS_MAX      200
#define BEDS_MAX       10000

void body_done(struct body *b)
{
	json_decref(b->fields);
	b->fields = NULL;
}

/* ---- what is wrong ---- */

/* A field's name as it came stands in a pointer only if it is a plain one. */
static bool is_plain(const char *name)
{
	size_t n =
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/");

	return n > 0 && n <= DEPTH_NAME_MAX && name[n] == '\0';
}

void body_fault(struct body *b, const char *name, const char *why)
{
	_cleanup_(buf_done) struct buf one = BUF_INIT;

	b->n_errors++;
	buf_addf(&one, "%s{\"pointer\":\"#%s%s\",\"detail\":", b->n ? "," : "",
		 name && is_plain(name) ? "/" : "", name && is_plain(name) ? name : "");
	buf_add_json(&one, span_str(why));
	buf_addc(&one, '}');
	if (b->n_errors > BODY_ERRORS_MAX || b->n + one.n >= sizeof(b->errors))
		return;
	memcpy(b->errors + b->n, one.p, one.n);
	b->n += one.n;
	b->errors[b->n] = '\0';
}

void body_refuse(struct body *b)
{
	struct buf out = BUF_INIT;

	buf_addf(&out,
		 "{\"type\":\"urn:bedpost:problem:bad-body\",\"title\":\"Bad Request\","
		 "\"status\":400,\"detail\":\"the body makes no sense: see errors\","
		 "\"errors\":[%s]}\n",
		 b->errors);
	httpd_answer_buf(b->rq, 400, "application/problem+json", &out);
}

bool body_is_good(struct body *b)
{
	if (b->n_errors)
		body_refuse(b);
	return !b->n_errors;
}

/* ---- values ---- */

static bool is_line(struct span s, size_t max)
{
	if (!s.n || s.n > max || !span_is_utf8(s, NULL) || span_trim(s).n != s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static const char *zone_fault(const char *name)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct err err;

	return zone_load(name, &zone, &err) == 0 ? NULL
						 : "expected a time zone such as Europe/Oslo";
}

static const char *text_fault(const struct body_key *k, struct span s)
{
	usec_t at;

	switch (k->kind) {
	case BODY_TEXT:
		return is_line(s, BODY_TEXT_MAX)
			   ? NULL
			   : "expected one line of text, 1 to 200 bytes, without space at its ends";
	case BODY_CHOICE: return span_in_list(s, k->choices) ? NULL : k->choices;
	case BODY_FACILITY_ID:
		return ident_is_facility(s) ? NULL
					    : "expected a facility id: fac_ and a-z 0-9 _ . -";
	case BODY_REGION_ID:
		return ident_is_region(s) ? NULL : "expected a region id: reg_ and a-z 0-9 _ . -";
	case BODY_WARD: return ident_is_valid(s) ? NULL : "expected a ward: a-z 0-9 _ . -";
	case BODY_LOGIN:
		return users_login_is_valid(s) ? NULL
					       : "expected a login: a-z 0-9 _ . @ -, a letter or "
						 "digit first, up to 64 characters";
	case BODY_PASSWORD: return password_fault(s);
	case BODY_ZONE: return zone_fault(s.p);
	case BODY_TIME:
		return clock_parse_rfc3339(s, &at, NULL) == 0
			   ? NULL
			   : "expected a time such as 2026-04-20T09:14:22Z";
	case BODY_SECRET:
		return s.n >= 1 && s.n <= ALERTS_SECRET_MAX ? NULL
							    : "expected a secret of 1 to 256 bytes";
	case BODY_TARGET:
		return is_line(s, ALERTS_TARGET_MAX) ? NULL : "expected a URL or an e-mail address";
	default: return NULL;
	}
}

static void check_texts(struct body *b, const struct body_key *k, json_t *o)
{
	const char *name;
	json_t *value;

	json_object_foreach(o, name, value)
	{
		char path[2 * DEPTH_NAME_MAX];
		(void)snprintf(path, sizeof(path), "%s/%.*s", k->name, DEPTH_NAME_MAX, name);
		if (!span_in_list(span_str(name), k->choices))
			body_fault(b, path, "there is no such field");
		else if (!json_is_null(value) &&
			 (!json_is_string(value) ||
			  !is_line(span_of(json_string_value(value), json_string_length(value)),
				   BODY_TEXT_MAX)))
			body_fault(
			    b, path,
			    "expected one line of text, 1 to 200 bytes, without space at its ends");
	}
}

static void check_ward(struct body *b, const char *ward, json_t *o)
{
	const char *name;
	json_t *value;

	json_object_foreach(o, name, value)
	{
		char path[3 * DEPTH_NAME_MAX];
		(void)snprintf(path, sizeof(path), "ward_config/%.*s/%.*s", DEPTH_NAME_MAX, ward,
			       DEPTH_NAME_MAX, name);
		if (strcmp(name, "name") == 0) {
			if (!json_is_null(value) &&
			    (!json_is_string(value) ||
			     !is_line(span_str(json_string_value(value)), BODY_TEXT_MAX)))
				body_fault(b, path,
					   "expected one line of text, 1 to 200 bytes, without "
					   "space at its ends");
		} else if (strcmp(name, "beds") == 0) {
			if (!json_is_null(value) &&
			    (!json_is_integer(value) || json_integer_value(value) < 0 ||
			     json_integer_value(value) > BEDS_MAX))
				body_fault(b, path, "expected a whole number from 0 to 10000");
		} else {
			body_fault(b, path, "there is no such field; there are name and beds");
		}
	}
}

static void check_wards(struct body *b, json_t *o)
{
	const char *ward;
	json_t *value;

	if (json_object_size(o) > WARDS_MAX)
		body_fault(b, "ward_config", "200 wards at most");
	json_object_foreach(o, ward, value)
	{
		if (!ident_is_valid(span_str(ward)) ||
		    (!json_is_object(value) && !json_is_null(value)))
			body_fault(
			    b, "ward_config",
			    "expected wards (a-z 0-9 _ . -), each an object with name and beds");
		else if (json_is_object(value))
			check_ward(b, ward, value);
	}
}

static void check_number(struct body *b, const struct body_key *k, const json_t *v)
{
	char why[96];
	double number = json_number_value(v);

	if (json_is_number(v) && number >= k->low && number <= k->high)
		return;
	(void)snprintf(why, sizeof(why), "expected a number from %g to %g", k->low, k->high);
	body_fault(b, k->name, why);
}

static void check_text(struct body *b, const struct body_key *k, const json_t *v)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (!json_is_string(v)) {
		body_fault(b, k->name, "expected a text");
		return;
	}
	const char *fault = text_fault(k, span_of(json_string_value(v), json_string_length(v)));
	if (!fault)
		return;
	if (k->kind == BODY_CHOICE)
		buf_addf(&why, "expected one of %s", fault);
	else
		buf_adds(&why, fault);
	body_fault(b, k->name, why.p);
}

static void check_value(struct body *b, const struct body_key *k, json_t *v)
{
	if (json_is_null(v)) {
		if (!(k->flags & BODY_NULLABLE))
			body_fault(b, k->name, "null makes no sense here");
		return;
	}
	switch (k->kind) {
	case BODY_FLAG:
		if (!json_is_boolean(v))
			body_fault(b, k->name, "expected true or false");
		return;
	case BODY_COUNT:
		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    (double)json_integer_value(v) > k->high)
			body_fault(b, k->name, "expected a whole number from 0");
		return;
	case BODY_NUMBER: check_number(b, k, v); return;
	case BODY_TEXTS:
	case BODY_WARDS:
		if (!json_is_object(v))
			body_fault(b, k->name, "expected an object");
		else if (k->kind == BODY_TEXTS)
			check_texts(b, k, v);
		else
			check_wards(b, v);
		return;
	default: check_text(b, k, v);
	}
}

static const struct body_key *key_of(const struct body_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

bool body_read(struct httpd_rq *rq, const struct body_key *keys, bool whole, struct body *ret)
{
	const char *name;
	json_t *value;

	*ret = (struct body){.rq = rq};
	ret->fields =
	    json_loadb(rq->body.p ? rq->body.p : "", rq->body.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(ret->fields)) {
		body_fault(ret, NULL, "expected a JSON object");
		return body_is_good(ret);
	}
	json_object_foreach(ret->fields, name, value)
	{
		const struct body_key *k = key_of(keys, name);
		if (k)
			check_value(ret, k, value);
		else
			body_fault(ret, name, "there is no such field");
	}
	for (const struct body_key *k = keys; whole && k->name; k++)
		if (k->flags & BODY_REQUIRED && !json_object_get(ret->fields, k->name))
			body_fault(ret, k->name, "this field is needed");
	return body_is_good(ret);
}

/* ---- fields ---- */

bool body_has(const struct body *b, const char *name)
{
	return json_object_get(b->fields, name) != NULL;
}

struct span body_text(const struct body *b, const char *name)
{
	const json_t *v = json_object_get(b->fields, name);

	return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v)) : SPAN_NONE;
}

int64_t body_count(const struct body *b, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(b->fields, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

bool body_flag(const struct body *b, const char *name, bool otherwise)
{
	const json_t *v = json_object_get(b->fields, name);

	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

struct span body_patch(const struct body *b)
{
	char *text = json_dumps(b->fields, JSON_COMPACT);

	if (!text)
		abort();
	const char *kept = arena_strdup(&b->rq->arena, text);
	free(text);
	return span_str(kept);
}
