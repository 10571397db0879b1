/* Long lists of words and little else. Compounds carry their head at the end (sengestatus,
 * Zimmernummer, care_level), so a name is looked at from its end. */
#include "adapters/words.h"

#include <ctype.h>

#include "base/buf.h"
#include "bed/ident.h"

const char *role_name(enum role r)
{
	static const char *const names[ROLE_COUNT] = {
	    "nothing",	   "bed",	    "room",   "ward",	  "place",    "care level",
	    "status",	   "status before", "free",   "occupied", "time",     "date",
	    "time of day", "user",	    "reason", "person",	  "free text"};

	return names[r];
}

struct role_words {
	enum role role;
	const char *words;
};

/* Person first: where a name says person and something else, it is a person's. Words of up to three
 * letters count only whole. */
static const struct role_words role_words[] = {
    {ROLE_PERSON,
     "person pasient patient pasientnavn beboer beboar beboernavn bewohner bewohnername resident "
     "residents client klient client_name borger kunde brukernavn brukarnamn vardtagare brukare "
     "occupant tenant guest pas pat pid nhs nhsno nhs_number mrn ssn cpr cprnr cpr_nr cprnummer "
     "fnr "
     "fdato fodt fodselsnr fodselsnummer fodselsdato fodselsar fodested personnr personnummer "
     "personid pnr pnummer dob birth birthdate birth_date date_of_birth born fodd fodelsedatum "
     "fodelsedato geboren geburtsdatum geburtstag geb gebdat geb_dat gebdatum name navn namn "
     "fornavn etternavn mellomnavn efternavn fornamn efternamn vorname nachname familienname "
     "surname firstname lastname forename familyname givenname fullname initialer initials "
     "adresse address adress postnr plz telefon tlf phone mobil mobile mobiltelefon epost email "
     "mail parorende pargorande parorande angehorige kin relative kontaktperson kontakt verge "
     "betreuer kjonn kjon kon gender sex geschlecht alder age alter diagnose diagnosis diagnoser "
     "icd icd10 allergi allergy allergie medisin medikament lege fastlege arzt hausarzt doctor "
     "physician gp konsultant consultant versichertennr versicherungsnummer kvnr kvnummer "
     "sivilstatus religion sprak nationality insurance kostform diat diet visit_number "
     "aufnahmenummer fallnummer fallnr episode"},
    {ROLE_TEXT,
     "merknad merknader merk bemerkning bemaerkning bemaerkninger bemarkning bemerkung bemerkungen "
     "kommentar kommentarer comment comments note notes notat anmerkung anmarkning notering "
     "fritekst freitext remarks remark info beskrivelse beskrivning beschreibung description"},
    {ROLE_USER,
     "bruker brukar bruger user username userid user_id benutzer benutzername anvandare anv sign "
     "signatur signature operator handzeichen hz kurzel endret_av endra_av oppdatert_av aendret_av "
     "andret_av andrad_av uppdaterad_av opdateret_av registrert_av registreret_av registrerad_av "
     "changed_by updated_by modified_by entered_by set_by recorded_by geandert_von geaendert_von "
     "erfasst_von bearbeiter mitarbeiter medarbeider medarbejder ansatt sykepleier sjukskoterska "
     "nurse staff staffid employee utfort_av operatorid changeuser"},
    {ROLE_PREVIOUS,
     "previous_status prev_status old_status status_before forrige_status tidligere_status "
     "gammel_status tidigare_status vorheriger_status alter_status status_alt status_for "
     "fra_status von_status previousstatus oldstatus prevstatus from_status status_from "
     "fromstatus statusfrom prior_status old_state previous_state prior_state from_state "
     "state_from oldstate fromstate fran_status status_fra old before prior previous forrige "
     "gammel gammal"},
    {ROLE_REASON, "arsak aarsak arsakskode grunn reason grund orsak cause begrunnelse aarsagskode "
		  "arsag aarsag reasoncode"},
    {ROLE_TIME,
     "tid tidspunkt tidspkt timestamp tidsstempel tidsstampel zeitstempel zeitpunkt changed_at "
     "updated_at modified_at status_time statustid status_dato status_date statusdato statusdatum "
     "status_since since siden seit sedan fra_og_med last_updated last_update lastupdate "
     "last_changed last_modified lastmodified lastchange sist_endret sist_oppdatert sidst_aendret "
     "sidst_andret sidst_opdateret senast_andrad senast_uppdaterad endret endra endringstid "
     "endringstidspunkt endret_dato aendret andret andrad geandert geaendert geandert_am "
     "geaendert_am letzte_anderung letzte_aenderung anderung aenderung stand oppdatert opdateret "
     "uppdaterad updated changed modified hendelsestid hendelsestidspunkt haendelsestid eventtime "
     "event_time event_date eventdatetime datetime dattid datotid datumzeit effective_time "
     "changetime updatetime statustime statuszeit registrert registreret registrerad tidpunkt "
     "last_change status_changed last_chg chg ts laatst_gewijzigd gewijzigd date_maj maj modifie "
     "modifie_le "
     "depuis atualizado ultima_atualizacao atualizado_em paivitetty muutettu "
     "changedat updatedat statussince effective from_time gjelder_fra gyldig_fra gueltig_ab "
     "gultig_ab valid_from asof as_of when"},
    {ROLE_DATE,
     "dato datum date dag tag day innlagt innlagt_dato innleggelse indlagt inskriven "
     "aufnahme aufnahmedatum admitted admission admit_date admitdate innflyttet "
     "innflyttet_dato indflytning indflyttet einzug einzugsdatum utskrevet utskrevet_dato "
     "utskriven udskrevet entlassung entlassen discharged discharge_date forventet planlagt "
     "expected utskrift exported export_date exportdate uttrekk uttrekksdato erstellt "
     "created printed rapportdato"},
    {ROLE_CLOCK, "kl klokke klokka klokken klokkeslett klokkeslaet klokkeslet klockan klockslag "
		 "uhrzeit zeit uhr time hour"},
    {ROLE_CARE,
     "niva nivaa pleieniva omsorgsniva omsorgsnivaa pleienivaa plejeniveau niveau vardniva "
     "vardtyngd pleietyngde tyngde care_level carelevel level level_of_care acuity care "
     "acuitylevel dependency pflegegrad pflegestufe pflegeklasse pg grad stufe plejetyngde "
     "omsorgstrinn trinn nivakode funktionsniveau bistandsniva bistandsnivaa intensity loc"},
    {ROLE_FREE,
     "ledig ledige fri frei free vacant vakant available is_available is_free "
     "isavailable isfree isvacant vacancy availability tilgjengelig tilgaengelig tillganglig "
     "verfugbar verfuegbar beschikbaar disponible libre livre"},
    {ROLE_TAKEN, "opptatt oppteke belagt belagd belegt occupied is_occupied isoccupied optaget "
		 "upptagen besatt besetzt in_use inuse taken bezet occupe ocupado"},
    {ROLE_STATUS,
     "hendelse hending haendelse handelse vorgang ereignis bewegung hendelsestype handelsetyp "
     "status statuskode stat state tilstand tillstand zustand sengestatus plassstatus pladsstatus "
     "belegung belegungsstatus bettstatus bettenstatus bedstatus occupancy occupancystatus belegg "
     "belaggning beleggsstatus beleg belaeg belaegning kapasitet operationalstatus new_status "
     "newstatus ny_status neuer_status to_status status_to tostatus statusto til_status "
     "till_status "
     "nach_status zu_status status_til new_state to_state newstate tostate current_status "
     "bezetting etat situacao tila statut"},
    {ROLE_BED,
     "letter bd "
     "pl seng senga sengen sengenr sengenummer sengeplass sengeplads sengid senge bed beds bedid "
     "bed_id bedno bednr bednumber bed_number bedname bedlabel bett betten bettplatz bettenplatz "
     "bettnr bettid plass plassnr plads pladsnr pladser plats platsnr vardplats vardplatsnr sang "
     "sangnr sangplats saeng sangnummer sng pleieplass platz platznr pflegeplatz litra position "
     "posisjon lit lits leito leitos cama paikka vuodepaikka"},
    {ROLE_ROOM,
     "suite rm "
     "rom romnr romnummer romno room roomno roomnr roomnumber room_no zimmer zimmernr zimmernummer "
     "zi zinr rum rumnr rumsnr rumsnummer stue stuenr stua vaerelse vaerelsenr vaerelsesnr varelse "
     "vaerelsesnummer raum raumnr bolig boligenhed bolignr bolignummer lejlighed leilighet "
     "leilighetsnr lagenhet lgh apartment apt appartement wohnung wohneinheit kammer hybel kamer "
     "kamernr kamernummer chambre quarto huone"},
    {ROLE_WARD,
     "wing flygel fluegel einheit orgeinheit oe "
     "abteilung abt avd avdeling avdelinga avdelingskode avdelning avdeln afd afdeling "
     "afdelingskode afsnit "
     "afsnitskode ward wardid wardcode ward_id unit unitid unitcode nursing_unit nursingunit enhet "
     "enhed enhetskode enhedskode eining station stationskurzel stasjon post sengepost bereich "
     "wohnbereich wb pflegebereich wohngruppe gruppe bogruppe bogrupp grupp fellesskap "
     "bofellesskap "
     "seksjon sektion section dept department departement departmentcode division poc "
     "point_of_care pointofcare klinik klinikk service servicecode "
     "neighborhood neighbourhood household unite setor osasto"},
    {ROLE_PLACE, "hus bygg bygning byggnad gebaude gebaeude haus building house floor etasje etage "
		 "vaning stockwerk flur floy flugel fluegel flygel wing korridor corridor lokasjon "
		 "lokation location site"},
};

