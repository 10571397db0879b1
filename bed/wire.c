/* The batch's frame: compression, header, sequence, digest. What an event is stays in event.c: a
 * line here is
 * `{"seq":N,` and then the event without its opening brace, so a line becomes an event by turning
 * that comma into a brace, without a copy. */
#include "bed/wire.h"

#include <jansson.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "bed/ident.h"

#define ZSTD_LEVEL     1  /* text this repetitive gains little from more */
#define WINDOW_LOG_MAX 23 /* 8 MiB: what RFC 8878 asks every decoder to support, and no more */
#define CHUNK	       ((size_t)128 << 10)
#define AGENT_MAX      128

DEFINE_CLEANUP(ZSTD_DCtx *, ZSTD_freeDCtx)

static bool is_epoch(struct span s)
{
	if (s.n != WIRE_EPOCH_CHARS)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* --- encoding --- */

static void add_header(const struct wire_header *h, struct buf *out)
{
	char hex[DIGEST_HEX + 1], at[CLOCK_RFC3339_MAX];

	buf_adds(out, "{\"bedpost\":1,\"facility\":");
	buf_add_json(out, h->facility);
	buf_adds(out, ",\"epoch\":");
	buf_add_json(out, h->epoch);
	buf_addf(out, ",\"first\":%ju,\"last\":%ju,\"count\":%u,\"digest\":\"%s\"",
		 (uintmax_t)h->first, (uintmax_t)h->last, h->count, digest_hex(&h->digest, hex));
	buf_addf(out, ",\"clock\":\"%s\",\"agent\":", clock_format_rfc3339(h->clock, at));
	buf_add_json(out, h->agent);
	buf_addf(out, ",\"state\":\"%s\",\"queued\":%ju,\"rev\":%jd}\n", digest_hex(&h->state, hex),
		 (uintmax_t)h->queued, (intmax_t)h->rev);
}

static int check_header(const struct wire_header *h, struct err *err)
{
	if (!ident_is_facility(h->facility))
		return err_set(err, ERR_INVALID,
			       "batch header: facility: not a facility's identifier");
	if (!is_epoch(h->epoch))
		return err_set(err, ERR_INVALID, "batch header: epoch: not a UUID in lower case");
	if (!h->agent.n || h->agent.n > AGENT_MAX || !span_is_utf8(h->agent, NULL))
		return err_set(err, ERR_INVALID, "batch header: agent: not a name of 1 to %d bytes",
			       AGENT_MAX);
	if (h->count > WIRE_EVENTS_MAX)
		return err_set(err, ERR_LIMIT, "batch header: more than %d events",
			       WIRE_EVENTS_MAX);
	if (h->first < 1 || h->first > INT64_MAX - WIRE_EVENTS_MAX ||
	    h->last != h->first + h->count - 1)
		return err_set(err, ERR_INVALID,
			       "batch header: first, last and count do not agree");
	if (h->rev < 0 || h->queued > INT64_MAX)
		return err_set(err, ERR_INVALID, "batch header: rev or queued out of range");
	return 0;
}

/* SIZE_MAX if the last one does not end. */
static size_t count_lines(struct span lines)
{
	size_t n = 0;

	if (!lines.n)
		return 0;
	for (const char *p = lines.p, *end = p + lines.n; p < end; n++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			return SIZE_MAX;
		p = newline + 1;
	}
	return n;
}

int wire_encode(struct wire_header *h, struct span lines, struct buf *out, struct err *err)
{
	_cleanup_(buf_done) struct buf plain = BUF_INIT;

	if (lines.n > WIRE_LINES_MAX)
		return err_set(err, ERR_LIMIT, "a batch of more than %zu bytes", WIRE_LINES_MAX);
	int rc = check_header(h, err);
	if (rc < 0)
		return rc;
	if (count_lines(lines) != h->count)
		return err_set(err, ERR_INVALID, "batch header: count is not the number of lines");
	h->digest = digest_of(lines);
	add_header(h, &plain);
	buf_add(&plain, lines);
	size_t bound = ZSTD_compressBound(plain.n);
	char *to = buf_reserve(out, bound);
	size_t n = ZSTD_compress(to, bound, plain.p, plain.n, ZSTD_LEVEL);
	if (ZSTD_isError(n))
		return err_set(err, ERR_IO, "zstd: %s", ZSTD_getErrorName(n));
	out->n += n;
	out->p[out->n] = '\0';
	return 0;
}

void wire_add_line(struct buf *lines, uint64_t seq, struct span json)
{
	buf_addf(lines, "{\"seq\":%ju,", (uintmax_t)seq);
	buf_add(lines, span_of(json.p + 1, json.n - 1));
	buf_addc(lines, '\n');
}

/* --- decompression: bounded by what comes out, never by what the frame says --- */

static int plain_limit(struct err *err)
{
	return err_set(err, ERR_LIMIT, "batch: more than %zu bytes decompressed", WIRE_PLAIN_MAX);
}

static int unpack_zstd(struct span body, struct buf *out, struct err *err)
{
	_cleanup_(ZSTD_freeDCtxp) ZSTD_DCtx *dctx = ZSTD_createDCtx();
	ZSTD_inBuffer in = {body.p, body.n, 0};
	size_t hint = 1;

	if (!dctx)
		return err_set(err, ERR_NO_MEMORY, "batch: no memory to decompress");
	(void)ZSTD_DCtx_setParameter(dctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	while (hint != 0) {
		ZSTD_outBuffer to = {buf_reserve(out, CHUNK), CHUNK, 0};
		hint = ZSTD_decompressStream(dctx, &to, &in);
		if (ZSTD_isError(hint))
			return err_set(err, ERR_INVALID, "batch: zstd: %s",
				       ZSTD_getErrorName(hint));
		out->n += to.pos;
		if (out->n > WIRE_PLAIN_MAX)
			return plain_limit(err);
		if (hint != 0 && in.pos == in.size && to.pos < to.size)
			return err_set(err, ERR_INVALID, "batch: zstd: ends in the middle");
	}
	if (in.pos != in.size)
		return err_set(err, ERR_INVALID, "batch: zstd: bytes after the end");
	return 0;
}

static int inflate_all(z_stream *z, struct buf *out, struct err *err)
{
	int rc = Z_OK;

	while (rc != Z_STREAM_END) {
		z->next_out = (Bytef *)buf_reserve(out, CHUNK);
		z->avail_out = CHUNK;
		rc = inflate(z, Z_NO_FLUSH);
		out->n += CHUNK - z->avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END)
			return err_set(err, ERR_INVALID,
				       rc == Z_BUF_ERROR ? "batch: gzip: ends in the middle"
							 : "batch: gzip: not valid");
		if (out->n > WIRE_PLAIN_MAX)
			return plain_limit(err);
	}
	return z->avail_in ? err_set(err, ERR_INVALID, "batch: gzip: bytes after the end") : 0;
}

static int unpack_gzip(struct span body, struct buf *out, struct err *err)
{
	z_stream z = {.next_in = (const Bytef *)body.p, .avail_in = (uInt)body.n};

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_set(err, ERR_NO_MEMORY, "batch: no memory to decompress");
	int rc = inflate_all(&z, out, err);
	(void)inflateEnd(&z);
	return rc;
}

static int unpack(struct span body, struct buf *out, struct err *err)
{
	if (body.n > WIRE_BODY_MAX)
		return err_set(err, ERR_LIMIT, "batch: more than %zu bytes", WIRE_BODY_MAX);
	if (span_starts(body, SPAN("\x28\xB5\x2F\xFD")))
		return unpack_zstd(body, out, err);
	if (span_starts(body, SPAN("\x1F\x8B")))
		return unpack_gzip(body, out, err);
	if (!span_starts(body, SPAN("{")))
		return err_set(err, ERR_INVALID, "batch: neither zstd, gzip nor plain NDJSON");
	buf_add(out, body);
	return 0;
}

/* --- reading JSON: jansson's error texts quote the input and stay here --- */

static bool get_text(const json_t *object, const char *key, struct arena *a, struct span *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_string(v))
		return false;
	*ret = arena_span(a, span_of(json_string_value(v), json_string_length(v)));
	return true;
}

