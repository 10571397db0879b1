/* The part of the API's manual that is about /api/admin. */
#include <stddef.h>

#include "regional/api/manual.h"

/* clang-format off */
#define T     "{\"type\":\"string\"}"
#define TN    "{\"type\":[\"string\",\"null\"]}"
#define AT    "{\"type\":\"string\",\"format\":\"date-time\"}"
#define ATN   "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define N     "{\"type\":\"integer\",\"minimum\":0}"
#define NN    "{\"type\":[\"integer\",\"null\"]}"
#define DN    "{\"type\":[\"number\",\"null\"]}"
#define B     "{\"type\":\"boolean\"}"
#define O     "{\"type\":\"object\"}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define PAGE(key, name) "{\"type\":\"object\",\"properties\":{\"" key "\":" LIST(REF(name)) ",\"next\":" TN "}}"
#define SHAPE(inner) "{\"type\":\"object\",\"properties\":{" inner "}}"
/* A body: nothing else may be in it. */
#define BODY(needed, inner) "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" needed "],\"properties\":{" inner "}}"
#define ROLE  "{\"type\":\"string\",\"enum\":[\"FACILITY_STAFF\",\"FACILITY_MANAGER\",\"REGIONAL_COORDINATOR\",\"SYSTEM_ADMIN\"]}"

#define HOME_FIELDS "\"name\":" T ",\"region_id\":" T ",\"address\":" O ",\"latitude\":" DN ",\"longitude\":" DN \
	",\"timezone\":" T ",\"ward_config\":" O ",\"conflict_policy\":{\"type\":\"string\",\"enum\":[\"hold\",\"source_wins\",\"latest_wins\"]}" \
	",\"auto_register\":" B ",\"default_care_level\":{\"type\":\"string\",\"enum\":[\"light\",\"medium\",\"intensive\"]}"
#define USER_FIELDS "\"name\":" T ",\"role\":" ROLE ",\"facility_id\":" TN ",\"region_id\":" TN
#define SUBSCRIPTION_FIELDS "\"target\":" T ",\"region_id\":" TN ",\"facility_id\":" TN ",\"rule\":" TN ",\"language\":{\"type\":\"string\",\"enum\":[\"en\",\"nb\"]}"

const char manual_admin_schemas[] =
    "\"AdminRegion\":" SHAPE("\"id\":" T ",\"name\":" T ",\"facilities\":" N ",\"created_at\":" AT)
    ",\"AdminFacility\":" SHAPE("\"id\":" T "," HOME_FIELDS ",\"state\":{\"type\":\"string\",\"enum\":[\"open\",\"closed\"]}"
	",\"status\":{\"type\":\"string\",\"enum\":[\"fresh\",\"stale\",\"offline\",\"closed\"]},\"created_at\":" AT ",\"revoked_at\":" ATN
	",\"last_contact_at\":" ATN ",\"offline_since\":" ATN ",\"in_sync_at\":" ATN ",\"as_of\":" ATN ",\"queue_depth\":" N
	",\"clock_skew_seconds\":" NN ",\"agent\":" TN ",\"beds\":" N
	",\"certificates\":" LIST(SHAPE("\"fingerprint\":" T ",\"issued_at\":" AT ",\"expires_at\":" AT ",\"revoked_at\":" ATN ",\"revoked_by\":" TN))
	",\"certificates_pinned\":" B
	",\"refusals\":" LIST(SHAPE("\"road\":" T ",\"reason\":" T ",\"fingerprint\":" TN ",\"first_at\":" AT ",\"last_at\":" AT ",\"count\":" N ",\"source_ip\":" TN))
	",\"etag\":" T)
    ",\"AdminUser\":" SHAPE("\"id\":" N ",\"login\":" T "," USER_FIELDS ",\"disabled\":" B ",\"has_password\":" B ",\"sessions\":" N
	",\"created_at\":" AT ",\"password_at\":" ATN ",\"disabled_at\":" ATN ",\"last_login_at\":" ATN ",\"etag\":" T)
    ",\"AdminToken\":" SHAPE("\"id\":" N "," USER_FIELDS ",\"expires_at\":" ATN ",\"created_at\":" AT ",\"revoked_at\":" ATN ",\"last_used_at\":" ATN)
    ",\"Threshold\":" SHAPE("\"id\":" N ",\"rule\":" T ",\"region_id\":" TN ",\"facility_id\":" TN ",\"ward\":" TN ",\"threshold\":" NN
	",\"unit\":" TN ",\"enabled\":" B ",\"set_at\":" AT ",\"set_by\":" T ",\"etag\":" T)
    ",\"Subscription\":" SHAPE("\"id\":" N ",\"channel\":{\"type\":\"string\",\"enum\":[\"webhook\",\"email\",\"push\"]}," SUBSCRIPTION_FIELDS
	",\"has_secret\":" B ",\"owner\":" T ",\"created_at\":" AT ",\"created_by\":" T ",\"ended_at\":" ATN ",\"waiting\":" N ",\"failed\":" N
	",\"last_error\":" TN ",\"last_delivered_at\":" ATN ",\"etag\":" T)
    ",\"Delivery\":" SHAPE("\"id\":" N ",\"facility_id\":" TN ",\"rule\":" TN ",\"created_at\":" AT ",\"attempts\":" N ",\"delivered_at\":" ATN
	",\"failed_at\":" ATN ",\"next_at\":" ATN ",\"last_error\":" TN)
    ",\"AccessRow\":" SHAPE("\"id\":" N ",\"at\":" AT ",\"who\":" TN ",\"role\":" TN ",\"source_ip\":" TN ",\"action\":" T ",\"facility_id\":" TN
	",\"region_id\":" TN ",\"allowed\":" B ",\"detail\":{\"type\":[\"object\",\"null\"]}");

