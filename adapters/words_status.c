/* What a status says in words.
 *
 * Each word of it, or two or three that belong together, has one sense. What all of them say is
 * looked up in the rules, from the first to the last. A bed told free where somebody lies is the
 * worst that could come of it: therefore a word that is not known, beside whatever other, makes the
 * whole unknown, and no word is known by its beginning alone. */
#include "adapters/words.h"

enum sense {
	FREE = 1 << 0,	  /* nobody lies there */
	READY = 1 << 1,	  /* and it is clean */
	GONE = 1 << 2,	  /* who lay there has left */
	LEAVING = 1 << 3, /* a discharge: done, or still to come */
	TAKEN = 1 << 4,
	AWAY = 1 << 5, /* on leave: the bed is kept */
	HELD = 1 << 6,
	CLEANING = 1 << 7,
	ISOLATED = 1 << 8,
	CONTAMINATED = 1 << 9,
	CLOSED = 1 << 10,
	REPAIR = 1 << 11,
	SOON = 1 << 12,
	PLANNED = 1 << 13,
	TODAY = 1 << 14,
	NOT = 1 << 15,
	FILLER = 1 << 16, /* says nothing more */
};

#define EMPTY (FREE | READY)
#define LATER (SOON | PLANNED)

struct sense_words {
	enum sense sense;
	const char *words;
};