/* What stands behind the word that counts: bed_id, Zimmernummer, avdelingsnavn. */
static const char transparent[] =
    "id nr no nummer number num kode code kod navn name namn "
    "bezeichnung betegnelse benamning label tekst text typ type key "
    "ident kurz kuerzel kurzel lang kortnavn display displayname value";

/* ---- folding ---- */

struct span words_fold(struct arena *a, struct span text)
{
	struct buf parted = BUF_INIT;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (i > 0 && isupper((unsigned char)c) && islower((unsigned char)text.p[i - 1]))
			buf_addc(&parted, '_');
		buf_addc(&parted, (char)(c == '.' || c == '-' ? '_' : c));
	}
	struct span folded = ident_make(a, buf_span(&parted));
	buf_done(&parted);
	return folded.p ? folded : SPAN("");
}

/* ---- looking words up ---- */

bool words_listed(const char *list, struct span word)
{
	struct span rest = span_str(list), one;

	while (span_cut(&rest, ' ', &one))
		if (span_eq(one, word))
			return true;
	return false;
}

enum fit { FIT_NONE, FIT_START = 60, FIT_END = 75, FIT_WHOLE = 100 };

static enum fit fit_of(const char *list, struct span word)
{
	struct span rest = span_str(list), one;
	enum fit best = FIT_NONE;

