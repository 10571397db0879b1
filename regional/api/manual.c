#include "regional/api/manual.h"

#include <stddef.h>

#define REF(name)     "{\"$ref\":\"#/components/schemas/" name "\"}"
#define LIST(of)      "{\"type\":\"array\",\"items\":" of "}"
#define OBJECT(inner) "{\"type\":\"object\",\"properties\":{" inner "}}"
#define STRING	      "{\"type\":\"string\"}"
#define NULLABLE      "{\"type\":[\"string\",\"null\"]}"
#define TIME	      "{\"type\":\"string\",\"format\":\"date-time\"}"
#define TIME_OR_NULL  "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define WORDS	      OBJECT("\"en\":" STRING ",\"nb\":" STRING)
#define COUNT	      "{\"type\":\"integer\",\"minimum\":0}"
#define NUMBER	      "{\"type\":[\"number\",\"null\"]}"
#define LEVEL	      "{\"type\":\"string\",\"enum\":[\"light\",\"medium\",\"intensive\"]}"
#define STATUS                                                                                     \
	"{\"type\":\"string\",\"enum\":[\"available\",\"occupied\",\"reserved\",\"maintenance\"]}"
#define STANDING  "{\"type\":\"string\",\"enum\":[\"fresh\",\"stale\",\"offline\",\"closed\"]}"
#define FRESHNESS "{\"type\":\"string\",\"enum\":[\"fresh\",\"stale\",\"offline\"]}"

/* One schema begins a line; the formatter would make stairs of them. */
/* clang-format off */
const char manual_schemas[] =
    "{\"Problem\":" OBJECT("\"type\":" STRING ",\"title\":" STRING
	    ",\"status\":{\"type\":\"integer\"}" ",\"detail\":" STRING ",\"parameter\":"
	    STRING ",\"errors\":" LIST(OBJECT("\"pointer\":" STRING ",\"detail\":" STRING)))
    ",\"Row\":" OBJECT("\"facility_id\":" STRING ",\"name\":" STRING ",\"ward\":" STRING
	    ",\"care_level\":" LEVEL ",\"available_beds\":" COUNT ",\"total_beds\":" COUNT
	    ",\"reserved_beds\":" COUNT ",\"occupied_beds\":" COUNT ",\"maintenance_beds\":"
	    COUNT ",\"unconfirmed_beds\":" COUNT ",\"as_of\":" TIME_OR_NULL
	    ",\"data_age_minutes\":{\"type\":[\"integer\",\"null\"]}" ",\"status\":"
	    FRESHNESS ",\"distance_km\":" NUMBER)
    ",\"Facility\":" OBJECT("\"id\":" STRING ",\"name\":" STRING ",\"region_id\":" STRING
	    ",\"region_name\":" STRING ",\"address\":{\"type\":\"object\"}" ",\"latitude\":"
	    NUMBER ",\"longitude\":" NUMBER ",\"last_contact_at\":" TIME_OR_NULL
	    ",\"offline_since\":" TIME_OR_NULL ",\"closed_at\":" TIME_OR_NULL ",\"as_of\":" TIME_OR_NULL
	    ",\"queue_depth\":" COUNT ",\"status\":" STANDING)
    ",\"Bed\":" OBJECT("\"id\":" STRING ",\"ward\":" STRING ",\"care_level\":" LEVEL
	    ",\"room_number\":" NULLABLE ",\"status\":" STATUS ",\"version\":" COUNT
	    ",\"unconfirmed\":{\"type\":\"boolean\"}" ",\"last_updated\":" TIME)
    ",\"Who\":" OBJECT("\"name\":" STRING ",\"login\":" NULLABLE ",\"role\":" STRING
	    ",\"facility_id\":" NULLABLE ",\"region_id\":" NULLABLE ",\"csrf\":" NULLABLE)
    "}";
/* clang-format on */

#define SAME                                                                                       \
	{                                                                                          \
		304, "Nothing changed since the ETag of If-None-Match"                             \
	}
#define FACILITY_ID                                                                                \
	{                                                                                          \
		"id", "path", STRING, "the home, such as fac_oslo_nordre"                          \
	}

