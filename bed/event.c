/* Writing is by hand because it is on the outbox's hot path; reading goes through jansson because
 * what comes over the wire is hostile until proven otherwise. jansson's own error texts quote the
 * input, so they never leave this file. */
#include "bed/event.h"

#include <endian.h>
#include <jansson.h>

#include "bed/ident.h"

#define TIME_MIN (-62135596800 * USEC_PER_SEC) /* 0001-01-01, what RFC 3339 can write */
#define TIME_END (253402300800 * USEC_PER_SEC) /* 10000-01-01 */
#define FILE_HEX 32

static const struct span id_prefix = {"evt_", 4};

#define NUMBERS_BYTES 8 /* of record and ordinal in what an id is a digest of */

void event_ids_begin(struct event_ids *ids, struct span facility, struct span adapter,
		     struct span file)
{
	const struct span parts[] = {facility, adapter, file};
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	memset(ids, 0, sizeof(*ids));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_add(&text, parts[i]);
		buf_addc(&text, '\x1F');
	}
	digest_begin(&ids->begun);
	digest_add(&ids->begun, buf_span(&text));
	if (text.n + NUMBERS_BYTES <= DIGEST_SHORT_MAX) {
		ids->n = text.n;
		for (size_t i = 0; i < DIGEST_EIGHT; i++)
			memcpy(ids->text[i], text.p, text.n);
	}
}

static void put_numbers(char to[NUMBERS_BYTES], uint32_t record, uint32_t ordinal)
{
	const uint32_t numbers[] = {htole32(record), htole32(ordinal)};

	memcpy(to, numbers, sizeof(numbers));
}

static struct ulid make_alone(const struct event_ids *ids, const struct event *e)
{
	struct digest_stream d = ids->begun;
	char numbers[NUMBERS_BYTES];

	put_numbers(numbers, e->source.record, e->source.ordinal);
	digest_add(&d, span_of(numbers, sizeof(numbers)));
	struct digest tail = digest_end(&d);
	return ulid_from_parts(e->changed_at, tail.b);
}

static void make_ahead(struct event_ids *ids, uint32_t record, uint32_t ordinal)
{
	struct span texts[DIGEST_EIGHT];

	for (uint32_t done = 0; done < EVENT_IDS_AHEAD; done += DIGEST_EIGHT) {
		for (uint32_t i = 0; i < DIGEST_EIGHT; i++) {
			put_numbers(ids->text[i] + ids->n, record + done + i, ordinal);
			texts[i] = span_of(ids->text[i], ids->n + NUMBERS_BYTES);
		}
		digest_eight(texts, ids->ahead[ordinal].digests + done);
	}
	ids->ahead[ordinal].record = record;
	ids->ahead[ordinal].valid = true;
}

_hot_ struct ulid event_ids_make(struct event_ids *ids, const struct event *e)
{
	uint32_t record = e->source.record, ordinal = e->source.ordinal;

	if (!ids->n || ordinal >= EVENT_IDS_ORDINALS)
		return make_alone(ids, e);
	if (!ids->ahead[ordinal].valid || record - ids->ahead[ordinal].record >= EVENT_IDS_AHEAD)
		make_ahead(ids, record, ordinal);
	uint32_t at = record - ids->ahead[ordinal].record;
	return ulid_from_parts(e->changed_at, ids->ahead[ordinal].digests[at].b);
}

struct ulid event_id_from_source(const struct event *e)
{
	struct event_ids ids;

	event_ids_begin(&ids, e->facility_id, e->source.adapter, e->source.file);
	return make_alone(&ids, e);
}

char *event_id_format(struct ulid id, char out[EVENT_ID_CHARS + 1])
{
	memcpy(out, id_prefix.p, id_prefix.n);
	ulid_format(id, out + id_prefix.n);
	return out;
}

bool event_id_parse(struct span s, struct ulid *ret)
{
	return s.n == EVENT_ID_CHARS && span_starts(s, id_prefix) &&
	       ulid_parse(span_of(s.p + id_prefix.n, s.n - id_prefix.n), ret);
}