static bool get_number(const json_t *object, const char *key, int64_t *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*ret = json_integer_value(v);
	return true;
}

static bool get_digest(const json_t *object, const char *key, struct digest *ret)
{
	const json_t *v = json_object_get(object, key);

	return json_is_string(v) &&
	       digest_parse_hex(span_of(json_string_value(v), json_string_length(v)), ret);
}

static bool get_time(const json_t *object, const char *key, usec_t *ret)
{
	const json_t *v = json_object_get(object, key);

	return json_is_string(v) &&
	       clock_parse_rfc3339(span_of(json_string_value(v), json_string_length(v)), ret,
				   NULL) == 0;
}

static int read_header(struct span line, struct arena *a, struct wire_header *ret, struct err *err)
{
	struct wire_header h = {0};
	int64_t version, first, last, count, queued;

	if (line.n > EVENT_JSON_MAX)
		return err_set(err, ERR_LIMIT, "batch header: more than %zu bytes", EVENT_JSON_MAX);
	_cleanup_(json_decrefp) json_t *o =
	    json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		return err_set(err, ERR_INVALID, "batch header: not a JSON object");
	if (!get_number(o, "bedpost", &version) || version != 1)
		return err_set(err, ERR_INVALID, "batch header: bedpost: not version 1");
	if (json_object_size(o) != 12)
		return err_set(err, ERR_INVALID, "batch header: not the twelve keys of version 1");
	if (!get_text(o, "facility", a, &h.facility) || !get_text(o, "epoch", a, &h.epoch) ||
	    !get_text(o, "agent", a, &h.agent))
		return err_set(err, ERR_INVALID,
			       "batch header: facility, epoch or agent: not a string");
	if (!get_number(o, "first", &first) || !get_number(o, "last", &last) ||
	    !get_number(o, "count", &count) || !get_number(o, "queued", &queued) ||
	    !get_number(o, "rev", &h.rev))
		return err_set(
		    err, ERR_INVALID,
		    "batch header: first, last, count, queued or rev: not a whole number");
	if (!get_digest(o, "digest", &h.digest) || !get_digest(o, "state", &h.state))
		return err_set(err, ERR_INVALID,
			       "batch header: digest or state: not 64 hexadecimal digits");
	if (!get_time(o, "clock", &h.clock))
		return err_set(err, ERR_INVALID, "batch header: clock: not an RFC 3339 time");
	if (count > WIRE_EVENTS_MAX)
		return err_set(err, ERR_LIMIT, "batch header: more than %d events",
			       WIRE_EVENTS_MAX);
	h.first = (uint64_t)first;
	h.last = (uint64_t)last;
	h.count = (uint32_t)count;
	h.queued = (uint64_t)queued;
	*ret = h;
	return check_header(&h, err);
}

