#include "sim/format.h"

static const struct sim_ward wards[] = {
    {"SOM", "somatic", "22223333", 101},
    {"DEM", "dementia", "333333", 201},
    {"KORT", "short_stay", "112211", 301},
};

static const char *const codes[] = {[BED_UNKNOWN] = "ZZ",
				    [BED_AVAILABLE] = "FREE",
				    [BED_OCCUPIED] = "OCC",
				    [BED_RESERVED] = "RES",
				    [BED_MAINTENANCE] = "OOS"};
static const char *const causes[SIM_KIND_COUNT + 1] = {
    [SIM_ADMIT] = "ADM",
    [SIM_DISCHARGE] = "DIS",
    [SIM_CLEANED] = "RDY",
    [SIM_PREADMIT] = "PRE",
    [SIM_PREADMIT_CANCEL] = "CAN",
    [SIM_TRANSFER] = "TRF",
    [SIM_ADMIT_CANCEL] = "UNADM",
    [SIM_TRANSFER_CANCEL] = "UNTRF",
    [SIM_DISCHARGE_CANCEL] = "UNDIS",
    [SIM_LEAVE] = "LOA",
    [SIM_RETURN] = "RET",
    [SIM_CLOSE] = "CLS",
    [SIM_UPDATE] = "UPD",
    [SIM_BAD] = "ZZ",
};

static void name_bed(const struct sim_ward *w, size_t i, struct arena *a, struct sim_bed *bed)
{
	bed->room = arena_printf(a, "%zu", w->first_room + i / 2);
	bed->name = i % 2 ? "2" : "1";
}

static void add_bed(const struct sim_home *h, const struct sim_step *s, const struct sim_change *c,
		    const struct zone *zone, struct buf *out)
{
	const struct sim_bed *b = &h->beds[c->bed];
	char since[CLOCK_RFC3339_MAX];

	buf_addf(out,
		 "    <g:Bed id=\"%s\" careLevel=\"%d\">\n"
		 "      <g:Location><g:Floor>%c</g:Floor><g:Room>%s</g:Room></g:Location>\n"
		 "      <g:Status code=\"%s\" reason=\"%s\" since=\"%s\">\n"
		 "        <g:ChangedBy>%s</g:ChangedBy>\n"
		 "      </g:Status>\n",
		 b->name, (int)b->care_level, b->room[0], b->room, codes[c->status],
		 causes[s->kind], clock_format_local(s->at, zone, since),
		 format_staff(s->visit + c->bed));
	if (c->status == BED_OCCUPIED)
		buf_addf(out,
			 "      <r:Resident id=\"" SIM_CANARY "-%06ju\">\n"
			 "        <r:Name>" SIM_CANARY " &lt;Bjørg&gt; &amp; Åse</r:Name>\n"
			 "        <r:Note><![CDATA[" SIM_CANARY " </g:Bed> & more]]></r:Note>\n"
			 "      </r:Resident>\n",
			 (uintmax_t)s->visit);
	buf_adds(out, "    </g:Bed>\n");
}

static void write_file(const struct sim_home *h, const struct sim_step *steps, size_t n,
		       usec_t start _unused_, const struct zone *zone, struct buf *out)
{
	const struct sim_ward *ward = NULL;
	char created[CLOCK_RFC3339_MAX];

	buf_addf(out,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<g:BedExport xmlns:g=\"urn:example:gerica:bed-export:2\""
		 " xmlns:r=\"urn:example:gerica:resident:1\" site=\"%s\" created=\"%s\">\n",
		 h->id, clock_format_local(n ? steps[n - 1].at : 0, zone, created));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < steps[i].n; k++) {
			const struct sim_change *c = &steps[i].changes[k];
			if (h->beds[c->bed].ward != ward) {
				buf_adds(out, ward ? "  </g:Ward>\n" : "");
				ward = h->beds[c->bed].ward;
				buf_addf(out, "  <g:Ward code=\"%s\" name=\"%s\">\n", ward->code,
					 ward->ward);
			}
			add_bed(h, &steps[i], c, zone, out);
		}
	}
	buf_adds(out, ward ? "  </g:Ward>\n</g:BedExport>\n" : "</g:BedExport>\n");
}

const struct sim_format sim_format_xml = {
    .name = "xml",
    .prefix = "gerica-",
    .suffix = ".xml",
    .zone = "Europe/Oslo",
    .wards = wards,
    .n_wards = ARRAY_LEN(wards),
    .namer = name_bed,
    .write = write_file,
};
