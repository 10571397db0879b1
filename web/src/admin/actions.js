// What the access log notes, in words. A test holds it to what the region can write (tests/system/test_access_words.py).

import { currentLanguage } from "../lib/i18n.js";

const languages = ["nb", "en"];

// What was looked at, what was done, and what was changed by an administrator; each [nb, en].
const words = {
	availability: ["Så på ledige plasser", "Looked at availability"],
	facilities: ["Så på sykehjemmene", "Looked at the homes"],
	facility: ["Så på et sykehjem", "Looked at a home"],
	beds: ["Så på senger", "Looked at beds"],
	history: ["Så på historikk", "Looked at history"],
	conflicts: ["Så på konflikter", "Looked at conflicts"],
	alerts: ["Så på varsler", "Looked at alerts"],
	audit: ["Leste revisjonsloggen", "Read the audit log"],
	access_log: ["Leste tilgangsloggen", "Read the access log"],
	report: ["Hentet en rapport", "Took a report"],
	reports: ["Så på listen over rapporter", "Looked at the list of reports"],
	start: ["Åpnet sidene", "Opened the pages"],
	stream: ["Fulgte med direkte", "Followed live"],
	me: ["Så på egen konto", "Looked at their account"],
	openapi: ["Leste om API-et", "Read about the API"],
	metrics: ["Leste måletall", "Read metrics"],
	healthz: ["Så etter om tjenesten lever", "Checked health"],
	readyz: ["Så etter om tjenesten er klar", "Checked readiness"],
	page: ["Hentet en side", "Fetched a page"],

	login: ["Logget inn", "Logged in"],
	login_begin: ["Begynte innlogging hos egen leverandør", "Began to log in at the provider"],
	login_ways: ["Så på måter å logge inn på", "Looked at ways to log in"],
	oidc_jwks: ["Hentet nøkler for innlogging", "Fetched keys for logging in"],
	logout: ["Logget ut", "Logged out"],
	password: ["Byttet eget passord", "Changed their password"],

	bed_status: ["Satte en seng", "Set a bed"],
	conflict_resolve: ["Avgjorde en konflikt", "Settled a conflict"],
	alert_acknowledge: ["Kvitterte et varsel", "Acknowledged an alert"],

	contact: ["Sykehjem avvist ved kontakt", "Home turned away"],

	region_add: ["La til en region", "Added a region"],
	facility_add: ["La til et sykehjem", "Added a home"],
	facility_set: ["Endret et sykehjem", "Changed a home"],
	facility_change: ["Endret et sykehjem i nettleseren", "Changed a home over the API"],
	facility_enrol: ["Meldte inn et sykehjem", "Enrolled a home"],
	facility_renew: ["Fornyet et sertifikat", "Renewed a certificate"],
	facility_revoke: ["Stengte et sykehjem", "Closed a home"],
	user_add: ["La til en bruker", "Added a user"],
	user_change: ["Endret en bruker", "Changed a user"],
	user_passwd: ["Satte en brukers passord", "Set a user's password"],
	user_disable: ["Sperret en bruker", "Disabled a user"],
	user_enable: ["Åpnet for en bruker", "Enabled a user"],
	user_logout: ["Logget ut en bruker", "Logged a user out"],
	user_link: ["Koblet en bruker til en innlogging", "Linked a user to a login"],
	user_unlink: ["Koblet en bruker fra en innlogging", "Unlinked a user from a login"],
	token_add: ["Lagde et tilgangstoken", "Made an access token"],
	token_revoke: ["Trakk tilbake et tilgangstoken", "Revoked an access token"],
	alert_rule_add: ["La til en terskel", "Added a threshold"],
	alert_rule_set: ["Satte en terskel", "Set a threshold"],
	alert_rule_change: ["Endret en terskel", "Changed a threshold"],
	alert_rule_remove: ["Fjernet en terskel", "Removed a threshold"],
	alert_subscribe: ["La til et abonnement", "Added a subscription"],
	alert_subscription_change: ["Endret et abonnement", "Changed a subscription"],
	alert_subscription_test: ["Sendte en prøve", "Sent a test"],
	alert_unsubscribe: ["Avsluttet et abonnement", "Ended a subscription"],
	alert_retry: ["Prøvde en levering på nytt", "Tried a delivery again"],
	feed_reset: ["Flyttet en mottaker av endringer", "Moved a consumer of changes"],
	feed_remove: ["Fjernet en mottaker av endringer", "Removed a consumer of changes"],

	admin_regions: ["Administrasjon: regioner", "Administration: regions"],
	admin_facilities: ["Administrasjon: sykehjem", "Administration: homes"],
	admin_facility: ["Administrasjon: et sykehjem", "Administration: a home"],
	admin_users: ["Administrasjon: brukere", "Administration: users"],
	admin_user: ["Administrasjon: en bruker", "Administration: a user"],
	admin_tokens: ["Administrasjon: tilgangstokener", "Administration: access tokens"],
	admin_token: ["Administrasjon: et tilgangstoken", "Administration: an access token"],
	admin_thresholds: ["Administrasjon: terskler", "Administration: thresholds"],
	admin_threshold: ["Administrasjon: en terskel", "Administration: a threshold"],
	admin_subscriptions: ["Administrasjon: abonnementer", "Administration: subscriptions"],
	admin_subscription: ["Administrasjon: et abonnement", "Administration: a subscription"],
	admin_deliveries: ["Administrasjon: det som er sendt", "Administration: what was sent"],
	admin_delivery: ["Administrasjon: en levering", "Administration: a delivery"],
	admin_access_log: ["Administrasjon: tilgangsloggen", "Administration: the access log"],
};

export const actionText = (code) => words[code]?.[languages.indexOf(currentLanguage())] ?? code;

export const actions = () => Object.keys(words).map((code) => [code, actionText(code)]).sort((a, b) => a[1].localeCompare(b[1], currentLanguage()));