static bool is_file_hex(struct span s)
{
	if (s.n != FILE_HEX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

/* A field's name in somebody's export: any letters, no control characters. */
static bool is_field_name(struct span s)
{
	if (!s.n || s.n > EVENT_TIME_SOURCE_MAX || !span_is_utf8(s, NULL))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			return false;
	return true;
}

static int check_source(const struct event_source *s, struct err *err)
{
	if (!s->adapter.p) {
		if (s->file.p || s->time_source.p)
			return err_set(err, ERR_INVALID,
				       "source: file or time_source without adapter");
		return 0;
	}
	if (!ident_is_valid(s->adapter))
		return err_set(err, ERR_INVALID, "source.adapter: not an identifier");
	if (s->file.p && !is_file_hex(s->file))
		return err_set(err, ERR_INVALID, "source.file: not %d hexadecimal digits",
			       FILE_HEX);
	if (s->time_source.p && !is_field_name(s->time_source))
		return err_set(err, ERR_INVALID, "source.time_source: not the name of a field");
	return 0;
}

_hot_ int event_check_change(const struct event *e, struct err *err)
{
	if (!ident_is_valid(e->bed_id))
		return err_set(err, ERR_INVALID, "bed_id: not an identifier");
	if (e->ward.p && !ident_is_valid(e->ward))
		return err_set(err, ERR_INVALID, "ward: not an identifier");
	if (e->changed_by.p && !ident_is_valid(e->changed_by))
		return err_set(err, ERR_INVALID, "changed_by: not an identifier");
	if ((unsigned)e->care_level >= CARE_LEVEL_COUNT)
		return err_set(err, ERR_INVALID, "care_level: not in the list");
	if ((unsigned)e->previous_status >= BED_STATUS_COUNT)
		return err_set(err, ERR_INVALID, "previous_status: not in the list");
	if (e->new_status == BED_UNKNOWN || (unsigned)e->new_status >= BED_STATUS_COUNT)
		return err_set(err, ERR_INVALID, "new_status: not in the list");
	if ((unsigned)e->reason >= REASON_COUNT)
		return err_set(err, ERR_INVALID, "reason: not in the list");
	if (e->changed_at < TIME_MIN || e->changed_at >= TIME_END)
		return err_set(err, ERR_INVALID,
			       "changed_at: not a time of the years 0001 to 9999");
	return 0;
}

int event_check(const struct event *e, struct err *err)
{
	if (!ident_is_facility(e->facility_id))
		return err_set(err, ERR_INVALID, "facility_id: not a facility's identifier");
	int r = event_check_change(e, err);
	return r < 0 ? r : check_source(&e->source, err);
}

/* --- writing --- */

#define ADD(out, lit) buf_add((out), SPAN(lit))

static void add_string(struct buf *out, struct span s)
{
	if (s.p)
		buf_add_json(out, s);
	else
		ADD(out, "null");
}

static void add_name(struct buf *out, const char *name)
{
	if (!name) {
		ADD(out, "null");
		return;
	}
	ADD(out, "\"");
	buf_adds(out, name);
	ADD(out, "\"");
}

static void add_number(struct buf *out, uint32_t v)
{
	char digits[10];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(out, span_of(digits + at, sizeof(digits) - at));
}

static void add_source(struct buf *out, const struct event_source *s)
{
	if (!s->adapter.p) {
		ADD(out, ",\"source\":null");
		return;
	}
	ADD(out, ",\"source\":{\"adapter\":");
	add_string(out, s->adapter);
	ADD(out, ",\"file\":");
	add_string(out, s->file);
	ADD(out, ",\"record\":");
	add_number(out, s->record);
	ADD(out, ",\"ordinal\":");
	add_number(out, s->ordinal);
	ADD(out, ",\"time_source\":");
	add_string(out, s->time_source);
	ADD(out, "}");
}

void event_to_json(const struct event *e, struct buf *out)
{
	char id[EVENT_ID_CHARS + 1], at[CLOCK_RFC3339_MAX];

	(void)buf_reserve(out, 1024);
	ADD(out, "{\"event_id\":\"");
	buf_add(out, span_of(event_id_format(e->id, id), EVENT_ID_CHARS));
	ADD(out, "\",\"facility_id\":");
	add_string(out, e->facility_id);
	ADD(out, ",\"bed_id\":");
	add_string(out, e->bed_id);
	ADD(out, ",\"ward\":");
	add_string(out, e->ward);
	ADD(out, ",\"care_level\":");
	add_name(out, care_level_name(e->care_level));
	ADD(out, ",\"previous_status\":");
	add_name(out, bed_status_name(e->previous_status));
	ADD(out, ",\"new_status\":");
	add_name(out, bed_status_name(e->new_status));
	ADD(out, ",\"changed_by\":");
	add_string(out, e->changed_by);
	ADD(out, ",\"changed_at\":");
	add_name(out, clock_format_rfc3339(e->changed_at, at));
	ADD(out, ",\"reason\":");
	add_name(out, reason_name(e->reason));
	ADD(out, ",\"patient_ref\":null");
	add_source(out, &e->source);
	ADD(out, "}");
}

/* --- reading --- */

struct reading {
	struct arena *arena;
	struct event *event;
};

typedef int (*field_reader)(const struct reading *r, const char *name, const json_t *v, void *to,
			    struct err *err);

struct field {
	const char *name;
	field_reader read;
	size_t offset; /* in struct event */
	bool required;
};

static struct span string_of(const json_t *v)
{
	return span_of(json_string_value(v), json_string_length(v));
}

static int read_string(const struct reading *r, const char *name, const json_t *v, void *to,
		       struct err *err)
{
	if (!json_is_string(v))
		return err_set(err, ERR_INVALID, "%s: not a string", name);
	*(struct span *)to = arena_span(r->arena, string_of(v));
	return 0;
}

static int read_id(const struct reading *r _unused_, const char *name, const json_t *v, void *to,
		   struct err *err)
{
	if (!json_is_string(v) || !event_id_parse(string_of(v), to))
		return err_set(err, ERR_INVALID, "%s: not \"evt_\" and a ULID", name);
	return 0;
}

static int read_status(const struct reading *r _unused_, const char *name, const json_t *v,
		       void *to, struct err *err)
{
	if (!json_is_string(v) || !bed_status_parse(string_of(v), to))
		return err_set(err, ERR_INVALID, "%s: not in the list", name);
	return 0;
}

static int read_care_level(const struct reading *r _unused_, const char *name, const json_t *v,
			   void *to, struct err *err)
{
	if (!json_is_string(v) || !care_level_parse(string_of(v), to))
		return err_set(err, ERR_INVALID, "%s: not in the list", name);
	return 0;
}

static int read_reason(const struct reading *r _unused_, const char *name, const json_t *v,
		       void *to, struct err *err)
{
	if (!json_is_string(v) || !reason_parse(string_of(v), to))
		return err_set(err, ERR_INVALID, "%s: not in the list", name);
	return 0;
}

static int read_time(const struct reading *r _unused_, const char *name, const json_t *v, void *to,
		     struct err *err)
{
	if (!json_is_string(v) || clock_parse_rfc3339(string_of(v), to, NULL) < 0)
		return err_set(err, ERR_INVALID, "%s: not an RFC 3339 time", name);
	return 0;
}

static int read_number(const struct reading *r _unused_, const char *name, const json_t *v,
		       void *to, struct err *err)
{
	json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;

	if (n < 0 || n > UINT32_MAX)
		return err_set(err, ERR_INVALID, "%s: not a whole number below 2^32", name);
	*(uint32_t *)to = (uint32_t)n;
	return 0;
}

/* Only reached with a value that is not null. */
static int refuse_patient(const struct reading *r _unused_, const char *name,
			  const json_t *v _unused_, void *to _unused_, struct err *err)
{
	return err_set(err, ERR_DENIED, "%s: must be null; no patient passes here", name);
}

static int read_source(const struct reading *r, const char *name, const json_t *v, void *to,
		       struct err *err);

static const struct field event_fields[] = {
    {"event_id", read_id, offsetof(struct event, id), true},
    {"facility_id", read_string, offsetof(struct event, facility_id), true},
    {"bed_id", read_string, offsetof(struct event, bed_id), true},
    {"ward", read_string, offsetof(struct event, ward), false},
    {"care_level", read_care_level, offsetof(struct event, care_level), false},
    {"previous_status", read_status, offsetof(struct event, previous_status), false},
    {"new_status", read_status, offsetof(struct event, new_status), true},
    {"changed_by", read_string, offsetof(struct event, changed_by), false},
    {"changed_at", read_time, offsetof(struct event, changed_at), true},
    {"reason", read_reason, offsetof(struct event, reason), false},
    {"patient_ref", refuse_patient, 0, false},
    {"source", read_source, 0, false},
    {NULL},
};

static const struct field source_fields[] = {
    {"adapter", read_string, offsetof(struct event, source.adapter), true},
    {"file", read_string, offsetof(struct event, source.file), false},
    {"record", read_number, offsetof(struct event, source.record), false},
    {"ordinal", read_number, offsetof(struct event, source.ordinal), false},
    {"time_source", read_string, offsetof(struct event, source.time_source), false},
    {NULL},
};

/* Every key must be in the table: an unknown one is counted, never named, for it may be a
 * patient's. */
static int read_object(const struct reading *r, const json_t *object, const struct field *fields,
		       struct err *err)
{
	size_t known = 0;

	for (const struct field *f = fields; f->name; f++) {
		const json_t *v = json_object_get(object, f->name);
		known += v != NULL;
		if (!v || json_is_null(v)) {
			if (f->required)
				return err_set(err, ERR_INVALID, "%s: missing", f->name);
			continue;
		}
		int rc = f->read(r, f->name, v, (char *)r->event + f->offset, err);
		if (rc < 0)
			return rc;
	}
	if (json_object_size(object) != known)
		return err_set(err, ERR_INVALID, "%zu unknown key(s)",
			       json_object_size(object) - known);
	return 0;
}

static int read_source(const struct reading *r, const char *name, const json_t *v,
		       void *to _unused_, struct err *err)
{
	if (!json_is_object(v))
		return err_set(err, ERR_INVALID, "%s: not an object", name);
	int rc = read_object(r, v, source_fields, err);
	return rc < 0 ? err_prefix(err, "%s", name) : 0;
}

int event_from_json(struct span json, struct arena *a, struct event *ret, struct err *err)
{
	json_error_t where;
	struct event e = {0};
	const struct reading r = {.arena = a, .event = &e};

	if (json.n > EVENT_JSON_MAX)
		return err_set(err, ERR_LIMIT, "an event of more than %zu bytes", EVENT_JSON_MAX);
	json_t *object = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &where);
	if (!object)
		return err_set(err, ERR_INVALID, "not JSON at byte %d", where.position);
	int rc = json_is_object(object) ? read_object(&r, object, event_fields, err)
					: err_set(err, ERR_INVALID, "not a JSON object");
	json_decref(object);
	if (rc == 0)
		rc = event_check(&e, err);
	if (rc == 0)
		*ret = e;
	return rc;
}

/* Some transfer a patient to a bed that another lies in, and then cancel it: the bed was occupied
 * before, too. A bed that a cancel gave back was occupied by mistake: nobody lay there. */
enum bed_status event_status_before(const struct event *e, enum bed_status status,
				    enum bed_status before)
{
	bool given_back =
	    e->reason == REASON_TRANSFER_CANCELLED || e->reason == REASON_TRACKING_CANCELLED;

	if (given_back && e->new_status != BED_OCCUPIED)
		return BED_UNKNOWN;
	return status != e->new_status || e->reason == REASON_TRANSFER ? status : before;
}