#define ID       {"id", "path", T, "the thing"}
#define IF_MATCH {"If-Match", "header", T, "the etag that was seen, in quotes; or *"}
#define PAGING   {"limit", "query", N, "rows of a page"}, {"cursor", "query", T, "the page's next, as answered"}
#define WRONG    {400, "The body makes no sense: errors names each field"}
#define STALE    {409, "Somebody changed it meanwhile: current holds it"}
#define NEEDED   {428, "If-Match is missing"}
#define MISSING  {400, "A parameter makes no sense"}

const struct manual api_manual_admin[] = {
    {"GET", "/api/admin/regions", "The regions",
     .answers = {{200, "The regions", PAGE("regions", "AdminRegion")}}},
    {"POST", "/api/admin/regions", "Add a region",
     .body = BODY("\"id\",\"name\"", "\"id\":" T ",\"name\":" T),
     .answers = {{201, "The region", REF("AdminRegion")}, WRONG, {409, "It is there already"}}},
    {"GET", "/api/admin/facilities", "The homes, with what only an administrator sees",
     .parameters = {{"region", "query", T, "of this region only"}, {"state", "query", T, "open or closed"}, PAGING},
     .answers = {{200, "A page of homes", PAGE("facilities", "AdminFacility")}, MISSING}},
    {"POST", "/api/admin/facilities", "Add a home; its enrolment file is made with bedpost-admin",
     .body = BODY("\"id\",\"name\",\"region_id\"", "\"id\":" T "," HOME_FIELDS),
     .answers = {{201, "The home", REF("AdminFacility")}, WRONG, {409, "It is there already"}}},
    {"GET", "/api/admin/facilities/{id}", "One home", .parameters = {ID},
     .answers = {{200, "The home", REF("AdminFacility")}}},
    {"PATCH", "/api/admin/facilities/{id}", "Change a home (RFC 7396)", .parameters = {ID, IF_MATCH},
     .body = BODY("", HOME_FIELDS),
     .answers = {{200, "The home", REF("AdminFacility")}, WRONG, STALE, NEEDED}},
    {"POST", "/api/admin/facilities/{id}/revoke", "Close a home and refuse its certificates for ever", .parameters = {ID},
     .answers = {{200, "The home", REF("AdminFacility")}}},
    {"GET", "/api/admin/users", "The people who log in",
     .parameters = {{"role", "query", T, "of this role only"}, {"facility", "query", T, "of this home only"},
		    {"region", "query", T, "of this region only"}, PAGING},
     .answers = {{200, "A page of users", PAGE("users", "AdminUser")}, MISSING}},
    {"POST", "/api/admin/users", "Add a person",
     .body = BODY("\"login\",\"name\",\"role\"", "\"login\":" T ",\"password\":" TN "," USER_FIELDS),
     .answers = {{201, "The user", REF("AdminUser")}, WRONG, {409, "The login is taken"}}},
    {"GET", "/api/admin/users/{id}", "One person", .parameters = {ID}, .answers = {{200, "The user", REF("AdminUser")}}},
    {"PATCH", "/api/admin/users/{id}", "Change a person; role, scope and disabled end their sessions", .parameters = {ID, IF_MATCH},
     .body = BODY("", USER_FIELDS ",\"disabled\":" B),
     .answers = {{200, "The user", REF("AdminUser")}, WRONG, {409, "Changed meanwhile, or nobody else would be SYSTEM_ADMIN"}, NEEDED}},
    {"POST", "/api/admin/users/{id}/password", "Set a password and end all sessions", .parameters = {ID},
     .body = BODY("\"password\"", "\"password\":" T), .answers = {{200, "The user", REF("AdminUser")}, WRONG}},
    {"POST", "/api/admin/users/{id}/logout", "End all sessions of a user", .parameters = {ID},
     .answers = {{200, "The user", REF("AdminUser")}}},
    {"GET", "/api/admin/tokens", "The API tokens, without what they are", .answers = {{200, "The tokens", PAGE("tokens", "AdminToken")}}},
    {"POST", "/api/admin/tokens", "Make an API token and show it, once",
     .body = BODY("\"name\",\"role\"", USER_FIELDS ",\"expires_at\":" ATN),
     .answers = {{201, "The token, with token: its text", REF("AdminToken")}, WRONG}},
    {"POST", "/api/admin/tokens/{id}/revoke", "End a token", .parameters = {ID}, .answers = {{204, "Ended"}}},
    {"GET", "/api/admin/thresholds", "What differs from the built-in alert rules",
     .parameters = {{"facility", "query", T, "of this home only"}, PAGING},
     .answers = {{200, "A page of thresholds", PAGE("thresholds", "Threshold")}, MISSING}},
    {"POST", "/api/admin/thresholds", "Set a rule for all, a region, a home or a ward",
     .body = BODY("\"rule\"", "\"rule\":" T ",\"region_id\":" TN ",\"facility_id\":" TN ",\"ward\":" TN ",\"threshold\":" NN ",\"enabled\":" B),
     .answers = {{201, "The threshold", REF("Threshold")}, WRONG, {409, "Something is set for the same place"}}},
    {"PATCH", "/api/admin/thresholds/{id}", "Change a threshold (RFC 7396)", .parameters = {ID, IF_MATCH},
     .body = BODY("", "\"threshold\":" NN ",\"enabled\":" B),
     .answers = {{200, "The threshold", REF("Threshold")}, WRONG, STALE, NEEDED}},
    {"DELETE", "/api/admin/thresholds/{id}", "Back to the built-in rule", .parameters = {ID, IF_MATCH},
     .answers = {{204, "Gone"}, STALE, NEEDED}},
    {"GET", "/api/admin/subscriptions", "Who is told of alerts: one's own; a SYSTEM_ADMIN sees all",
     .parameters = {{"state", "query", T, "active or all: ended ones too"}, PAGING},
     .answers = {{200, "A page of subscriptions", PAGE("subscriptions", "Subscription")}, MISSING}},
    {"POST", "/api/admin/subscriptions", "Have somebody told of alerts",
     .body = BODY("\"channel\",\"target\"", "\"channel\":{\"type\":\"string\",\"enum\":[\"webhook\",\"email\",\"push\"]},\"secret\":" TN "," SUBSCRIPTION_FIELDS),
     .answers = {{201, "The subscription", REF("Subscription")}, WRONG}},
    {"GET", "/api/admin/subscriptions/{id}", "One subscription", .parameters = {ID},
     .answers = {{200, "The subscription", REF("Subscription")}}},
    {"PATCH", "/api/admin/subscriptions/{id}", "Change a subscription (RFC 7396)", .parameters = {ID, IF_MATCH},
     .body = BODY("", "\"secret\":" TN "," SUBSCRIPTION_FIELDS),
     .answers = {{200, "The subscription", REF("Subscription")}, WRONG, STALE, NEEDED}},
    {"DELETE", "/api/admin/subscriptions/{id}", "End a subscription", .parameters = {ID, IF_MATCH},
     .answers = {{204, "Ended"}, STALE, NEEDED}},
    {"POST", "/api/admin/subscriptions/{id}/test", "Send a test message", .parameters = {ID},
     .answers = {{202, "Queued", REF("Subscription")}, {409, "One waits already"}}},
    {"GET", "/api/admin/subscriptions/{id}/deliveries", "What was sent lately, and what came of it", .parameters = {ID},
     .answers = {{200, "The last deliveries", PAGE("deliveries", "Delivery")}}},
    {"POST", "/api/admin/subscriptions/{id}/deliveries/{delivery}/retry", "Try a delivery again that was given up",
     .parameters = {ID, {"delivery", "path", T, "the delivery"}},
     .answers = {{202, "It is on its way", REF("Subscription")}, {409, "It was not given up, or only just now"}}},
    {"GET", "/api/admin/access-log", "Who asked for what, and what was changed, as JSON or text/csv",
     .parameters = {{"who", "query", T, "by this user or token"}, {"action", "query", T, "of this kind"},
		    {"facility", "query", T, "about this home"}, {"denied", "query", T, "true: what was refused"},
		    {"from", "query", AT, "from then"}, {"to", "query", AT, "before then"},
		    {"format", "query", T, "json or csv, whatever is accepted"}, PAGING},
     .answers = {{200, "A page of the log, the newest first", PAGE("rows", "AccessRow")}, MISSING}},
    {0},
};
/* clang-format on */
