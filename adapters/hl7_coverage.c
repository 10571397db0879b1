#include "adapters/hl7_coverage.h"

#include <string.h>

static bool is_read(const struct hl7_config *config, const char id[static 4])
{
	static const char always[][4] = {"MSH", "EVN", "PV1", "NPU"};
	uint32_t word = hl7_id_word(id);

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (word == hl7_id_word(always[i]))
			return true;
	for (size_t i = 0; i < config->n_segments; i++)
		if (word == hl7_id_word(config->segments[i]))
			return true;
	return false;
}

/* The standard's, in alphabetical order, and Z segments. Three letters of another kind might be
 * the beginning of a broken line of text. */
static bool is_known(const char *id)
{
	static const char known[] = "ABS ACC ADD AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC "
				    "BLG BPO BPX BTS BTX CDM CER "
				    "CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI DB1 DG1 DMI DON DPS "
				    "DRG DSC DSP DST ECD ECR EDU "
				    "EQP EQU ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 IAM IAR ILT "
				    "IN1 IN2 IN3 INV IPC IPR ISD "
				    "ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA "
				    "MSH NCK NDS NK1 NPU NSC NST "
				    "NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 "
				    "OM7 OMC ORC ORG OVR PAC PCE "
				    "PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD "
				    "PRT PSG PSH PSL PSS PTH PV1 "
				    "PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS "
				    "RMI ROL RQ1 RQD RXA RXC RXD "
				    "RXE RXG RXO RXR RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID "
				    "SLT SPM STF STZ TCC TCD TQ1 "
				    "TQ2 TXA UAC UB1 UB2 URD URS VAR VND ";

	if (id[0] == 'Z')
		return true;
	for (size_t i = 0; i + 3 < sizeof(known); i += 4)
		if (memcmp(known + i, id, 3) == 0)
			return true;
	return false;
}

static void count(struct hl7_coverage *c, const char *id)
{
	size_t at = span_hash(span_of(id, 3)) % HL7_COVERAGE_KINDS;
	while (c->unread[at].count && memcmp(c->unread[at].id, id, 3) != 0)
		at = (at + 1) % HL7_COVERAGE_KINDS;
	if (!c->unread[at].count && (c->n == HL7_COVERAGE_KINDS / 2 || !is_known(id))) {
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

/* What the built-in meaning reads, beside the locations. */
static bool is_built_in(const char *id, unsigned field)
{
	static const struct {
		const char *id;
		uint64_t fields; /* bit n: field n */
	} read[] = {
	    {"EVN", 1u << 1 | 1u << 2 | 1u << 5 | 1u << 6},
	    {"PV1", 1u << 2 | 1u << 3 | 1u << 6 | 1u << 11 | 1u << 19 | UINT64_C(1) << 42 |
			UINT64_C(1) << 44 | UINT64_C(1) << 45},
	    {"NPU", 1u << 1 | 1u << 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(read); i++)
		if (memcmp(id, read[i].id, 3) == 0)
			return field < 64 && read[i].fields >> field & 1;
	return false;
}

static bool is_field_read(const struct hl7_config *config, const char *id, unsigned field)
{
	for (size_t i = 0; i < config->n_fields; i++)
		if (config->fields[i].field == field && memcmp(config->fields[i].id, id, 3) == 0)
			return true;
	return is_built_in(id, field);
}

/* Delimiters alone say nothing. */
static bool has_value(const struct hl7_delimiters *d, struct span raw)
{
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if ((unsigned char)c > ' ' && c != d->component && c != d->repetition &&
		    c != d->subcomponent)
			return !hl7_is_null(raw);
	}
	return false;
}

static void count_fields(struct hl7_coverage *c, struct hl7_message *m, size_t segment,
			 const struct hl7_config *config)
{
	const char *id = m->segments[segment].id;
	size_t at = 0;

	while (at < c->n_read && memcmp(c->read[at].id, id, 3) != 0)
		at++;
	if (at == HL7_COVERAGE_READ)
		return;
	if (at == c->n_read)
		memcpy(c->read[c->n_read++].id, id, sizeof(c->read[0].id));
	for (unsigned field = 1; field <= HL7_COVERAGE_FIELDS; field++) {
		struct span raw = hl7_field(m, segment, field);
		if (!raw.p)
			break;
		if (has_value(&m->delimiters, raw) && !is_field_read(config, id, field))
			c->read[at].count[field]++;
	}
}

void hl7_coverage_fields(struct hl7_coverage *c, struct hl7_message *m,
			 const struct hl7_config *config)
{
	for (size_t i = 0; i < m->n_segments; i++)
		if (memcmp(m->segments[i].id, "MSH", 3) != 0 && is_read(config, m->segments[i].id))
			count_fields(c, m, i, config);
}

static void report_fields(const struct hl7_coverage *c, struct run_out *out)
{
	char name[16];

	for (size_t i = 0; i < c->n_read; i++) {
		for (unsigned field = 1; field <= HL7_COVERAGE_FIELDS; field++) {
			if (!c->read[i].count[field])
				continue;
			(void)snprintf(name, sizeof(name), "%s-%u", c->read[i].id, field);
			run_out_unread(out, UNREAD_FIELD, name, c->read[i].count[field]);
		}
	}
}

void hl7_coverage_report(const struct hl7_coverage *c, struct run_out *out)
{
	for (size_t i = 0; i < HL7_COVERAGE_KINDS; i++) {
		if (!c->unread[i].count)
			continue;
		run_out_unread(out, UNREAD_SEGMENT, c->unread[i].id, c->unread[i].count);
	}
	report_fields(c, out);
	if (c->others)
		run_out_note(out, "segments of other kinds are not read", c->others);
}
