// Bokmål. Keys w_… are wards and care levels, b_… a bed's status, r_… alert rules, x_… reasons.

export default {
	skip: "Til innholdet", language: "Språk", theme: "Utseende", theme_auto: "Som systemet", theme_light: "Lyst", theme_dark: "Mørkt",
	loading: "Henter …", close: "Lukk", cancel: "Avbryt", try_again: "Prøv igjen", all: "Alle", reset: "Nullstill", undo: "Angre", save: "Lagre", more: "Vis flere",
	unreachable: "Tjenesten kan ikke nås akkurat nå.", forbidden: "Rollen din har ikke tilgang til dette.", not_found: "Finnes ikke, eller ligger utenfor det du har tilgang til.",
	away: "Databasen er borte akkurat nå. Prøv igjen om litt.", failed: "Det gikk ikke. Prøv igjen.",

	log_in: "Logg inn", log_out: "Logg ut", login_title: "Logg inn", login_text: "Ledige sykehjemsplasser, akkurat nå.", login_help: "Du får tilgang av den som administrerer Bedpost hos dere.",
	user: "Brukernavn", password: "Passord", token: "Tilgangstoken", with_token: "Bruk et tilgangstoken", with_password: "Bruk brukernavn og passord",
	login_bad: "Brukernavn og passord passer ikke sammen.", token_bad: "Tokenet er ikke gyldig.", login_limited: "For mange forsøk. Vent et halvt minutt.", login_away: "Tjenesten kan ikke nås akkurat nå. Prøv igjen om litt.",
	or: "eller",

	nav: "Hovedmeny", nav_search: "Finn plass", nav_home: "Mitt sykehjem", nav_alerts: "Varsler", nav_conflicts: "Konflikter", nav_admin: "Administrasjon", account: "Konto",
	FACILITY_STAFF: "Ansatt", FACILITY_MANAGER: "Leder", REGIONAL_COORDINATOR: "Koordinator", SYSTEM_ADMIN: "Administrator",
	live: "Direkte", connecting: "Kobler til …", lost: "Brutt", lost_since: "Forbindelsen er brutt siden kl. {time}. Tallene er fra da. Prøver igjen …",

	search_title: "Ledige plasser nå", ask: "Hva leter du etter?", ask_hint: "Sted, sykehjem, avdeling, nivå", ask_example: "f.eks. «intensiv demens Majorstua»",
	near_x: "Nær {name}", at_point: "valgt punkt", kind_place: "sted", kind_home: "sykehjem", kind_all: "søk", open_home: "Åpne {name}", words_x: "«{text}» i navn eller adresse",
	region: "Region", ward: "Avdeling", care_level: "Omsorgsnivå", min_free: "Minst ledige", only_fresh: "Bare ferske tall", sort: "Rekkefølge",
	by_free: "Flest ledige", by_distance: "Nærmest", by_name: "Navn", by_age: "Eldste tall", filters: "Filtre",
	facility: "Sykehjem", free: "Ledig", distance: "Avstand", trust: "Til å stole på?", level: "Nivå", home: "Sykehjem", status: "Status",
	total: "Plasser", of_total: "av {total}", km: "{km} km",
	bar: "{available} ledige, {reserved} reserverte, {occupied} opptatte, {maintenance} under vedlikehold, {unconfirmed} ubekreftede",
	fresh: "Fersk", stale: "Utdatert", offline: "Uten kontakt", fresh_long: "Ferske tall", never: "aldri", just_now: "nå nettopp", ago_minute: "for {n} min siden", ago_hour: "for {n} t siden", ago_day_one: "for {n} dag siden", ago_day_other: "for {n} dager siden",
	count_one: "{n} treff", count_other: "{n} treff", in_homes_one: "på {n} sykehjem", in_homes_other: "på {n} sykehjem",
	empty: "Ingen ledige plasser passer.", empty_try: "Prøv uten:", empty_all: "Ingen sykehjem har meldt fra ennå.", show_all: "Vis alle {n}", not_fresh_one: "{n} er ikke ferskt", not_fresh_other: "{n} er ikke ferske",
	homes_fresh: "ferske", homes_stale: "utdaterte", homes_offline: "uten kontakt",
	t_available: "Ledige", t_reserved: "Reserverte", t_occupied: "Opptatte", t_maintenance: "Vedlikehold", t_unconfirmed: "Ubekreftede", t_total: "Plasser i alt", t_homes: "Sykehjem",
	n_homes_one: "{n} sykehjem", n_homes_other: "{n} sykehjem", map: "Kart", map_label: "Kart over {n} sykehjem. De samme står i tabellen.", map_hint: "Klikk i kartet for å søke derfra.", zoom_in: "Nærmere", zoom_out: "Lenger ut", zoom_fit: "Vis alle",
	csv: "Last ned CSV", printed: "Skrevet ut {at}. Tallene gjelder da.",

	beds: "Senger", history: "Historikk", trend: "Utvikling", feed: "Datakilde", back_to_search: "Til søket", not_placed: "Uten kartplassering",
	b_available: "Ledig", b_reserved: "Reservert", b_occupied: "Opptatt", b_maintenance: "Vedlikehold", b_unconfirmed: "Ubekreftet",
	bed: "Seng", room: "Rom {room}", set_to: "Sett til", since: "siden {at}", unconfirmed_note: "To kilder er uenige om denne sengen. Den telles ikke som ledig før noen avgjør det.",
	set_done: "{bed}: {status}", set_undone: "{bed}: tilbake til {status}", not_saved: "IKKE LAGRET", not_saved_text: "{bed} er ikke satt til {status}. Det er ingen forbindelse.", unknown_saved_text: "Fikk ikke svar: det er usikkert om {bed} ble satt til {status}. Se etter når forbindelsen er tilbake.",
	offline_sheet: "Det er ingen forbindelse. Endringer blir ikke lagret nå.", offline_board: "Bruk tavlen på huset så lenge linjen er nede: den tar vare på endringene.",
	changed_meanwhile: "Noen andre har endret sengen", changed_text: "{bed} ble satt til «{now}» {at}, etter at du så den.", set_anyway: "Sett til {status} likevel", leave_it: "La den stå som {status}", already_so: "{bed} var allerede {status}.",
	is_now: "Nå", all_beds: "Alle senger", one_bed_history: "Historikk for sengen",
	last_contact: "Siste kontakt", known_through: "Tallene gjelder til", queue: "I kø hos sykehjemmet", queue_none: "Ingenting i kø", queue_n_one: "{n} endring venter", queue_n_other: "{n} endringer venter", facility_id: "Id", place_on_map: "Plassering", address: "Adresse",
	home_closed: "Sykehjemmet ble stengt {at}: plassene telles ikke og kan ikke tilbys. Historikken blir stående.", feed_closed: "Sykehjemmet er stengt: vi tar ikke imot noe derfra.", feed_fresh: "Endringer kommer fram. Tallene er til å stole på.", feed_stale: "Sykehjemmet har kontakt, men tallene er eldre enn de skal være. Ring før du sender noen.", feed_offline: "Vi har ikke hørt fra sykehjemmet. Tallene er de siste vi fikk. Ring før du sender noen.",
	open_alerts: "Åpne varsler", no_alerts: "Ingen åpne varsler.",

	as_of: "Slik det var", as_of_now: "Nå", known_at: "Slik vi visste det", known_at_help: "Uten det vi fikk vite senere", when: "Når", learned: "Fikk vite", what: "Hva", who: "Hvem", reason: "Grunn", outcome: "Utfall", from: "Fra", to: "Til", all_of_home: "Hele sykehjemmet", no_events: "Ingen hendelser her.", beds_then: "Sengene {at}",
	o_applied: "Tatt inn", o_converged: "Alt kjent", o_late: "Sent", o_conflict: "Konflikt", events_title: "Hendelser",
	chart_title: "Ledige plasser over tid", days_n: "{n} dager", day_1: "1 døgn", chart_label: "Ledige plasser fra {from} til {to}: lavest {min}, høyest {max}, nå {now}.", chart_free: "Ledige", chart_total: "Plasser", chart_note: "Etter tidspunktet da det skjedde på sykehjemmet.", chart_short: "Mange endringer: viser fra {from}.",

	alerts_title: "Varsler", alerts_none: "Ingen åpne varsler. Fint.", show_open: "Åpne", show_all_alerts: "Alle", acknowledge: "Kvitter", acknowledged: "Kvittert av {who} {at}", cleared: "Over {at}", cleared_closed: "Sykehjemmet stengt {at}", opened: "Åpnet", rule: "Regel", alert_seen: "Varselet er kvittert.", ack_note: "Hva blir gjort", n_seen: "Sett", n_in_progress: "Vi er i gang", n_passed_on: "Gitt videre", n_planned: "Planlagt", n_false_alarm: "Falsk alarm",
	r_low: "Få ledige", r_critical: "Ingen ledige", r_offline: "Uten kontakt", r_conflict: "Konflikt", r_gap: "Hull i hendelsene", r_clock_skew: "Klokken går feil", r_digest_mismatch: "Ulike bilder", r_feed_silent: "Stille fra EPJ",
	e_low_one: "{ward}: {value} ledig, grensen er {threshold}", e_low_other: "{ward}: {value} ledige, grensen er {threshold}", e_critical: "{ward}", e_offline: "Ikke hørt fra sykehjemmet", e_conflict: "Åpne konflikter: {value}", e_gap: "Hendelser mangler", e_clock_skew: "Klokken avviker {value} sekunder", e_digest_mismatch: "Sykehjem og region er uenige om tilstanden", e_feed_silent: "Ingen endringer fra EPJ på lenge",

	conflicts_title: "Konflikter", conflicts_none: "Ingen åpne konflikter. Fint.", conflicts_text: "To kilder er uenige om en seng. Den telles ikke som ledig før noen har avgjort.", show_settled: "Avgjorte", held: "Regionen hadde", branch: "Den andre kilden sier", held_note: "siden før konflikten", events_n_one: "{n} hendelse, sist meldt", events_n_other: "{n} hendelser, sist meldt", settle: "Avgjør", settle_title: "Hva er riktig?", settle_reason: "Hvordan vet du det?", settled_as: "Avgjort: {status}, av {who} {at}", settled: "Konflikten er avgjort.", settled_already: "Noen andre har alt avgjort denne.", see_history: "Se historikken",
	x_bed_checked: "Sett etter i rommet", x_home_confirmed: "Sykehjemmet bekreftet", x_keying_error: "Tastefeil", x_late_entry: "Ført for sent", x_system_error: "Systemfeil", x_other: "Annet",
	x_admit: "Innlagt", x_discharge: "Utskrevet", x_transfer: "Flyttet", x_preadmit: "Ventet inn", x_pending_admit: "Ventet inn", x_pending_transfer: "Ventet flyttet", x_in_transit: "Underveis", x_leave_of_absence: "Permisjon", x_return: "Tilbake", x_admit_cancelled: "Innleggelse annullert", x_transfer_cancelled: "Flytting annullert", x_discharge_cancelled: "Utskriving annullert", x_reservation_cancelled: "Reservasjon annullert", x_leave_cancelled: "Permisjon annullert", x_return_cancelled: "Tilbakekomst annullert", x_tracking_cancelled: "Annullert", x_swap: "Byttet", x_housekeeping: "Renhold", x_cleaning: "Rengjøring", x_contaminated: "Smitte", x_isolation: "Isolering", x_closed: "Stengt", x_opened: "Åpnet", x_status_update: "Statusmelding", x_census: "Telling", x_manual: "Satt for hånd", x_resolved: "Avgjort", x_patient_admitted: "Innlagt", x_patient_discharged: "Utskrevet",

	password_change: "Bytt passord", password_old: "Passordet nå", password_new: "Nytt passord, minst 12 tegn", password_again: "Nytt passord en gang til", password_wrong: "Passordet nå stemmer ikke.", password_bad: "Det nye passordet er for kort, eller for likt det gamle.", password_differs: "De to nye er ikke like.", password_done: "Passordet er byttet. Andre økter er logget ut.",
	a_facilities: "Sykehjem", a_facility: "Nytt sykehjem", a_users: "Brukere", a_user: "Ny bruker", a_thresholds: "Terskler", a_threshold: "Ny terskel", a_subscriptions: "Abonnementer", a_subscription: "Nytt abonnement", a_audit: "Revisjonslogg", a_access: "Tilgangslogg",
	a_revoke: "Steng", a_revoke_sure: "Sykehjemmets sertifikater blir avvist for alltid. Trykk en gang til for å stenge.", a_password: "Sett passord", a_password_sure: "Brukeren logges ut overalt. Skriv det nye passordet, og trykk en gang til.", a_logout: "Logg ut overalt", a_logout_sure: "Brukerens økter avsluttes. Trykk en gang til.", a_remove_sure: "Trykk en gang til for å fjerne.", a_test: "Send en prøve", remove: "Fjern", saved: "Lagret.", done: "Gjort.", changed_by_other: "Noen andre har endret dette imens. Lukk og åpne på nytt.", nothing_here: "Ingenting her.", search: "Søk",
	name: "Navn", role: "Rolle", scope: "Gjelder", everywhere: "Overalt", none_chosen: "Ingen", last_login: "Sist inne", active: "Aktiv", disabled: "Sperret", closed: "Stengt", on: "På", off: "Av", threshold: "Terskel", alerts_on: "Varsle", u_beds: "plasser", u_seconds: "sekunder", u_events: "hendelser", channel: "Kanal", target: "Mottaker", secret: "Hemmelighet", secret_help: "Signerer webhooks (minst 16 tegn); vises aldri igjen.", waiting: "Venter", last_error: "Siste feil", c_email: "E-post", c_webhook: "Webhook", c_push: "Push",
	latitude: "Breddegrad", longitude: "Lengdegrad", timezone: "Tidssone", conflict_policy: "Ved konflikt", hold: "Hold til noen avgjør", source_wins: "Kilden vinner", latest_wins: "Den nyeste vinner", default_care_level: "Nivå når det mangler", auto_register: "Nye senger registreres av seg selv", hash: "Hash", source: "Fra adresse", allowed: "Tillatt", denied: "Nektet", denied_only: "Bare nektet",

	w_light: "Lett", w_medium: "Middels", w_intensive: "Intensiv",
	w_dementia: "Demens", w_rehabilitation: "Rehabilitering", w_somatic: "Somatisk", w_palliative: "Lindrende", w_respite: "Avlastning", w_short_term: "Korttid", w_short_stay: "Korttid", w_general: "Allmenn", w_long_term: "Langtid", w_psychiatric: "Alderspsykiatri", w_unassigned: "Ikke fordelt",

	busy: "Mange spør nå. Vent litt, og prøv igjen.",
	nav_reports: "Rapporter", rep_title: "Rapporter", rep_which: "Hvilken rapport", rep_days: "Dager", rep_days30: "Siste 30 dager", rep_days7: "Siste 7 dager", rep_month: "Denne måneden", rep_last_month: "Forrige måned", rep_own: "Egne datoer",
	rep_first_day: "Fra og med", rep_last_day: "Til og med", rep_choose_home: "Velg sykehjem", rep_show: "Vis", rep_making: "Rapporten lages …",
	rep_needs_home: "Velg et sykehjem: denne rapporten er om ett.", rep_needs_days: "Velg både første og siste dag.", rep_days_turned: "Den siste dagen ligger før den første.", rep_too_long: "Perioden er for lang: høyst 3700 dager, omtrent ti år.",
	rep_took_too_long: "Rapporten tok for lang tid. Be om færre dager eller færre sykehjem.", rep_yours_busy: "Det lages alt tre rapporter for deg. Vent til en er ferdig.", rep_failed: "Rapporten kunne ikke lages. Prøv igjen, eller si fra til dem som drifter tjenesten.",
	rep_bad_parameter: "Noe i spørsmålet gir ikke mening. Se etter i feltene.", rep_too_large: "Rapporten er for stor til å vises her. Last den ned i stedet.",
	csv_cut: "Filen har de nyeste {lines} linjene. Avgrens tiden for å få resten.", detail: "Detaljer", made: "Laget", expires: "Utløper", expires_help: "Tomt: aldri.", expired: "Utløpt", revoked: "Trukket tilbake", last_used: "Sist brukt", last_delivered: "Sist levert",
	a_tokens: "Tilgangstokener", a_token: "Nytt tilgangstoken", a_token_revoke: "Trekk tilbake", a_token_revoke_sure: "Programmer som bruker tokenet, slipper ikke inn mer. Trykk en gang til.", token_once: "Kopier tokenet nå, til programmet som skal bruke det. Det vises aldri igjen.", copy: "Kopier", copied: "Kopiert.", copy_by_hand: "Merket. Kopier med Ctrl+C.", once_done: "Jeg har det",
	a_test_done: "Prøven er sendt av gårde. Se under om den kom fram.", r_test: "Prøve", d_title: "Sendt", d_none: "Ingenting er sendt ennå.", d_delivered: "Levert {at}", d_failed: "Gitt opp {at}", d_again: "Neste forsøk {at}", d_waiting: "Venter på å bli sendt", d_retried: "Den prøves igjen nå.", d_not_yet: "Den er alt på vei, eller ble gitt opp for under ett minutt siden. Vent litt, og prøv igjen.", own_code: "egen kode", shown_of: "{shown} av {all}", day: "Hva som skjedde dagen", d_tries_one: "{n} forsøk", d_tries_other: "{n} forsøk",
};