/* --- decoding --- */

/* `{"seq":N,` … becomes `{` …; the sequence number is the frame's, not the event's. */
static bool take_seq(struct span *line, uint64_t *ret_seq)
{
	const struct span head = SPAN("{\"seq\":");
	struct span rest, digits;

	if (!span_starts(*line, head))
		return false;
	rest = span_of(line->p + head.n, line->n - head.n);
	if (!span_cut(&rest, ',', &digits) || !rest.p || !span_to_u64(digits, ret_seq))
		return false;
	*line = span_of(rest.p - 1, rest.n + 1);
	return true;
}

static int read_lines(struct buf *plain, struct span lines, struct arena *a, struct wire_batch *b,
		      struct err *err)
{
	struct span line;
	struct err why;

	b->items = arena_array(a, struct wire_item, b->header.count);
	for (uint32_t i = 0; i < b->header.count; i++) {
		struct wire_item *item = &b->items[i];
		(void)span_cut(&lines, '\n', &line);
		if (!take_seq(&line, &item->seq) || item->seq != b->header.first + i)
			return err_set(err, ERR_INVALID,
				       "batch: line %u does not begin with its seq", i + 2);
		plain->p[line.p - plain->p] = '{';
		item->valid = event_from_json(line, a, &item->event, &why) == 0;
		if (!item->valid)
			item->reason = arena_strdup(a, why.message);
	}
	return 0;
}

