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
    {"intensive", TEXT_INIT("Intensive", "Omfattende")},
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