static const struct sense_words sense_words[] = {
    {FREE,
     "ikke_belagt ikke_opptatt ikkje_oppteke ikke_optaget ej_belagd ej_belagt ej_upptagen "
     "inte_belagd inte_upptagen nicht_belegt nicht_besetzt unbelegt unbesetzt unoccupied "
     "not_occupied niet_bezet non_occupe ubelagt ubesatt uopptatt ledig ledige ledigt lediga led "
     "ledigmeldt fri frie fritt frei freie freies freier freigegeben freigemeldet free vacant "
     "vacante vakant vakante vcnt vac available avail avl avbl empty tom tomt tomme leer leere "
     "leeg open disponibel disponibelt verfugbar verfuegbar tillganglig tillgangligt tilgjengelig "
     "tilgjengeleg tilgaengelig belegbar fre unassigned vrij vrije beschikbaar libre livre "
     "desocupado disponivel disponible vapaa bezugsfertig"},
    {READY, "klar klart klare klara klargjort ready clean clean_done cleaned clean_empty ren rent "
	    "rengjort sauber schoon propre"},
    {GONE, "utskrevet utskriven udskrevet entlassen discharged ausgezogen utflyttet utflyttad "
	   "fraflyttet udflyttet moved_out"},
    {LEAVING, "utskrive utskriving utskrivning utskrivelse udskrivning udskrivelse entlassung "
	      "discharge auszug ontslag"},
    {TAKEN,
     "einzug eingezogen aufgenommen innflyttet inflyttad indflyttet moved_in inskriven opptatt "
     "oppteke opptatte oppteken belagt belagd belegt occupied occ ocpd optaget optagne upptagen "
     "upptaget besatt besetzt i_bruk in_bruk in_use inuse full voll inneliggende innlagt inlagd "
     "indlagt bebodd bebott beboet bewohnt anwesend taken busy opp opt bel bes admit admitted "
     "admission discharging utskrives udskrives utskrivs utskrivningsklar udskrivningsklar "
     "utskrivingsklar ferdigbehandlet faerdigbehandlet medisinsk_ferdigbehandlet bezet occupe "
     "occupee ocupado"},
    {AWAY, "permisjon permission leave on_leave leave_of_absence beurlaubt urlaub orlov "
	   "pa_sykehus sykehus sjukhus krankenhaus hospital innlagt_sykehus abwesend"},
    {HELD,
     "reservierung reservering reservert reserveret reserverad reserviert reserved reservation "
     "reservasjon resv res rsv rsvd booked bokad bokat booket forhandsreservert tildelt tildelad "
     "vorgemerkt vormerkung assigned allocated hold held on_hold bed_hold holdt holdes disponert "
     "lovet vorg gereserveerd reservado reserve freigehalten freihalten frigehalten friholdt "
     "friholdes ledigholdt ledigholdes ledighold holdes_ledig vrijgehouden vrijhouden"},
    {CLEANING,
     "rengjoring rengjores reingjering rengoring rengores rengor stadning stadas stades stad "
     "reinigung gereinigt in_reinigung cleaning needs_cleaning dirty skitten uren urein smutsig "
     "schmutzig unrein vask vaskes til_vask utvask housekeeping desinfeksjon desinfektion "
     "disinfection reng rei drt drty clng cln clean_start higienizacao limpeza schoonmaak vuil "
     "nettoyage nettoyer to_clean to_be_cleaned klargjoring klargjores klargoring klargores "
     "unclean uncleaned not_clean "
     "not_cleaned ikke_vasket ikke_rengjort ikke_ren ej_stadad inte_stadad nicht_gereinigt "
     "niet_schoon siivous"},
    {ISOLATED,
     "isolasjon isolering isolation isolat isolert isoleret isolerad isoliert isolated smitte"},
    {CONTAMINATED, "kontaminert kontamineret kontaminerad kontaminiert contaminated smittet"},
    {CLOSED,
     "stengt stengd lukket lukka stangd gesperrt sperre gesp sperret sparret sparrad blokkert "
     "blokert blokeret blockerad blockiert blocked blk blkd block closed closed_to_admissions cls "
     "out_of_service oos ooo out_of_order defekt defekte defect ute_av_drift ur_drift ur_bruk "
     "ude_af_drift ausser_betrieb nicht_belegbar ikke_i_bruk inaktiv inactive suspended gesch "
     "geschlossen down spaerret avstangd avstengt bloqueado interditado ferme fermee "
     "buiten_gebruik buiten_dienst afgesloten geblokkeerd hors_service suljettu"},
    {REPAIR,
     "maintenance maint mnt mntnc vedlikehold vedlikehald vedligeholdelse vedligehold underhall "
     "wartung instandhaltung reparasjon reparation reparatur renovering renovierung oppussing "
     "teknisk service ved war under_istandsaettelse istandsaettelse manutencao onderhoud "
     "not_ready ikke_klar ikkje_klar ej_klar inte_klar nicht_bereit"},
    {SOON, "soon shortly snart straks strax bald demnachst wird werden blir bliver becomes "
	   "becoming tomorrow morgen imorgen imorgon i_morgen i_morgon skal ska kommer upcoming "
	   "next_week neste_uke binnenkort wordt bientot demain"},
    {PLANNED, "pending planned geplant geplante planlagt planlagte planerad planert gepland venter "
	      "ventet venter_pa scheduled expected erwartet forventet forventes prevu"},
    {TODAY, "today idag i_dag heute vandaag"},
    {NOT, "not no non ikke ikkje ej inte icke nicht kein niet geen nao pas ei"},
    {FILLER,
     "status state tilstand zustand seng senga bed beds bett bettplatz plass sengeplass plads "
     "plats vardplats sang platz room rom zimmer er is ist ar og och und and oder or a an the den "
     "det now na nu jetzt aktuell current currently of in i im pa zur zum til till to for fur "
     "by with med mit under being men aber but"},
};

static bool is_abbreviated(const char *words, struct span token)
{
	struct span rest = span_str(words), one;

	while (span_cut(&rest, ' ', &one))
		if (one.n > token.n && span_starts(one, token) && !memchr(one.p, '_', one.n))
			return true;
	return false;
}

/* "reserv.", "occup": of words of one sense only; "vent" is a ventilator. */
static enum sense sense_of_abbreviation(struct span token)
{
	enum sense found = 0;

	for (size_t i = 0; token.n >= 4 && i < ARRAY_LEN(sense_words); i++) {
		if (!is_abbreviated(sense_words[i].words, token))
			continue;
		if (found)
			return 0;
		found = sense_words[i].sense;
	}
	return found & LATER ? 0 : found;
}

/* "gesperrte", "stengte"; a free bed's forms are listed. */
static bool is_inflected(const char *words, struct span token)
{
	static const char endings[] = "e en er es et t n s ne te de d a";
	struct span rest = span_str(words), one;

	while (span_cut(&rest, ' ', &one))
		if (one.n >= 4 && token.n > one.n && span_starts(token, one) &&
		    words_listed(endings, span_of(token.p + one.n, token.n - one.n)))
			return true;
	return false;
}

