/* The text is put together in UTF-8 and turned into windows-1252 at the end: every letter here is
 * in Latin-1, whose codes the two share. */
#include "sim/format.h"

static const struct sim_ward wards[] = {
    {"Blåklokka", "dementia", "22233333", 101},
    {"Nøkkerosa", "rehabilitation", "11112222", 201},
    {"Ærfuglen", "somatic", "22222333", 301},
};

static const char *const levels[] = {
    [CARE_LIGHT] = "Lav", [CARE_MEDIUM] = "Middels", [CARE_INTENSIVE] = "Høy"};
static const char letters[] = {[BED_UNKNOWN] = '?',
			       [BED_AVAILABLE] = 'L',
			       [BED_OCCUPIED] = 'O',
			       [BED_RESERVED] = 'R',
			       [BED_MAINTENANCE] = 'V'};
static const char *const causes[SIM_KIND_COUNT + 1] = {
    [SIM_ADMIT] = "Innlagt",
    [SIM_DISCHARGE] = "Utskrevet",
    [SIM_CLEANED] = "Ferdig vasket",
    [SIM_PREADMIT] = "Forhåndsmeldt",
    [SIM_PREADMIT_CANCEL] = "Avbestilt",
    [SIM_TRANSFER] = "Flyttet",
    [SIM_ADMIT_CANCEL] = "Innleggelse angret",
    [SIM_TRANSFER_CANCEL] = "Flytting angret",
    [SIM_DISCHARGE_CANCEL] = "Utskriving angret",
    [SIM_LEAVE] = "Permisjon",
    [SIM_RETURN] = "Tilbake",
    [SIM_CLOSE] = "Stengt",
    [SIM_UPDATE] = "Rettet",
    [SIM_BAD] = "Ukjent",
};

static void name_bed(const struct sim_ward *w, size_t i, struct arena *a, struct sim_bed *bed)
{
	bed->room = arena_printf(a, "%zu", w->first_room + i / 2);
	bed->name = i % 2 ? "B" : "A";
}

static void add_row(const struct sim_home *h, const struct sim_step *s, const struct sim_change *c,
		    const struct zone *zone, struct buf *out)
{
	const struct sim_bed *b = &h->beds[c->bed];
	struct tm tm = format_local(s->at, zone);
	char at[32];

	(void)strftime(at, sizeof(at), "%d.%m.%Y %H:%M", &tm);
	buf_addf(out, "%s;%s;%s;%s;%c;%s;", b->ward->code, b->room, b->name, levels[b->care_level],
		 letters[c->status], causes[s->kind]);
	buf_addf(out, "%s;%s;", at, format_staff(s->visit + c->bed));
	if (c->status == BED_OCCUPIED)
		buf_addf(out, SIM_CANARY " Åse %06ju", (uintmax_t)s->visit);
	/* Now and then a note with everything that a quoted field may hold. */
	buf_adds(out, s->visit % 5 == 3 ? ";\"" SIM_CANARY
					  ": «rom med utsikt»;\r\nring \"\"Kåre\"\"\"\r\n"
					: ";\r\n");
}

static void to_latin1(struct buf *text, struct buf *out)
{
	char *to = buf_reserve(out, text->n);

	for (size_t i = 0; i < text->n; i++) {
		unsigned char c = (unsigned char)text->p[i];
		if (c >= 0xC2 && c <= 0xC3)
			c = (unsigned char)((c & 3) << 6 | ((unsigned char)text->p[++i] & 0x3F));
		*to++ = (char)c;
	}
	out->n = (size_t)(to - out->p);
	*to = '\0';
}

static void write_file(const struct sim_home *h, const struct sim_step *steps, size_t n,
		       usec_t start _unused_, const struct zone *zone, struct buf *out)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	buf_adds(
	    &text,
	    "Avdeling;Rom;Seng;Pleienivå;Status;Årsak;Endret når;Endret av;Beboer;Merknad\r\n");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < steps[i].n; k++)
			add_row(h, &steps[i], &steps[i].changes[k], zone, &text);
	to_latin1(&text, out);
}

const struct sim_format sim_format_csv = {
    .name = "csv",
    .prefix = "BEDS_",
    .suffix = ".csv",
    .zone = "Europe/Oslo",
    .wards = wards,
    .n_wards = ARRAY_LEN(wards),
    .namer = name_bed,
    .write = write_file,
};
