/* By hand like bed/event.c: the shape stands here to be read, and a backlog is written fast. */
#include "regional/feed/message.h"

#include "base/member.h"

void message_write(const struct cursor_change *c, struct buf *out)
{
	buf_adds(out, "{\"schema\":" MESSAGE_SCHEMA);
	member_span(out, "facility_id", c->facility_id);
	buf_addf(out, ",\"n\":%lld", (long long)c->n);
	member_span(out, "event_id", c->event_id);
	member_span(out, "epoch", c->epoch);
	buf_addf(out, ",\"seq\":%lld", (long long)c->seq);
	member_span(out, "bed_id", c->bed_id);
	member_span(out, "ward", c->ward);
	member_text(out, "care_level", care_level_name(c->care_level));
	member_text(out, "previous_status", bed_status_name(c->previous_status));
	member_text(out, "held_status", bed_status_name(c->held_status));
	member_text(out, "new_status", bed_status_name(c->new_status));
	member_span(out, "changed_by", c->changed_by);
	member_time(out, "changed_at", c->changed_at);
	member_text(out, "reason", reason_name(c->reason));
	buf_adds(out, ",\"patient_ref\":null");
	member_text(out, "outcome", outcome_name(c->outcome));
	member_span(out, "outcome_reason", c->outcome_reason);
	buf_addf(out, ",\"in_history\":%s,\"bed_version\":%lld", c->in_history ? "true" : "false",
		 (long long)c->bed_version);
	member_span(out, "conflict_id", c->conflict_id);
	member_time(out, "received_at", c->received_at);
	buf_addc(out, '}');
}
