/* One step can be more than one message: a bed that somebody left is said to be in housekeeping by
 * an A20 of its own, so the outcome is the same whether a site's adapter has `cleaning` on or off.
 */
#include "sim/format.h"

static const struct sim_ward wards[] = {
    {"RenalWard", "renal", "3", 5},
    {"OtherWard", "general", "2", 4},
    {"DementiaWard", "dementia", "3", 3},
    {"RehabWard", "rehabilitation", "1", 2},
};

/* What a kind sends: the trigger with PV1-3 from changes[at]; an A20 about changes[npu] with a code
 * of table 0116. */
struct message_rule {
	const char *trigger; /* NULL: only the A20 */
	int prior;	     /* index of the change that is PV1-6; -1: none */
	int npu;	     /* index of the change that the A20 is about; -1: none */
	char code;
};

static const struct message_rule rules[SIM_KIND_COUNT + 1] = {
    [SIM_ADMIT] = {"A01", -1, -1, 0},
    [SIM_DISCHARGE] = {"A03", -1, 0, 'H'},
    [SIM_CLEANED] = {NULL, -1, 0, 'U'},
    [SIM_PREADMIT] = {"A05", -1, -1, 0},
    [SIM_PREADMIT_CANCEL] = {"A38", -1, -1, 0},
    [SIM_TRANSFER] = {"A02", 1, 1, 'H'},
    [SIM_ADMIT_CANCEL] = {"A11", -1, -1, 0},
    [SIM_TRANSFER_CANCEL] = {"A12", 1, 1, 'U'},
    [SIM_DISCHARGE_CANCEL] = {"A13", -1, -1, 0},
    [SIM_LEAVE] = {"A21", -1, -1, 0},
    [SIM_RETURN] = {"A22", -1, -1, 0},
    [SIM_CLOSE] = {NULL, -1, 0, 'C'},
    [SIM_UPDATE] = {"A08", -1, -1, 0},
    [SIM_BAD] = {NULL, -1, 0, 'Q'},
};

static void name_bed(const struct sim_ward *w _unused_, size_t i, struct arena *a,
		     struct sim_bed *bed)
{
	bed->room = "MainRoom";
	bed->name = arena_printf(a, "Bed %zu", i + 1);
}

static void add_location(const struct sim_bed *b, struct buf *out)
{
	buf_addf(out, "%s^%s^%s^Simulated Hospital^^BED^Main Building^%u", b->ward->code, b->room,
		 b->name, b->ward->first_room);
}

struct hl7_writer {
	const struct sim_home *home;
	const struct zone *zone;
	usec_t start;
	uint32_t messages; /* in this file */
	struct buf *out;
};

/* MSH-10 names home file and message and, by the start, the run: no two runs share one. At most 20
 * characters. */
static void begin_message(struct hl7_writer *w, const char *trigger, const struct sim_step *s)
{
	struct tm tm = format_local(s->at, w->zone);
	struct buf *out = w->out;
	char at[32];

	(void)strftime(at, sizeof(at), "%Y%m%d%H%M%S", &tm);
	buf_addf(out, "MSH|^~\\&|SIMHOSP|%s|RAPP|RFAC|%s||ADT^%s|%jx.%jx.%x|T|2.3|||AL||44|ASCII\r",
		 w->home->id, at, trigger, (uintmax_t)(w->start / USEC_PER_SEC),
		 (uintmax_t)w->home->file, ++w->messages);
	buf_addf(out, "EVN|%s|%s|||C%03ju^Made^Up^^^Dr^^^DRNBR^PRSNL^^^ORGDR|\r", trigger, at,
		 (uintmax_t)(s->visit % 9));
}

static void add_patient_message(struct hl7_writer *w, const struct message_rule *rule,
				const struct sim_step *s)
{
	struct buf *out = w->out;

	begin_message(w, rule->trigger, s);
	buf_addf(out,
		 "PID|1|" SIM_CANARY "%1$06ju^^^SIMULATOR MRN^MRN|" SIM_CANARY
		 "%1$06ju^^^SIMULATOR MRN^MRN||" SIM_CANARY
		 "^Made Up^^^Ms^^CURRENT||19400101000000|F|||"
		 "1 " SIM_CANARY " Place^^London^^ZZ1 1ZZ^GBR^HOME||020 0000 0000^HOME\r",
		 (uintmax_t)s->visit);
	buf_addf(out, "NK1|1|" SIM_CANARY "^Next^Of^Kin\rPV1|1|%c|",
		 s->kind == SIM_PREADMIT ? 'P' : 'I');
	add_location(&w->home->beds[s->changes[0].bed], out);
	buf_adds(out, "|28b||");
	if (rule->prior >= 0)
		add_location(&w->home->beds[s->changes[rule->prior].bed], out);
	buf_addf(out, "||||MED|||||||||%jx.%ju^^^^visitid\r", (uintmax_t)(w->start / USEC_PER_SEC),
		 (uintmax_t)s->visit);
	buf_adds(out, "\n\n");
}

static void add_bed_message(struct hl7_writer *w, const struct message_rule *rule,
			    const struct sim_step *s)
{
	begin_message(w, "A20", s);
	buf_adds(w->out, "NPU|");
	add_location(&w->home->beds[s->changes[rule->npu].bed], w->out);
	buf_addf(w->out, "|%c\r\n\n", rule->code);
}

static void write_file(const struct sim_home *h, const struct sim_step *steps, size_t n,
		       usec_t start, const struct zone *zone, struct buf *out)
{
	struct hl7_writer w = {.home = h, .zone = zone, .start = start, .out = out};

	for (size_t i = 0; i < n; i++) {
		const struct message_rule *rule = &rules[steps[i].kind];
		if (rule->trigger)
			add_patient_message(&w, rule, &steps[i]);
		if (rule->npu >= 0)
			add_bed_message(&w, rule, &steps[i]);
	}
}

const struct sim_format sim_format_hl7 = {
    .name = "hl7",
    .prefix = "messages-",
    .suffix = ".hl7",
    .zone = "Europe/London",
    .wards = wards,
    .n_wards = ARRAY_LEN(wards),
    .namer = name_bed,
    .write = write_file,
};
