/* By hand like bed/event.c: the shape stands here to be read, and a backlog is written fast. */
#include "regional/feed/message.h"

static void add_text(const char *key, struct span s, struct buf *out)
{
	buf_addf(out, ",\"%s\":", key);
	if (s.p)
		buf_add_json(out, s);
	else
		buf_adds(out, "null");
}

static void add_name(const char *key, const char *name, struct buf *out)
{
	add_text(key, name ? span_str(name) : SPAN_NONE, out);
}

static void add_time(const char *key, usec_t at, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	add_name(key, clock_format_rfc3339(at, text), out);
}

void message_write(const struct cursor_change *c, struct buf *out)
{
	buf_adds(out, "{\"schema\":" MESSAGE_SCHEMA);
	add_text("facility_id", c->facility_id, out);
	buf_addf(out, ",\"n\":%lld", (long long)c->n);
	add_text("event_id", c->event_id, out);
	add_text("epoch", c->epoch, out);
	buf_addf(out, ",\"seq\":%lld", (long long)c->seq);
	add_text("bed_id", c->bed_id, out);
	add_text("ward", c->ward, out);
	add_name("care_level", care_level_name(c->care_level), out);
	add_name("previous_status", bed_status_name(c->previous_status), out);
	add_name("held_status", bed_status_name(c->held_status), out);
	add_name("new_status", bed_status_name(c->new_status), out);
	add_text("changed_by", c->changed_by, out);
	add_time("changed_at", c->changed_at, out);
	add_name("reason", reason_name(c->reason), out);
	buf_adds(out, ",\"patient_ref\":null");
	add_name("outcome", outcome_name(c->outcome), out);
	add_text("outcome_reason", c->outcome_reason, out);
	buf_addf(out, ",\"in_history\":%s,\"bed_version\":%lld", c->in_history ? "true" : "false",
		 (long long)c->bed_version);
	add_text("conflict_id", c->conflict_id, out);
	add_time("received_at", c->received_at, out);
	buf_addc(out, '}');
}