const struct manual api_manual[] = {
    {"GET", "/api/availability", "Free beds by home, ward and care level, as JSON or text/csv",
     .parameters = {{"region", "query", STRING, "region ids, with commas"},
		    {"facility", "query", STRING, "facility ids, with commas"},
		    {"ward", "query", STRING, "ward names, with commas"},
		    {"care_level", "query", STRING, "light, medium, intensive, with commas"},
		    {"min_available", "query", COUNT, "rows with at least so many free beds"},
		    {"min_total", "query", COUNT, "rows with at least so many beds"},
		    {"q", "query", STRING, "words that home, ward, region or address hold"},
		    {"status", "query", STRING, "fresh, stale, offline, with commas"},
		    {"near", "query", STRING, "latitude,longitude: rows get distance_km"},
		    {"sort", "query", STRING, "name, available, distance or age"},
		    {"format", "query", STRING, "json or csv, whatever is accepted; csv is logged"},
		    {"lang", "query", STRING, "nb or en: a csv for people, and their order"}},
     .answers = {{200, "The rows in scope", OBJECT("\"rows\":" LIST(REF("Row")))},
		 SAME,
		 {400, "A parameter makes no sense"}}},
    {"GET", "/api/facilities", "The homes in scope",
     .answers = {{200, "The homes", OBJECT("\"facilities\":" LIST(REF("Facility")))}, SAME}},
    {"GET", "/api/facilities/{id}", "One home and its rows of availability",
     .parameters = {FACILITY_ID}, .answers = {{200, "The home, with rows", REF("Facility")}, SAME}},
    {"GET", "/api/facilities/{id}/beds", "The beds of a home; each reading is logged",
     .parameters = {FACILITY_ID},
     .answers = {{200, "The beds", OBJECT("\"facility_id\":" STRING ",\"beds\":" LIST(REF("Bed")))},
		 SAME}},
    {"PUT", "/api/facilities/{id}/beds/{bed}/status", "Set a bed's status",
     .parameters = {FACILITY_ID,
		    {"bed", "path", STRING, "the bed"},
		    {"If-Match", "header", STRING, "the version that is changed, in quotes"}},
     .body = OBJECT("\"status\":" STATUS ",\"reason\":" STRING),
     .answers = {{200, "The bed as it is now", OBJECT("\"bed\":" REF("Bed"))},
		 {400, "The body makes no sense"},
		 {409, "The bed has changed meanwhile: its state now"},
		 {428, "If-Match is missing"}}},
    {"GET", "/api/facilities/{id}/history", "What happened at a home, on two clocks",
     .parameters = {FACILITY_ID,
		    {"bed", "query", STRING, "of this bed only"},
		    {"as_of", "query", TIME, "what was true then"},
		    {"known_at", "query", TIME, "what was known then"},
		    {"from", "query", TIME, "what happened from then"},
		    {"to", "query", TIME, "what happened before then"},
		    {"limit", "query", COUNT, "rows of a page"},
		    {"cursor", "query", STRING, "the page's next, as answered"}},
     .answers = {{200, "A page of events"}, SAME, {400, "A parameter makes no sense"}}},
    {"GET", "/api/conflicts", "What two sources do not agree on",
     .parameters = {{"status", "query", STRING,
		     "open, settled, closed (open in a closed home) or all"},
		    {"facility", "query", STRING, "of this home only"},
		    {"limit", "query", COUNT, "rows of a page"},
		    {"cursor", "query", STRING, "the page's next, as answered"}},
     .answers = {{200, "A page of conflicts"}, SAME, {400, "A parameter makes no sense"}}},
    {"GET", "/api/audit", "The audit log of all homes, as JSON or text/csv",
     .parameters = {{"facility", "query", STRING, "of this home only"},
		    {"bed", "query", STRING, "of beds of this id only"},
		    {"from", "query", TIME, "what was received from then"},
		    {"to", "query", TIME, "what was received before then"},
		    {"outcome", "query", STRING, "applied, converged, late or conflict"},
		    {"changed_by", "query", STRING, "by this user only"},
		    {"limit", "query", COUNT, "rows of a page"},
		    {"cursor", "query", STRING, "the page's next, as answered"},
		    {"format", "query", STRING, "json or csv, whatever is accepted"}},
     .answers = {{200, "A page of the log, the newest first"},
		 SAME,
		 {400, "A parameter makes no sense"}}},
    {"GET", "/api/reports", "The reports that one may have",
     .answers = {{200, "Name, title, formats, and the parameters that each takes and needs",
		  OBJECT("\"reports\":" LIST(OBJECT("\"name\":" STRING ",\"title\":" WORDS
						    ",\"about\":" WORDS
						    ",\"formats\":" LIST(STRING) ",\"takes\":" LIST(
							STRING) ",\"needs\":" LIST(STRING))))},
		 SAME}},
    {"GET", "/api/reports/{file}", "A report, as a file; each is logged",
     .parameters = {{"file", "path", STRING, "name.format, such as occupancy.pdf"},
		    {"facility", "query", STRING, "of this home only"},
		    {"region", "query", STRING, "of the homes of this region only"},
		    {"bed", "query", STRING, "lists: of beds of this id only"},
		    {"month", "query", STRING, "that month, as in 2026-10"},
		    {"from", "query", STRING, "first day; by default 30 days before the end"},
		    {"to", "query", STRING, "the day after the last; by default tomorrow"},
		    {"known_at", "query", TIME, "as it was known then"},
		    {"zone", "query", STRING, "in which times are shown"},
		    {"lang", "query", STRING, "en or nb"},
		    {"table", "query", STRING, "csv: this table of the report"}},
     .answers = {{200, "The file, of the format's media type"},
		 {400, "A parameter makes no sense, or the report takes none such"},
		 {404, "No such report or format, or not in your scope"},
		 {429, "Your reports are being made already; Retry-After"},
		 {500, "The report could not be made"},
		 {503, "Too many are waiting, it took too long, or the database is away"}}},
    {"POST", "/api/conflicts/{id}/resolve", "Settle a conflict",
     .parameters = {{"id", "path", STRING, "the conflict, cfl_…"}},
     .body = OBJECT("\"status\":" STATUS ",\"reason\":" STRING),
     .answers = {{200, "The conflict, settled"},
		 {400, "The body makes no sense"},
		 {404, "No such conflict in your scope"},
		 {409, "It is settled already, has changed, or its home is closed"}}},
    {"GET", "/api/alerts", "What somebody must know",
     .parameters = {{"state", "query", STRING, "open or all"},
		    {"facility", "query", STRING, "of this home only"},
		    {"rule", "query", STRING, "of this rule only"},
		    {"limit", "query", COUNT, "so many at most"}},
     .answers = {{200, "Alerts, the newest first"}, SAME, {400, "A parameter makes no sense"}}},
    {"POST", "/api/alerts/{id}/acknowledge", "Somebody has seen an alert",
     .parameters = {{"id", "path", STRING, "the alert, alr_…"}}, .body = OBJECT("\"note\":" STRING),
     .body_optional = true,
     .answers = {{200, "The alert"},
		 {400, "The body makes no sense"},
		 {404, "No such alert in your scope"}}},
    {"GET", "/api/start",
     "What a page begins with: who one is, homes, rows, and where the stream goes on",
     .answers = {{200, "All of it, as of now",
		  OBJECT("\"me\":" REF("Who") ",\"facilities\":" LIST(
		      REF("Facility")) ",\"cursor\":" STRING ",\"now\":" TIME
				       ",\"stale_after_minutes\":" COUNT
				       ",\"offline_after_minutes\":" COUNT
				       ",\"rows\":" LIST(REF("Row")))},
		 {503, "Nothing is known yet"}}},
    {"GET", "/api/stream", "Changes as they happen, as server-sent events",
     .parameters = {{"region", "query", STRING, "region ids, with commas"},
		    {"facility", "query", STRING, "facility ids, with commas"},
		    {"ward", "query", STRING, "ward names, with commas"},
		    {"care_level", "query", STRING, "light, medium, intensive, with commas"},
		    {"after", "query", STRING, "the cursor of /api/start: go on from there"},
		    {"Last-Event-ID", "header", STRING, "go on from there"}},
     .answers = {{200, "snapshot, availability, contact, alert and beat events", STRING},
		 {400, "A parameter makes no sense"}}},
    {"GET", "/api/login", "The ways to log in, for a log-in page",
     .answers = {{200,
		  "Whether by password, and through an OpenID provider: its button's label "
		  "and where it leads",
		  OBJECT("\"password\":{\"type\":\"boolean\"},\"oidc\":{\"type\":[\"object\","
			 "\"null\"],\"properties\":{\"label\":" STRING ",\"url\":" STRING "}}")},
		 SAME}},
    {"GET", "/api/oidc/login", "To the OpenID provider, for a browser",
     .parameters = {{"return", "query", STRING, "the page to come back to: a path such as /"}},
     .answers = {{302, "The provider's address; a cookie binds the browser to this log-in"},
		 {400, "return is not a path of these pages"},
		 {404, "Not set up here"},
		 {502, "The provider makes no sense"},
		 {503, "The provider or the database is away, or too many log-ins are under way"}}},
    {"GET", "/api/oidc/callback", "Back from the OpenID provider, for a browser",
     .parameters = {{"state", "query", STRING, "as it was sent there"},
		    {"code", "query", STRING, "for the provider's token endpoint"},
		    {"iss", "query", STRING, "the provider"},
		    {"error", "query", STRING, "why there is no code"}},
     .answers = {{303, "Logged in; the session's cookie is set"},
		 {400, "No such log-in is under way in this browser"},
		 {403, "Denied by the provider, not to be believed, or no user here"},
		 {404, "Not set up here"},
		 {502, "The provider makes no sense"},
		 {503, "The provider or the database is away"}}},
    {"GET", "/api/oidc/jwks", "This region's public key, for the OpenID provider",
     .answers = {{200, "A JWK Set", OBJECT("\"keys\":" LIST("{\"type\":\"object\"}"))},
		 SAME,
		 {404, "Not set up here"}}},
    {"POST", "/api/password", "One's own password, anew; ends one's other sessions",
     .body = OBJECT("\"old\":" STRING ",\"new\":" STRING),
     .answers = {{204, "Set"},
		 {400, "The body makes no sense"},
		 {403, "The old password is another, or a token asks"},
		 {422, "The new password is too weak"}}},
    {"POST", "/api/login", "A session from a login name and password, or from a token",
     .body = OBJECT("\"login\":" STRING ",\"password\":" STRING ",\"token\":" STRING),
     .answers = {{200, "Who one is; the cookie is set", REF("Who")},
		 {400, "The body makes no sense"},
		 {401, "Not a valid token, or login and password do not fit"}}},
    {"POST", "/api/logout", "The end of the session",
     .answers = {{200, "Ended; logout_url ends the one at the OpenID provider",
		  OBJECT("\"logout_url\":" STRING)},
		 {204, "Ended"}}},
    {"POST", "/api/logout/everywhere", "The end of all sessions of the same user or token",
     .answers = {{204, "Ended"}}},
    {"GET", "/api/me", "Who one is", .answers = {{200, "Role, scope, csrf", REF("Who")}}},
    {"GET", "/api/openapi.json", "This description",
     .answers = {{200, "OpenAPI 3.1", "{\"type\":\"object\"}"}, SAME}},
    {"GET", "/healthz", "Does the process run?", .answers = {{200, "It does"}}},
    {"GET", "/readyz", "Can it answer?", .answers = {{200, "It can"}, {503, "Not now"}}},
    {"GET", "/metrics", "Counters for Prometheus", .answers = {{200, "Text"}}},
    {"GET", "/{path...}", "The dashboard's files",
     .parameters = {{"path", "path", STRING, "the file"}},
     .answers = {{200, "The file"}, SAME, {404, "No such file"}}},
    {0},
};