int wire_decode(struct span body, struct arena *a, struct wire_batch *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf plain = BUF_INIT;
	struct wire_batch b = {0};
	struct span line;

	int rc = unpack(body, &plain, err);
	if (rc < 0)
		return rc;
	struct span rest = buf_span(&plain);
	if (!span_cut(&rest, '\n', &line) || !rest.p)
		return err_set(err, ERR_INVALID, "batch: no header line");
	rc = read_header(line, a, &b.header, err);
	if (rc < 0)
		return rc;
	if (count_lines(rest) != b.header.count)
		return err_set(err, ERR_INVALID,
			       "batch: the number of lines is not the header's count");
	struct digest d = digest_of(rest);
	if (!digest_eq(&d, &b.header.digest))
		return err_set(err, ERR_INVALID, "batch: the digest does not match");
	rc = read_lines(&plain, rest, a, &b, err);
	if (rc == 0)
		*ret = b;
	return rc;
}

/* --- the answer --- */

static void add_outcome(const struct wire_outcome *o, struct buf *out)
{
	buf_addf(out, "{\"seq\":%ju,\"outcome\":\"%s\"", (uintmax_t)o->seq,
		 outcome_name(o->outcome));
	if (o->reason) {
		buf_adds(out, ",\"reason\":");
		buf_add_json(out, span_str(o->reason));
	}
	buf_addc(out, '}');
}

static void add_bed(const struct wire_bed *b, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	buf_adds(out, "{\"bed_id\":");
	buf_add_json(out, b->bed_id);
	buf_addf(out, ",\"status\":\"%s\",\"changed_at\":\"%s\"}", bed_status_name(b->status),
		 clock_format_rfc3339(b->changed_at, at));
}

void wire_answer_to_json(const struct wire_answer *w, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	buf_adds(out, "{\"epoch\":");
	buf_add_json(out, w->epoch);
	buf_addf(out, ",\"applied_through\":%ju,\"outcomes\":[", (uintmax_t)w->applied_through);
	for (size_t i = 0; i < w->n_outcomes; i++) {
		if (i)
			buf_addc(out, ',');
		add_outcome(&w->outcomes[i], out);
	}
	buf_addf(out, "],\"facility_rev\":%jd,\"beds\":[", (intmax_t)w->facility_rev);
	for (size_t i = 0; i < w->n_beds; i++) {
		if (i)
			buf_addc(out, ',');
		add_bed(&w->beds[i], out);
	}
	buf_addf(out, "],\"snapshot_wanted\":%s", w->snapshot_wanted ? "true" : "false");
	if (w->clock != 0)
		buf_addf(out, ",\"clock\":\"%s\"", clock_format_rfc3339(w->clock, at));
	if (w->in_sync != WIRE_SYNC_UNKNOWN)
		buf_addf(out, ",\"in_sync\":%s", w->in_sync == WIRE_SYNC_AGREES ? "true" : "false");
	buf_addc(out, '}');
}

static int read_outcomes(const json_t *list, struct arena *a, struct wire_answer *w,
			 struct err *err)
{
	struct span name, reason;
	int64_t seq;

