/* The closed lists' names in words. Machines' formats keep the names themselves. */
#include "reports/cell.h"

#include "base/cleanup.h"

static const struct {
	const char *name;
	struct text text;
} words[] = {
    {"available", TEXT_INIT("Available", "Ledig")},
    {"occupied", TEXT_INIT("Occupied", "Opptatt")},
    {"reserved", TEXT_INIT("Reserved", "Reservert")},
    {"maintenance", TEXT_INIT("Maintenance", "Ute av drift")},
    {"unconfirmed", TEXT_INIT("Unconfirmed", "Ubekreftet")},
    {"light", TEXT_INIT("Light", "Lett")},
    {"medium", TEXT_INIT("Medium", "Middels")},
    {"intensive", TEXT_INIT("Intensive", "Intensiv")},
    {"unassigned", TEXT_INIT("Unassigned", "Ikke fordelt")},
    {"dementia", TEXT_INIT("Dementia", "Demens")},
    {"rehabilitation", TEXT_INIT("Rehabilitation", "Rehabilitering")},
    {"somatic", TEXT_INIT("Somatic", "Somatisk")},
    {"applied", TEXT_INIT("Applied", "Tatt inn")},
    {"converged", TEXT_INIT("Confirmed", "Bekreftet")},
    {"late", TEXT_INIT("Late", "Etterslep")},
    {"conflict", TEXT_INIT("Conflict", "Konflikt")},
    {"open", TEXT_INIT("Open", "Åpen")},
    {"settled", TEXT_INIT("Settled", "Avgjort")},
    {"low", TEXT_INIT("Few free beds", "Få ledige senger")},
    {"critical", TEXT_INIT("No free bed", "Ingen ledig seng")},
    {"offline", TEXT_INIT("Offline", "Frakoblet")},
    {"clock_skew", TEXT_INIT("Clock is off", "Klokken går feil")},
    {"digest_mismatch", TEXT_INIT("States differ", "Tilstander avviker")},
    {"gap", TEXT_INIT("Events missing", "Hendelser mangler")},
    {"feed_silent", TEXT_INIT("No events", "Ingen hendelser")},
    /* reasons, in the words of the dashboard */
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
			    "institusjonens egen tidssone, som radene oppgir")},
    {"all", TEXT_INIT("All", "Alle")},
};

struct span cell_word(struct span word, enum lang lang)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_eq_str(word, words[i].name))
			return span_str(text_in(words[i].text, lang));
	return word;
}
