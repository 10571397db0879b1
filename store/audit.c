/* The columns go into the hash one by one: nothing is copied, and a batch hashes
 * thousands of rows. */
#include "store/audit.h"

#include <inttypes.h>
#include <stdio.h>

#define AUDIT_COLUMN_END '\x1f'

struct digest audit_genesis(struct span facility_id)
{
	struct digest_stream d;

	digest_begin(&d);
	digest_add(&d, SPAN("bedpost-audit:"));
	digest_add(&d, facility_id);
	return digest_end(&d);
}

static void add_text(struct digest_stream *d, struct span s)
{
	static const char end = AUDIT_COLUMN_END;
	digest_add(d, s);
	digest_add(d, span_of(&end, 1));
}

static void add_name(struct digest_stream *d, const char *name)
{
	add_text(d, span_str(name));
}

static void add_number(struct digest_stream *d, int64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, v);
	add_text(d, span_of(text, (size_t)n));
}

static void add_source(struct digest_stream *d, const struct event_source *s)
{
	add_text(d, s->adapter);
	add_text(d, s->adapter.p ? s->file : SPAN_NONE);
	if (s->adapter.p) {
		add_number(d, s->record);
		add_number(d, s->ordinal);
	} else {
		add_text(d, SPAN_NONE);
		add_text(d, SPAN_NONE);
	}
	add_text(d, s->adapter.p ? s->time_source : SPAN_NONE);
}

struct digest audit_hash(const struct audit_row *row, const struct digest *prev)
{
	const struct event *e = row->event;
	struct digest_stream d;
	char id[EVENT_ID_CHARS + 1];

	digest_begin(&d);
	digest_add(&d, span_of((const char *)prev->b, DIGEST_BYTES));
	add_text(&d, row->facility_id);
	add_number(&d, row->n);
	add_text(&d, row->epoch);
	add_number(&d, (int64_t)row->seq);
	add_name(&d, event_id_format(e->id, id));
	add_text(&d, e->bed_id);
	add_name(&d, bed_status_name(e->previous_status));
	add_name(&d, bed_status_name(row->held_status));
	add_name(&d, bed_status_name(e->new_status));
	add_text(&d, row->ward);
	add_name(&d, care_level_name(row->care_level));
	add_text(&d, e->changed_by);
	add_number(&d, e->changed_at);
	add_number(&d, row->received_at);
	add_name(&d, reason_name(e->reason));
	add_source(&d, &e->source);
	add_text(&d, row->source_ip);
	add_name(&d, outcome_name(row->outcome));
	add_name(&d, row->outcome_reason);
	add_name(&d, row->in_history ? "t" : "f");
	add_number(&d, row->bed_version);
	add_text(&d, row->conflict_id);
	digest_add(&d, SPAN("\n"));
	return digest_end(&d);
}
