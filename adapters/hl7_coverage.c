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
		run_out_note(out, "segments of other kinds are not read", c->others);
}
