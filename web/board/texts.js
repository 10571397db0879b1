// What the page says, in both languages. {name} is filled in.

const nb = {
	title: "Senger", language: "English", language_of: "en",
	available: "Ledig", occupied: "Opptatt", reserved: "Reservert", maintenance: "Vedlikehold",
	light: "lett", medium: "middels", intensive: "intensiv",
	ward_dementia: "Demens", ward_rehabilitation: "Rehabilitering", ward_somatic: "Somatisk", ward_palliative: "Lindrende", ward_respite: "Avlastning", ward_short_term: "Korttid",
	ward_short_stay: "Korttid", ward_general: "Allmenn", ward_long_term: "Langtid", ward_psychiatric: "Alderspsykiatri", ward_unassigned: "Ikke fordelt",
	no_ward: "Uten avdeling", free_of: "{free} av {all} ledige",
	up: "I takt med regionen per {at}", up_waiting: "Kontakt med regionen; {n} på vei", up_never: "Kontakt med regionen",
	unanswered: "På vei, men regionen har ikke svart siden {at}. Endringer tas vare på her til svaret kommer.",
	down: "Ingen kontakt med regionen siden {at}. Endringer tas vare på her og sendes når linjen er tilbake.",
	down_never: "Ingen kontakt med regionen ennå. Endringer tas vare på her og sendes når linjen er oppe.",
	starting: "Kobler til regionen. Endringer tas vare på her.",
	gone: "Ingenting sendes til regionen: synkroniseringen på denne maskinen er stanset. Endringer tas vare på her. Gi beskjed til IT.",
	silent: "Ukjent om noe når regionen siden {at}: synkroniseringen på denne maskinen svarer ikke. Endringer tas vare på her. Gi beskjed til IT.",
	held: "En telling fra pasientsystemet sier noe annet om svært mange senger, og er ikke tatt inn. Den venter på IT siden {at}: bedpost files viser den. Se etter i rommet hvis du er i tvil om en seng.",
	waiting_one: "1 endring venter", waiting: "{n} endringer venter",
	refused: "Regionen har avvist {n} endringer. Gi beskjed til IT.",
	full: "Disken er nesten full. Ingenting kan lagres før IT har ryddet plass.",
	away: "Tavlen svarer ikke. Det du ser er fra {at}.",
	away_first: "Tavlen svarer ikke ennå.",
	empty: "Hjemmet har ingen senger her ennå. De kommer når pasientsystemet har eksportert sin første fil.",
	since: "siden {at}", by: "av {who}", by_region: "satt hos regionen",
	set_to: "Hva er sengen nå?", close: "Lukk", cancel: "Avbryt",
	your_pin: "Din PIN", to_become: "Ny status: {status}", who: "Hvem er du?", pick: "Velg navn", pin: "PIN", ok: "Lagre", enter: "Logg inn", erase: "Slett siste siffer",
	no_pins: "Ingen har PIN ennå. IT gir ut med: bedpost board pin NAVN",
	pin_wrong: "Feil PIN. Prøv igjen.", wait: "For mange feil. Prøv igjen om {seconds}.", seconds_of: "{n} s", minutes_of: "{n} min",
	saving: "Lagrer …", saved: "{bed}: {status}. Lagret her, sendes nå.", saved_offline: "{bed}: {status}. Lagret her, sendes når linjen er tilbake.",
	already: "{bed}: {status} fra før. Ingenting å endre.",
	overtaken: "Sengen ble endret imens: {status} {at}{by}. Ingenting er lagret.",
	set_anyway: "Sett til {status} likevel", leave: "La stå: {status}",
	not_saved: "IKKE LAGRET", try_again: "Prøv igjen",
	why_full: "Disken er nesten full. Gi beskjed til IT.", why_busy: "Maskinen er opptatt.", why_lost: "Tavlen svarte ikke. Er du på hjemmets nett?",
	why_clock: "Maskinens klokke går feil. Gi beskjed til IT.", why_unknown: "Hjemmet kjenner ikke sengen lenger.", why_other: "Noe gikk galt ({status}). Gi beskjed til IT.",
	log_out: "Logg ut", log_in: "Logg inn", look_pin: "Logg inn for å se sengene",
};

