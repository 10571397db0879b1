/* The closed lists' names in words, the same as the pages' (web/src/lib/texts_nb.js and
 * texts_en.js, web/board/texts.js: a test holds them to these). Machines' formats keep the names
 * themselves. */
#include "reports/cell.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"

struct word {
	const char *name;
	struct text text;
};

/* Wards that homes have in common, and care levels: the one place that names them. */
static const struct word place_words[] = {
    {"light", TEXT_INIT("Light", "Lett")},
    {"medium", TEXT_INIT("Medium", "Middels")},
    {"intensive", TEXT_INIT("Intensive", "Intensiv")},
    {"dementia", TEXT_INIT("Dementia", "Demens")},
    {"rehabilitation", TEXT_INIT("Rehabilitation", "Rehabilitering")},
    {"somatic", TEXT_INIT("Somatic", "Somatisk")},
    {"palliative", TEXT_INIT("Palliative", "Lindrende")},
    {"respite", TEXT_INIT("Respite", "Avlastning")},
    {"short_term", TEXT_INIT("Short term", "Korttid")},
    {"short_stay", TEXT_INIT("Short stay", "Korttid")},
    {"general", TEXT_INIT("General", "Allmenn")},
    {"long_term", TEXT_INIT("Long term", "Langtid")},
    {"psychiatric", TEXT_INIT("Psychiatric", "Alderspsykiatri")},
    {"unassigned", TEXT_INIT("Unassigned", "Ikke fordelt")},
};

static const struct word words[] = {
    {"available", TEXT_INIT("Free", "Ledig")},
    {"occupied", TEXT_INIT("Occupied", "Opptatt")},
    {"reserved", TEXT_INIT("Reserved", "Reservert")},
    {"maintenance", TEXT_INIT("Maintenance", "Vedlikehold")},
    {"unconfirmed", TEXT_INIT("Unconfirmed", "Ubekreftet")},
    {"applied", TEXT_INIT("Applied", "Tatt inn")},
    {"converged", TEXT_INIT("Known already", "Alt kjent")},
    {"late", TEXT_INIT("Late", "Sent")},
    {"conflict", TEXT_INIT("Conflict", "Konflikt")},
    {"open", TEXT_INIT("Open", "Åpen")},
    {"settled", TEXT_INIT("Settled", "Avgjort")},
    {"low", TEXT_INIT("Few free", "Få ledige")},
    {"critical", TEXT_INIT("None free", "Ingen ledige")},
    {"offline", TEXT_INIT("No contact", "Uten kontakt")},
    {"clock_skew", TEXT_INIT("Clock is off", "Klokken går feil")},
    {"digest_mismatch", TEXT_INIT("Two pictures", "Ulike bilder")},
    {"gap", TEXT_INIT("Gap in events", "Hull i hendelsene")},
    {"feed_silent", TEXT_INIT("EHR is silent", "Stille fra EPJ")},
    {"test", TEXT_INIT("Test", "Prøve")},
    /* reasons */
    {"bed_checked", TEXT_INIT("Looked in the room", "Sett etter i rommet")},
    {"home_confirmed", TEXT_INIT("The home confirmed", "Sykehjemmet bekreftet")},
    {"keying_error", TEXT_INIT("Keying error", "Tastefeil")},
    {"late_entry", TEXT_INIT("Entered late", "Ført for sent")},
    {"system_error", TEXT_INIT("System error", "Systemfeil")},
    {"other", TEXT_INIT("Other", "Annet")},
    {"admit", TEXT_INIT("Admitted", "Innlagt")},
    {"discharge", TEXT_INIT("Discharged", "Utskrevet")},
    {"transfer", TEXT_INIT("Transferred", "Flyttet")},
    {"preadmit", TEXT_INIT("Expected", "Ventet inn")},
    {"pending_admit", TEXT_INIT("Expected", "Ventet inn")},
    {"pending_transfer", TEXT_INIT("Transfer expected", "Ventet flyttet")},
    {"in_transit", TEXT_INIT("In transit", "Underveis")},
    {"leave_of_absence", TEXT_INIT("On leave", "Permisjon")},
    {"return", TEXT_INIT("Returned", "Tilbake")},
    {"admit_cancelled", TEXT_INIT("Admission cancelled", "Innleggelse annullert")},
    {"transfer_cancelled", TEXT_INIT("Transfer cancelled", "Flytting annullert")},
    {"discharge_cancelled", TEXT_INIT("Discharge cancelled", "Utskriving annullert")},
    {"reservation_cancelled", TEXT_INIT("Reservation cancelled", "Reservasjon annullert")},
    {"leave_cancelled", TEXT_INIT("Leave cancelled", "Permisjon annullert")},
    {"return_cancelled", TEXT_INIT("Return cancelled", "Tilbakekomst annullert")},
    {"tracking_cancelled", TEXT_INIT("Cancelled", "Annullert")},
    {"swap", TEXT_INIT("Swapped", "Byttet")},
    {"housekeeping", TEXT_INIT("Housekeeping", "Renhold")},
    {"cleaning", TEXT_INIT("Cleaning", "Rengjøring")},
    {"contaminated", TEXT_INIT("Contaminated", "Smitte")},
    {"isolation", TEXT_INIT("Isolation", "Isolering")},
    {"closed", TEXT_INIT("Closed", "Stengt")},
    {"opened", TEXT_INIT("Opened", "Åpnet")},
    {"status_update", TEXT_INIT("Status message", "Statusmelding")},
    {"census", TEXT_INIT("Census", "Telling")},
    {"manual", TEXT_INIT("Set by hand", "Satt for hånd")},
    {"resolved", TEXT_INIT("Settled", "Avgjort")},
    {"patient_admitted", TEXT_INIT("Admitted", "Innlagt")},
    {"patient_discharged", TEXT_INIT("Discharged", "Utskrevet")},
    {"each_home", TEXT_INIT("each home's own time zone, which its rows name",
			    "sykehjemmets egen tidssone, som radene oppgir")},
    {"all", TEXT_INIT("All", "Alle")},
};

static const struct text *find(const struct word *list, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq_str(name, list[i].name))
			return &list[i].text;
	return NULL;
}

static const struct text *find_any(struct span name)
{
	const struct text *t = find(words, ARRAY_LEN(words), name);

	return t ? t : find(place_words, ARRAY_LEN(place_words), name);
}

const char *place_word(struct span code, enum lang lang)
{
	const struct text *t = find(place_words, ARRAY_LEN(place_words), code);

	return t ? text_in(*t, lang) : NULL;
}

static void add_words(struct span code, struct buf *out)
{
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];
		bool is_gap = strchr("_.-", c);
		if (is_gap && i > 0 && strchr("_.-", code.p[i - 1]))
			continue;
		if (i == 0 && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_addc(out, (char)(is_gap ? ' ' : c));
	}
}

void place_add(struct span code, enum lang lang, struct buf *out)
{
	const char *word = place_word(code, lang);

	if (word)
		buf_adds(out, word);
	else
		add_words(code, out);
}

struct span cell_word(struct span word, enum lang lang)
{
	const struct text *t = find_any(word);

	return t ? span_str(text_in(*t, lang)) : word;
}

struct text word_text(const char *name)
{
	const struct text *t = find_any(span_str(name));

	assert(t);
	return *t;
}
