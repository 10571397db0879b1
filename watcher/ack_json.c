#include "watcher/ack_json.h"

#include <string.h>

#include "base/member.h"

void ack_json_pair(struct buf *out, const char *key, const char *value)
{
	member_text(out, key, value && span_is_utf8(span_str(value), NULL) ? value : NULL);
}

static void add_number(struct buf *out, const char *key, uint64_t n)
{
	buf_addf(out, ",\"%s\":%llu", key, (unsigned long long)n);
}

void ack_json_bad(struct buf *out, const struct listing_bad *bad, size_t n)
{
	buf_adds(out, "\"bad_records\":[");
	for (size_t i = 0; i < n; i++) {
		const struct listing_bad *b = &bad[i];
		buf_addf(out, "%s\n  {\"record\":%llu,\"line\":%llu,\"offset\":%llu", i ? "," : "",
			 (unsigned long long)b->record, (unsigned long long)b->line,
			 (unsigned long long)b->offset);
		ack_json_pair(out, "field", b->field);
		ack_json_pair(out, "value_class", b->value_class);
		ack_json_pair(out, "reason", b->reason);
		ack_json_pair(out, "message", b->message);
		buf_addf(out, ",\"warning\":%s}", b->warning ? "true" : "false");
	}
	buf_adds(out, "]");
}

/* What became of it, in one word: the ledger's states tell also where it went. */
static const char *result_of(const struct listing_file *f)
{
	static const char *const plain[] = {"rejected", "duplicate", "held", "superseded"};

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (strcmp(f->state, plain[i]) == 0)
			return plain[i];
	return "taken";
}

static void add_region(struct buf *out, const struct ack *ack)
{
	const struct ack_region *r = &ack->region;

	buf_addf(out, ",\n \"region\":{\"waiting\":%llu", (unsigned long long)r->waiting);
	add_number(out, "applied", r->applied);
	add_number(out, "converged", r->converged);
	add_number(out, "late", r->late);
	add_number(out, "conflict", r->conflict);
	add_number(out, "duplicate", r->duplicate);
	add_number(out, "refused", r->rejected);
	member_time(out, "answered_at", ack->answered);
	buf_adds(out, "}");
}

void ack_json(const struct ack *ack, const char *facility, usec_t now, struct buf *out)
{
	const struct listing_file *f = &ack->file;
	char hex[DIGEST_HEX + 1];

	buf_addf(out, "{\"id\":%lld", (long long)f->id);
	ack_json_pair(out, "file", f->name);
	ack_json_pair(out, "digest", digest_hex(&f->digest, hex));
	add_number(out, "size", f->size);
	member_time(out, "modified_at", f->mtime);
	ack_json_pair(out, "facility", facility);
	ack_json_pair(out, "adapter", f->adapter);
	member_time(out, "taken_at", f->taken);
	member_time(out, "written_at", now);
	ack_json_pair(out, "result", result_of(f));
	ack_json_pair(out, "reason", f->reason[0] ? f->reason : NULL);
	ack_json_pair(out, "message", f->message[0] ? f->message : NULL);
	if (f->duplicate_of)
		add_number(out, "duplicate_of", (uint64_t)f->duplicate_of);
	buf_adds(out, ",\n ");
	buf_addf(out, "\"records\":%llu", (unsigned long long)f->records);
	add_number(out, "events", f->events);
	add_number(out, "unchanged", f->unchanged);
	add_number(out, "repeated", f->repeated);
	add_number(out, "late", f->late);
	add_number(out, "bad", f->bad);
	add_number(out, "warnings", f->warnings);
	add_region(out, ack);
	buf_addf(out, ",\n \"complete\":%s,\n ", ack->complete ? "true" : "false");
	ack_json_bad(out, ack->bad, ack->n_bad);
	buf_adds(out, "}\n");
}