	if (!json_is_array(list) || json_array_size(list) > WIRE_EVENTS_MAX)
		return err_set(err, ERR_PROTOCOL, "answer: outcomes: not a list of up to %d",
			       WIRE_EVENTS_MAX);
	w->n_outcomes = json_array_size(list);
	w->outcomes = arena_array(a, struct wire_outcome, w->n_outcomes);
	for (size_t i = 0; i < w->n_outcomes; i++) {
		const json_t *o = json_array_get(list, i);
		if (!get_number(o, "seq", &seq) || !get_text(o, "outcome", a, &name) ||
		    !outcome_parse(name, &w->outcomes[i].outcome))
			return err_set(err, ERR_PROTOCOL, "answer: outcomes: item %zu is not valid",
				       i + 1);
		w->outcomes[i].seq = (uint64_t)seq;
		if (get_text(o, "reason", a, &reason))
			w->outcomes[i].reason = reason.p;
	}
	return 0;
}

static int read_beds(const json_t *list, struct arena *a, struct wire_answer *w, struct err *err)
{
	struct span status;

	if (!json_is_array(list) || json_array_size(list) > WIRE_BEDS_MAX)
		return err_set(err, ERR_PROTOCOL, "answer: beds: not a list of up to %d",
			       WIRE_BEDS_MAX);
	w->n_beds = json_array_size(list);
	w->beds = arena_array(a, struct wire_bed, w->n_beds);
	for (size_t i = 0; i < w->n_beds; i++) {
		const json_t *o = json_array_get(list, i);
		struct wire_bed *b = &w->beds[i];
		if (!get_text(o, "bed_id", a, &b->bed_id) || !ident_is_valid(b->bed_id) ||
		    !get_text(o, "status", a, &status) || !bed_status_parse(status, &b->status) ||
		    !get_time(o, "changed_at", &b->changed_at))
			return err_set(err, ERR_PROTOCOL, "answer: beds: item %zu is not valid",
				       i + 1);
	}
	return 0;
}

/* A region that is older than its homes says neither. */
static void read_contact(const json_t *o, struct wire_answer *w)
{
	const json_t *in_sync = json_object_get(o, "in_sync");

	w->in_sync = json_is_true(in_sync)    ? WIRE_SYNC_AGREES
		     : json_is_false(in_sync) ? WIRE_SYNC_DIFFERS
					      : WIRE_SYNC_UNKNOWN;
	if (!get_time(o, "clock", &w->clock))
		w->clock = 0;
}

int wire_answer_from_json(struct span json, struct arena *a, struct wire_answer *ret,
			  struct err *err)
{
	struct wire_answer w = {0};
	int64_t through;

	if (json.n > WIRE_PLAIN_MAX)
		return err_set(err, ERR_PROTOCOL, "answer: more than %zu bytes", WIRE_PLAIN_MAX);
	_cleanup_(json_decrefp) json_t *o =
	    json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		return err_set(err, ERR_PROTOCOL, "answer: not a JSON object");
	if (!get_text(o, "epoch", a, &w.epoch) || !is_epoch(w.epoch))
		return err_set(err, ERR_PROTOCOL, "answer: epoch: not a UUID in lower case");
	if (!get_number(o, "applied_through", &through) ||
	    !get_number(o, "facility_rev", &w.facility_rev))
		return err_set(err, ERR_PROTOCOL,
			       "answer: applied_through or facility_rev: not a whole number");
	w.applied_through = (uint64_t)through;
	w.snapshot_wanted = json_is_true(json_object_get(o, "snapshot_wanted"));
	read_contact(o, &w);
	int rc = read_outcomes(json_object_get(o, "outcomes"), a, &w, err);
	if (rc == 0)
		rc = read_beds(json_object_get(o, "beds"), a, &w, err);
	if (rc == 0)
		*ret = w;
	return rc;
}