static enum sense sense_of(struct span phrase, bool is_alone)
{
	for (size_t i = 0; i < ARRAY_LEN(sense_words); i++)
		if (words_listed(sense_words[i].words, phrase))
			return sense_words[i].sense;
	for (size_t i = 0; is_alone && i < ARRAY_LEN(sense_words); i++)
		if (!(sense_words[i].sense & (EMPTY | NOT | FILLER)) &&
		    is_inflected(sense_words[i].words, phrase))
			return sense_words[i].sense;
	return is_alone ? sense_of_abbreviation(phrase) : 0;
}

#define PHRASE_WORDS 4

/* All that is said; 0: a word is not known. */
static unsigned senses_of(struct span folded)
{
	struct span tokens[WORDS_TOKENS_MAX];
	size_t n = words_tokens(folded, tokens), at = 0;
	unsigned said = 0;

	while (at < n) {
		enum sense found = 0;
		size_t words = n - at < PHRASE_WORDS ? n - at : PHRASE_WORDS;
		for (; words > 0 && !found; words -= !found) {
			const struct span *last = &tokens[at + words - 1];
			found = sense_of(
			    span_of(tokens[at].p, (size_t)(last->p + last->n - tokens[at].p)),
			    words == 1);
		}
		if (!found)
			return 0;
		said |= found;
		at += words;
	}
	return said & ~(unsigned)FILLER;
}

struct rule {
	unsigned needs; /* one of these is said */
	unsigned also;	/* and one of these; 0: nothing more is needed */
	unsigned may;	/* and of all others only these */
	enum bed_status status;
	enum reason reason;
};

/* The first that fits. "Vacant, needs cleaning" is not available yet, "frei, belegt" is nothing. */
static const struct rule rules[] = {
    {CLOSED, 0, EMPTY | GONE | HELD | REPAIR | CLEANING, BED_MAINTENANCE, REASON_CLOSED},
    {CONTAMINATED, 0, EMPTY | GONE | HELD | CLEANING, BED_MAINTENANCE, REASON_CONTAMINATED},
    {ISOLATED, 0, EMPTY | GONE | HELD | CLEANING, BED_MAINTENANCE, REASON_ISOLATION},
    {CLEANING, 0, EMPTY | GONE | HELD | REPAIR, BED_MAINTENANCE, REASON_CLEANING},
    {CLEANING, LATER, EMPTY, BED_MAINTENANCE, REASON_CLEANING},
    {REPAIR, 0, EMPTY | GONE | HELD, BED_MAINTENANCE, REASON_NONE},
    {HELD, 0, EMPTY | LATER, BED_RESERVED, REASON_NONE},
    {AWAY, 0, TAKEN, BED_OCCUPIED, REASON_LEAVE_OF_ABSENCE},
    {LEAVING, LATER | TODAY | READY, TAKEN, BED_OCCUPIED, REASON_NONE},
    {FREE, SOON, TAKEN | PLANNED, BED_OCCUPIED, REASON_NONE},
    {TAKEN, LATER, 0, BED_RESERVED, REASON_NONE},
    {TAKEN, 0, 0, BED_OCCUPIED, REASON_NONE},
    {READY, LATER, 0, BED_MAINTENANCE, REASON_CLEANING},
    {PLANNED, 0, 0, BED_RESERVED, REASON_NONE},
    {GONE | LEAVING, 0, FREE, BED_AVAILABLE, REASON_DISCHARGE},
    {GONE, 0, EMPTY, BED_AVAILABLE, REASON_DISCHARGE},
    {EMPTY, 0, EMPTY, BED_AVAILABLE, REASON_NONE},
};

static bool fits(const struct rule *r, unsigned said)
{
	return said & r->needs && (!r->also || said & r->also) &&
	       !(said & ~(r->needs | r->also | r->may));
}

enum bed_status words_status(struct arena *a, struct span value, enum reason *ret_reason)
{
	struct span folded = words_fold(a, value);
	unsigned said = folded.n >= 2 ? senses_of(folded) : 0;

	*ret_reason = REASON_NONE;
	for (size_t i = 0; said && i < ARRAY_LEN(rules); i++) {
		if (!fits(&rules[i], said))
			continue;
		*ret_reason = rules[i].reason;
		return rules[i].status;
	}
	return BED_UNKNOWN;
}
