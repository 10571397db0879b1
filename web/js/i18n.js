// Texts in Norwegian Bokmål and English. An element with data-t="key" gets its text from here.

const texts = {
	nb: {
		title: "Ledige plasser nå", skip: "Til innholdet", language: "Språk", theme: "Utseende", theme_auto: "Som systemet",
		theme_light: "Lyst", theme_dark: "Mørkt", log_in: "Logg inn", log_out: "Logg ut", login_title: "Logg inn",
		login_text: "Du får tilgang av den som administrerer Bedpost hos dere.", token: "Tilgangstoken",
		user: "Brukernavn", password: "Passord", with_token: "Bruk et tilgangstoken", with_password: "Bruk brukernavn og passord",
		login_bad: "Brukernavn og passord passer ikke sammen.", token_bad: "Tokenet er ikke gyldig.", login_limited: "For mange forsøk. Vent et halvt minutt.",
		login_away: "Tjenesten kan ikke nås akkurat nå. Prøv igjen om litt.",
		search: "Søk", filters: "Filtre", region: "Region", ward: "Avdeling", care_level: "Omsorgsnivå", min_free: "Minst ledige", sort: "Rekkefølge",
		reset: "Nullstill", all: "Alle", facility: "Sykehjem", free: "Ledig", reserved: "Reservert", occupied: "Opptatt",
		maintenance: "Vedlikehold", unconfirmed: "Ubekreftet", age: "Oppdatert", status: "Status", total: "Plasser",
		fresh: "Fersk", stale: "Utdatert", offline: "Uten kontakt", free_of: "{free} av {total}",
		bar: "{free} ledige, {reserved} reserverte, {occupied} opptatte, {maintenance} under vedlikehold, {unconfirmed} ubekreftede",
		live: "Direkte", connecting: "Kobler til …", lost: "Forbindelsen er brutt",
		lost_since: "Forbindelsen er brutt siden kl. {time}. Tallene er fra da. Prøver igjen …",
		count: "{rows} rader fra {homes} sykehjem", count_of: "{rows} av {all} rader, {homes} sykehjem",
		empty: "Ingen rader passer til filtrene.", empty_all: "Ingen sykehjem har meldt fra ennå.", more: "Vis alle {n} rader",
		now: "nå", never: "aldri", not_fresh: "{n} av dem er ikke ferske tall", by_name: "Navn", by_free: "Flest ledige",
		by_age: "Eldste tall først", sorted_up: "stigende", sorted_down: "synkende", homes: "Sykehjem",
		homes_state: "{fresh} ferske, {stale} utdaterte, {offline} uten kontakt",
		light: "Lett", medium: "Middels", intensive: "Intensiv",
		dementia: "Demens", rehabilitation: "Rehabilitering", somatic: "Somatisk", palliative: "Lindrende", respite: "Avlastning",
		short_term: "Korttid", short_stay: "Korttid", general: "Allmenn", long_term: "Langtid", psychiatric: "Alderspsykiatri", unassigned: "Ikke fordelt",
	},
	en: {
		title: "Free beds now", skip: "Skip to content", language: "Language", theme: "Appearance", theme_auto: "Like the system",
		theme_light: "Light", theme_dark: "Dark", log_in: "Log in", log_out: "Log out", login_title: "Log in",
		login_text: "Whoever administers Bedpost for you gives you access.", token: "Access token",
		user: "User name", password: "Password", with_token: "Use an access token", with_password: "Use user name and password",
		login_bad: "User name and password do not fit.", token_bad: "This token is not valid.", login_limited: "Too many attempts. Wait half a minute.",
		login_away: "The service cannot be reached now. Try again in a moment.",
		search: "Search", filters: "Filters", region: "Region", ward: "Ward", care_level: "Care level", min_free: "At least free", sort: "Order",
		reset: "Reset", all: "All", facility: "Home", free: "Free", reserved: "Reserved", occupied: "Occupied",
		maintenance: "Maintenance", unconfirmed: "Unconfirmed", age: "Updated", status: "Status", total: "Beds",
		fresh: "Fresh", stale: "Out of date", offline: "No contact", free_of: "{free} of {total}",
		bar: "{free} free, {reserved} reserved, {occupied} occupied, {maintenance} in maintenance, {unconfirmed} unconfirmed",
		live: "Live", connecting: "Connecting …", lost: "Connection lost",
		lost_since: "Connection lost since {time}. The numbers are from then. Trying again …",
		count: "{rows} rows from {homes} homes", count_of: "{rows} of {all} rows, {homes} homes",
		empty: "No row fits these filters.", empty_all: "No home has reported yet.", more: "Show all {n} rows",
		now: "now", never: "never", not_fresh: "{n} of them are not fresh numbers", by_name: "Name", by_free: "Most free",
		by_age: "Oldest numbers first", sorted_up: "ascending", sorted_down: "descending", homes: "Homes",
		homes_state: "{fresh} fresh, {stale} out of date, {offline} no contact",
		light: "Light", medium: "Medium", intensive: "Intensive",
		dementia: "Dementia", rehabilitation: "Rehabilitation", somatic: "Somatic", palliative: "Palliative", respite: "Respite",
		short_term: "Short term", short_stay: "Short stay", general: "General", long_term: "Long term", psychiatric: "Psychiatric", unassigned: "Unassigned",
	},
};

let language = "en";

export function pickLanguage(kept, preferred) {
	if (kept in texts)
		return kept;
	const first = preferred.map((l) => l.toLowerCase()).find((l) => /^(nb|nn|no|da|sv|en)\b/.test(l));
	return first && !first.startsWith("en") ? "nb" : "en";
}

export function setLanguage(to) {
	language = to;
	document.documentElement.lang = to;
	for (const e of document.querySelectorAll("[data-t]"))
		e.textContent = t(e.dataset.t);
	document.title = `${t("title")} – Bedpost`;
}

export const currentLanguage = () => language;

export function t(key, values = {}) {
	const text = texts[language][key] ?? key;
	return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// A ward or care level by its name in the language, or as the home writes it.
export function named(code) {
	if (!code)
		return "–";
	if (code in texts[language])
		return t(code);
	const words = code.replace(/[_.-]+/g, " ");
	return words[0].toUpperCase() + words.slice(1);
}