	while (span_cut(&rest, ' ', &one)) {
		if (span_eq(one, word))
			return FIT_WHOLE;
		if (one.n >= 4 && word.n > one.n && span_ends(word, one))
			best = FIT_END;
		else if (one.n >= 4 && word.n > one.n && span_starts(word, one) && best < FIT_START)
			best = FIT_START;
	}
	return best;
}

static enum role role_of(struct span word, unsigned *ret_score)
{
	enum role best = ROLE_NONE;

	*ret_score = 0;
	for (size_t i = 0; i < ARRAY_LEN(role_words); i++) {
		unsigned fit = fit_of(role_words[i].words, word);
		if (fit > *ret_score) {
			*ret_score = fit;
			best = role_words[i].role;
		}
	}
	return best;
}

size_t words_tokens(struct span folded, struct span tokens[WORDS_TOKENS_MAX])
{
	struct span one;
	size_t n = 0;

	while (n < WORDS_TOKENS_MAX && span_cut(&folded, '_', &one))
		if (one.n)
			tokens[n++] = one;
	return n;
}

/* "zimmernummer" → "zimmer", "avdelingsnavn" → "avdelings". */
static struct span without_tail(struct span word)
{
	struct span rest = span_str(transparent), one;

	while (span_cut(&rest, ' ', &one))
		if (one.n >= 2 && word.n > one.n + 1 && span_ends(word, one))
			return span_of(word.p, word.n - one.n);
	return word;
}

/* "Ward1", as report writers call the first of their fields. */
static struct span without_digits(struct span word)
{
	while (word.n > 3 && isdigit((unsigned char)word.p[word.n - 1]))
		word.n--;
	return word;
}

static bool is_of_a_bed(enum role r)
{
	return r == ROLE_BED || r == ROLE_ROOM || r == ROLE_WARD || r == ROLE_PLACE ||
	       r == ROLE_CARE || r == ROLE_STATUS;
}

/* Some word of it that says person, whole, so that nothing else of it is trusted. */
static bool has_person(const struct span *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!words_listed(transparent, tokens[i]) &&
		    fit_of(role_words[0].words, tokens[i]) == FIT_WHOLE)
			return true;
	return false;
}

static bool ends_in(struct span folded, const char *list)
{
	struct span rest = span_str(list), one;

	while (span_cut(&rest, ' ', &one))
		if (span_ends(folded, one))
			return true;
	return false;
}

/* "bed_type", "RoomSize": of a bed or a room, but never its name; "location_x": a point on a plan.
 */
static bool is_no_name(struct span folded, const struct span *tokens, size_t n)
{
	static const char kinds[] =
	    WORDS_KINDS " size cost rate price capacity count total antal antall anzahl";

	return ends_in(folded, kinds) ||
	       (n > 1 && words_listed("x y z lat lon lng", tokens[n - 1]));
}

