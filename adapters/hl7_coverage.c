#include "adapters/hl7_coverage.h"

#include <string.h>

static bool is_read(const struct hl7_config *config, const char *id)
{
	static const char *const always[] = {"MSH", "EVN", "PV1", "NPU"};
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (memcmp(id, always[i], 3) == 0)
			return true;
	for (size_t i = 0; i < config->n_segments; i++)
		if (memcmp(id, config->segments[i], 3) == 0)
			return true;
	return false;
}

static void count(struct hl7_coverage *c, const char *id)
{
	size_t at = span_hash(span_of(id, 3)) % HL7_COVERAGE_KINDS;
	while (c->unread[at].count && memcmp(c->unread[at].id, id, 3) != 0)
		at = (at + 1) % HL7_COVERAGE_KINDS;
	if (!c->unread[at].count && c->n == HL7_COVERAGE_KINDS / 2) {
		c->others++;
		return;
	}
	c->n += !c->unread[at].count++;
	memcpy(c->unread[at].id, id, sizeof(c->unread[at].id));
}

void hl7_coverage_count(struct hl7_coverage *c, const struct hl7_message *m,
			const struct hl7_config *config)
{
	for (size_t i = 0; i < m->n_segments; i++)
		if (!is_read(config, m->segments[i].id))
			count(c, m->segments[i].id);
}

void hl7_coverage_report(const struct hl7_coverage *c, struct run_out *out)
{
	char what[64];
	for (size_t i = 0; i < HL7_COVERAGE_KINDS; i++) {
		if (!c->unread[i].count)
			continue;
		(void)snprintf(what, sizeof(what), "segment %s is not read", c->unread[i].id);
		run_out_note(out, what, c->unread[i].count);
	}
	if (c->others)
		run_out_note(out, "more kinds of segments that are not read", c->others);
}