const en = {
	title: "Beds", language: "Norsk", language_of: "nb",
	available: "Free", occupied: "Occupied", reserved: "Reserved", maintenance: "Maintenance",
	light: "light", medium: "medium", intensive: "intensive",
	no_ward: "No ward", free_of: "{free} of {all} free",
	up: "In sync with the region as of {at}", up_waiting: "In contact with the region; {n} on the way", up_never: "In contact with the region",
	unanswered: "On the way, but no answer from the region since {at}. Changes are kept here until it comes.",
	down: "No contact with the region since {at}. Changes are kept here and sent when the line is back.",
	down_never: "No contact with the region yet. Changes are kept here and sent when the line is up.",
	starting: "Connecting to the region. Changes are kept here.",
	gone: "Nothing is sent to the region: synchronisation on this computer has stopped. Changes are kept here. Tell IT.",
	silent: "Unknown since {at} whether anything reaches the region: synchronisation on this computer does not answer. Changes are kept here. Tell IT.",
	held: "A census from the patient system says something else of very many beds, and was not taken in. It waits for IT since {at}: bedpost files shows it. Look in the room if you doubt a bed.",
	waiting_one: "1 change waits", waiting: "{n} changes wait",
	refused: "The region has refused {n} changes. Tell IT.",
	full: "The disk is nearly full. Nothing can be saved until IT has made room.",
	away: "The board does not answer. What you see is from {at}.",
	away_first: "The board does not answer yet.",
	empty: "There are no beds here yet. They come with the first file that the patient system exports.",
	since: "since {at}", by: "by {who}", by_region: "set at the region",
	set_to: "What is the bed now?", close: "Close", cancel: "Cancel",
	your_pin: "Your PIN", to_become: "New status: {status}", who: "Who are you?", pick: "Choose a name", pin: "PIN", ok: "Save", enter: "Log in", erase: "Delete the last digit",
	no_pins: "Nobody has a PIN yet. IT gives them out with: bedpost board pin NAME",
	pin_wrong: "Wrong PIN. Try again.", wait: "Too many wrong PINs. Try again in {seconds}.", seconds_of: "{n} s", minutes_of: "{n} min",
	saving: "Saving …", saved: "{bed}: {status}. Saved here, being sent.", saved_offline: "{bed}: {status}. Saved here, sent when the line is back.",
	already: "{bed}: {status} already. Nothing to change.",
	overtaken: "The bed was changed meanwhile: {status} {at}{by}. Nothing was saved.",
	set_anyway: "Set to {status} anyway", leave: "Leave it: {status}",
	not_saved: "NOT SAVED", try_again: "Try again",
	why_full: "The disk is nearly full. Tell IT.", why_busy: "The computer is busy.", why_lost: "The board did not answer. Are you on the home's network?",
	why_clock: "The computer's clock is wrong. Tell IT.", why_unknown: "The home does not know this bed any more.", why_other: "Something went wrong ({status}). Tell IT.",
	log_out: "Log out", log_in: "Log in", look_pin: "Log in to see the beds",
};

const languages = { nb, en };
let language = "nb";

// What this browser was told last, else its own language.
export function beginLanguage() {
	const kept = recall("language");
	const own = navigator.languages.some((l) => /^(nb|no|nn)\b/.test(l)) ? "nb" : "en";
	setLanguage(languages[kept] ? kept : own);
}

export function setLanguage(name) {
	language = name;
	document.documentElement.lang = name;
}

export const locale = () => (language === "nb" ? "nb-NO" : "en-GB");

// The word for a ward, where there is one.
export const has = (key) => key in languages[language];

export function t(key, values = {}) {
	return languages[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// A browser may forbid keeping anything; the page works without.
export function recall(name) {
	try {
		return localStorage.getItem(`bedpost_${name}`);
	} catch {
		return null;
	}
}

export function keep(name, value) {
	try {
		localStorage.setItem(`bedpost_${name}`, value);
	} catch { /* asked again next time */ }
}