static enum role role_by_name(struct span folded, const struct span *tokens, size_t n,
			      unsigned *ret_score)
{
	unsigned score;
	enum role r = role_of(folded, &score);

	*ret_score = score;
	if (n == 0 || score == FIT_WHOLE)
		return r;
	if (has_person(tokens, n)) {
		*ret_score = FIT_WHOLE;
		return ROLE_PERSON;
	}
	if (n > 1 && ends_in(folded, "_av _von _by _af"))
		return *ret_score = 90, ROLE_USER;
	/* "Ledig fra" is a day to come, "Status seng" no bed. */
	r = role_of(tokens[0], &score);
	if (n > 1 && r == ROLE_FREE && ends_in(folded, "_fra _fran _from _ab"))
		return *ret_score = score, ROLE_DATE;
	if (n > 1 && ends_in(folded, "_since _siden _sedan _seit _fra _fran _from _ab _at _am"))
		return *ret_score = 70, ROLE_TIME;
	if (n > 1 &&
	    words_listed(
		"status statuskode state tilstand tillstand zustand etat statut estado situacao",
		tokens[0]) &&
	    is_of_a_bed(role_of(tokens[n - 1], &score)))
		return *ret_score = 80, ROLE_STATUS;
	while (n > 1 && words_listed(transparent, tokens[n - 1]))
		n--;
	for (size_t i = n; i-- > 0;) {
		r = role_of(tokens[i], &score);
		if (score < FIT_WHOLE) {
			unsigned short_score;
			struct span bare = without_tail(without_digits(tokens[i]));
			enum role short_role = role_of(bare, &short_score);
			if ((short_score > score || r == ROLE_PERSON) && is_of_a_bed(short_role)) {
				r = short_role;
				score = short_score > 5 ? short_score - 5 : 0;
			}
		}
		unsigned behind = (unsigned)(n - 1 - i) * 15;
		score = score > behind ? score - behind : 0;
		if (r != ROLE_NONE && score > 0)
			return *ret_score = score, r;
	}
	*ret_score = 0;
	return ROLE_NONE;
}

/* "Not available", "Unoccupied". */
static bool is_denied(const struct span *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words_listed(
			"not no non ikke ikkje ej inte icke nicht kein niet geen nao pas ei "
			"unavailable unoccupied unbelegt unbesetzt utilgjengelig "
			"otillganglig utilgaengelig indisponible indisponivel inoccupe",
			tokens[i]))
			return true;
	return false;
}

enum role words_role(struct arena *a, struct span name, unsigned *ret_score)
{
	struct span folded = words_fold(a, name), tokens[WORDS_TOKENS_MAX];
	size_t n = words_tokens(folded, tokens);
	enum role r = role_by_name(folded, tokens, n, ret_score);

	if ((r == ROLE_FREE || r == ROLE_TAKEN) && is_denied(tokens, n)) {
		*ret_score = 0;
		return ROLE_NONE;
	}
	if ((r != ROLE_BED && r != ROLE_ROOM && r != ROLE_PLACE) || !is_no_name(folded, tokens, n))
		return r;
	*ret_score = 0;
	return ROLE_NONE;
}

bool words_name_has(struct arena *a, struct span name, const char *list)
{
	struct span tokens[WORDS_TOKENS_MAX];
	size_t n = words_tokens(words_fold(a, name), tokens);

	for (size_t i = 0; i < n; i++)
		if (words_listed(list, tokens[i]))
			return true;
	return false;
}

/* ---- values ---- */

struct care_words {
	enum care_level level;
	const char *words;
};

static const struct care_words care_words[] = {
    {CARE_LIGHT, "light lett let latt leicht low lav lag lagt lite minimal mild gering basic basis "
		 "niedrig selvhjulpen selfcare"},
    {CARE_MEDIUM, "medium middels middel moderat moderate mellem mellom medel mittel normal "
		  "standard mid vanlig"},
    {CARE_INTENSIVE,
     "intensive intensiv hoy hoyt hog hogt hoj hojt hoch high tung stor svaer schwer "
     "heavy full omfattende forsterket skjermet heldogn"},
};

/* Two words of four letters or more mean the same level of care if one is the other's beginning. */
static bool is_same_word(struct span word, struct span value)
{
	if (span_eq(word, value))
		return true;
	struct span shorter = word.n < value.n ? word : value;
	struct span longer = word.n < value.n ? value : word;
	return shorter.n >= 4 && longer.n <= shorter.n + 8 && span_starts(longer, shorter);
}

