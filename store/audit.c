/* The columns go into the hash one by one: nothing is copied, and a batch hashes thousands of rows.
 * Who proves the log needs the text itself, so columns go to either place. */
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

struct sink {
	struct digest_stream *digest; /* or, NULL: */
	struct buf *text;
};

static void add_bytes(const struct sink *to, struct span s)
{
	if (to->digest)
		digest_add(to->digest, s);
	else
		buf_add(to->text, s);
}

static void add_text(const struct sink *to, struct span s)
{
	static const char end = AUDIT_COLUMN_END;
	add_bytes(to, s);
	add_bytes(to, span_of(&end, 1));
}

static void add_number(const struct sink *to, int64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, v);
	add_text(to, span_of(text, (size_t)n));
}

static void add_tail(const struct sink *to, const struct audit_stored *r)
{
	add_text(to, r->epoch);
	add_number(to, r->seq);
	add_text(to, r->event_id);
	add_text(to, r->bed_id);
	add_text(to, r->previous_status);
	add_text(to, r->held_status);
	add_text(to, r->new_status);
	add_text(to, r->ward);
	add_text(to, r->care_level);
	add_text(to, r->changed_by);
	add_number(to, r->changed_at);
	add_number(to, r->received_at);
	add_text(to, r->reason);
	add_text(to, r->adapter);
	add_text(to, r->file);
	add_text(to, r->record);
	add_text(to, r->ordinal);
	add_text(to, r->time_source);
	add_text(to, r->source_ip);
	add_text(to, r->outcome);
	add_text(to, r->outcome_reason);
	add_text(to, r->in_history ? SPAN("t") : SPAN("f"));
	add_number(to, r->bed_version);
	add_text(to, r->conflict_id);
	add_bytes(to, SPAN("\n"));
}

static void begin_row(struct digest_stream *d, const struct digest *prev, struct span facility_id,
		      int64_t n)
{
	const struct sink to = {.digest = d};

	digest_begin(d);
	digest_add(d, span_of((const char *)prev->b, DIGEST_BYTES));
	add_text(&to, facility_id);
	add_number(&to, n);
}

void audit_tail(const struct audit_stored *row, struct buf *out)
{
	add_tail(&(struct sink){.text = out}, row);
}

struct digest audit_hash_tail(const struct digest *prev, struct span facility_id, int64_t n,
			      struct span tail)
{
	struct digest_stream d;

	begin_row(&d, prev, facility_id, n);
	digest_add(&d, tail);
	return digest_end(&d);
}

/* Room for what is made as text here. */
struct made {
	char id[EVENT_ID_CHARS + 1], record[12], ordinal[12];
};

static struct span decimal(char out[12], uint32_t v)
{
	return span_of(out, (size_t)snprintf(out, 12, "%" PRIu32, v));
}

static struct audit_stored stored_of(const struct audit_row *row, struct made *m)
{
	const struct event *e = row->event;
	const struct event_source *s = &e->source;
	bool sourced = s->adapter.p != NULL;

	return (struct audit_stored){
	    .facility_id = row->facility_id,
	    .n = row->n,
	    .epoch = row->epoch,
	    .seq = (int64_t)row->seq,
	    .event_id = span_of(event_id_format(e->id, m->id), EVENT_ID_CHARS),
	    .bed_id = e->bed_id,
	    .previous_status = span_str(bed_status_name(e->previous_status)),
	    .held_status = span_str(bed_status_name(row->held_status)),
	    .new_status = span_str(bed_status_name(e->new_status)),
	    .ward = row->ward,
	    .care_level = span_str(care_level_name(row->care_level)),
	    .changed_by = e->changed_by,
	    .changed_at = e->changed_at,
	    .received_at = row->received_at,
	    .reason = span_str(reason_name(e->reason)),
	    .adapter = s->adapter,
	    .file = sourced ? s->file : SPAN_NONE,
	    .record = sourced ? decimal(m->record, s->record) : SPAN_NONE,
	    .ordinal = sourced ? decimal(m->ordinal, s->ordinal) : SPAN_NONE,
	    .time_source = sourced ? s->time_source : SPAN_NONE,
	    .source_ip = row->source_ip,
	    .outcome = span_str(outcome_name(row->outcome)),
	    .outcome_reason = span_str(row->outcome_reason),
	    .in_history = row->in_history,
	    .bed_version = row->bed_version,
	    .conflict_id = row->conflict_id,
	};
}

struct digest audit_hash(const struct audit_row *row, const struct digest *prev)
{
	struct digest_stream d;
	struct made made;
	struct audit_stored s = stored_of(row, &made);

	begin_row(&d, prev, s.facility_id, s.n);
	add_tail(&(struct sink){.digest = &d}, &s);
	return digest_end(&d);
}