static bool resembles_one(const char *list, struct span folded)
{
	struct span rest = span_str(list), one;

	while (span_cut(&rest, ' ', &one))
		if (is_same_word(one, folded))
			return true;
	return false;
}

enum care_level words_care(struct arena *a, struct span value)
{
	struct span folded = words_fold(a, value), tokens[WORDS_TOKENS_MAX];
	size_t n = words_tokens(folded, tokens);

	for (size_t t = 0; t < n && t < 3; t++)
		for (size_t i = 0; i < ARRAY_LEN(care_words); i++)
			if (words_listed(care_words[i].words, tokens[t]) ||
			    (tokens[t].n >= 5 && resembles_one(care_words[i].words, tokens[t])))
				return care_words[i].level;
	return CARE_UNKNOWN;
}

int words_yes(struct arena *a, struct span value)
{
	struct span folded = words_fold(a, value);

	if (words_listed("ja j yes y true t 1 x on sann sant wahr", folded))
		return 1;
	return words_listed("nei nej nein n no false f 0 off usann falsch", folded) ? 0 : -1;
}

bool words_are_export(struct arena *a, struct span token)
{
	static const char files[] =
	    "romliste romoversikt rumsliste stueliste zimmerliste roomlist beboerliste "
	    "bewohnerliste "
	    "beds census adt hl hl7 oru siu mdm export exports eksport eksporter uttrekk udtrek "
	    "udtrak "
	    "utdrag auszug belegung belegungsliste bettenliste bettenbelegung senger sengeliste "
	    "sengeoversikt sengelista sengar pladser pladsliste vardplatser platser liste list "
	    "lista "
	    "report rapport bericht data file fil datei status state delta full all alle out in "
	    "msg "
	    "message messages melding meldinger meddelelser bed list inpatient stations wards "
	    "night "
	    "day natt dag daily test sample csv xml txt dump feed ehr epj snapshot changes "
	    "endringer "
	    "utf residents no nn nb da sv de en";
	unsigned score;
	struct span folded = words_fold(a, token);
	enum role r = words_role(a, token, &score);

	return words_listed(files, folded) || (is_of_a_bed(r) && score >= 75);
}

/* ---- languages ---- */

struct language {
	const char *name, *zone, *words;
};

/* Words that one of the languages has and its neighbours have not. */
static const struct language languages[WORDS_LANGUAGES] = {
    {"Norwegian", "Europe/Oslo",
     "avdeling avd rom romnr opptatt oppteke rengjoring reingjering stengt stengd reservert endret "
     "niva nivaa pleieniva sengepost klokkeslett tidspunkt fodselsnr fodselsnummer pasient ledig "
     "etternavn fornavn bruker merknad belagt"},
    {"Danish", "Europe/Copenhagen",
     "afdeling afd afsnit enhed plads pladsnr stue vaerelse optaget reserveret rengoring lukket "
     "aendret plejeniveau cpr cprnr bruger efternavn ude_af_drift sidst_opdateret bolig"},
    {"Swedish", "Europe/Stockholm",
     "avdelning sang sangnr vardplats plats rum rumnr belagd upptagen stadning stangd reserverad "
     "andrad vardniva personnummer namn anvandare tidpunkt efternamn fornamn senast_andrad"},
    {"German", "Europe/Berlin",
     "station bett bettnr bettplatz zimmer zimmernr belegt frei gesperrt reserviert reinigung "
     "geandert geaendert pflegegrad pflegestufe datum uhrzeit benutzer bereich wohnbereich zustand "
     "belegung name vorname nachname geburtsdatum"},
    {"English", NULL,
     "ward bed room vacant occupied available blocked cleaning reserved unit last_updated "
     "bed_id ward_name room_number level_of_care dob changed_at nursing_unit"},
};

void words_vote(struct span folded, unsigned votes[WORDS_LANGUAGES])
{
	struct span tokens[WORDS_TOKENS_MAX];
	size_t n = words_tokens(folded, tokens);

	for (size_t l = 0; l < WORDS_LANGUAGES; l++) {
		votes[l] += words_listed(languages[l].words, folded);
		for (size_t t = 0; n > 1 && t < n; t++)
			votes[l] += words_listed(languages[l].words, tokens[t]);
	}
}

const char *words_zone(const unsigned votes[WORDS_LANGUAGES], const char **ret_language)
{
	size_t best = 0;

	for (size_t l = 1; l < WORDS_LANGUAGES; l++)
		if (votes[l] > votes[best])
			best = l;
	*ret_language = votes[best] ? languages[best].name : NULL;
	return votes[best] ? languages[best].zone : NULL;
}
