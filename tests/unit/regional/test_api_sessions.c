/* The whole API on a real PostgreSQL: logins, sessions, scope, and PostgreSQL going away. */
#include "regional/api/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/password.h"
#include "store/migrate.h"
#include "store/registry.h"
#include "store/users.h"
#include "tests/unit/http/client.h"
#include "tests/unit/store/pg_server.h"

#define STAFF	"bpt_staffstaffstaffstaffstaffstaffstaffstaff"
#define ADMIN	"bpt_adminadminadminadminadminadminadminadmin"
#define EXPIRED "bpt_expiredexpiredexpiredexpiredexpiredexpir"
#define JSON	"Content-Type: application/json\r\n"

static char *database;
static struct api *api;
static struct buf out;

static void add_token(const char *token, const char *role, const char *facility,
		      const char *expires)
{
	_cleanup_(buf_done) struct buf sql = BUF_INIT;
	struct digest d = registry_token_hash(span_str(token));
	char hex[DIGEST_HEX + 1];

	buf_addf(&sql,
		 "INSERT INTO api_tokens (hash, name, role, facility_id, expires_at)"
		 " VALUES ('\\x%s', '%s', '%s', %s, %s)",
		 digest_hex(&d, hex), role, role, facility, expires);
	pg_server_run(database, sql.p);
}

#define PASSWORD "correct horse battery"

/* {"login":login,"password":PASSWORD} and a user in fac_own whom it fits. */
static const char *add_user(const char *login, char body[256])
{
	const struct users_row u = {.login = span_str(login),
				    .name = SPAN("Kari Hansen"),
				    .role = SPAN("FACILITY_STAFF"),
				    .facility_id = SPAN("fac_own")};
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(database);
	char hash[PASSWORD_HASH];
	int64_t id;

	assert_int_equal(password_hash(SPAN(PASSWORD), hash, NULL), 0);
	assert_int_equal(users_add(pg, "test", &u, hash, &id, NULL), 0);
	(void)snprintf(body, 256, "{\"login\":\"%s\",\"password\":\"" PASSWORD "\"}", login);
	return body;
}

static int start(void **state)
{
	(void)state;
	digest_setup();
	postgres = pg_server_start();
	database = pg_server_database(postgres);
	struct pg *pg = pg_server_connect(database);
	assert_int_equal(migrate_up(pg, NULL, NULL), 0);
	pg_close(pg);
	pg_server_run(
	    database,
	    "INSERT INTO regions (id, name) VALUES ('reg_a', 'A');"
	    "INSERT INTO facilities (id, name, region_id) VALUES ('fac_own', 'Own', 'reg_a'),"
	    " ('fac_other', 'Other', 'reg_a');"
	    "INSERT INTO beds (facility_id, id, care_level, status, version, last_updated, "
	    "confirmed_at) VALUES"
	    " ('fac_own', 'bed_1', 'light', 'available', 1, now(), now())");
	add_token(STAFF, "FACILITY_STAFF", "'fac_own'", "NULL");
	add_token(ADMIN, "SYSTEM_ADMIN", "NULL", "NULL");
	add_token(EXPIRED, "SYSTEM_ADMIN", "NULL", "now() - interval '1 second'");
	return api_open(&(struct api_options){.listen = "127.0.0.1:0",
					      .database = database,
					      .fresh = {10 * USEC_PER_MIN, 30 * USEC_PER_MIN}},
			&api, NULL);
}

static int stop(void **state)
{
	(void)state;
	api_close(api);
	free(database);
	pg_server_stop(postgres);
	buf_done(&out);
	return 0;
}

static int ask(const char *method, const char *path, const char *headers, const char *body)
{
	_cleanup_(buf_done) struct buf rq = BUF_INIT;

	buf_addf(&rq, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
		 headers, strlen(body), body);
	return client_ask(api_port(api), rq.p, &out);
}

static int get(const char *path, const char *token)
{
	char headers[256];

	(void)snprintf(headers, sizeof(headers), "Authorization: Bearer %s\r\n", token);
	return ask("GET", path, headers, "");
}

static void wait_status(const char *path, const char *token, int status)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	while (get(path, token) != status) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(10000);
	}
}

static void wait_logged(const char *where)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
	char sql[512];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM access_log WHERE %s", where);
	while (pg_server_number(database, sql) == 0) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(10000);
	}
}

/* What stands between two texts of the last answer. */
static char *between(const char *before, const char *after, char to[256])
{
	const char *p = strstr(out.p, before);

	assert_non_null(p);
	p += strlen(before);
	(void)snprintf(to, 256, "%.*s", (int)(strstr(p, after) - p), p);
	return to;
}

static void a_token_opens_what_its_role_may_see(void **state)
{
	(void)state;
	wait_status("/readyz", "", 200);
	assert_int_equal(get("/api/facilities/fac_own/beds", STAFF), 200);
	assert_non_null(strstr(out.p, "\"id\":\"bed_1\""));
	assert_int_equal(get("/api/facilities/fac_other/beds", STAFF), 404);
	assert_int_equal(get("/api/facilities/fac_other", STAFF), 404);
	assert_int_equal(get("/api/facilities/fac_other", ADMIN), 200);
	assert_int_equal(get("/api/facilities", STAFF), 200);
	assert_null(strstr(out.p, "fac_other"));
	wait_logged(
	    "action = 'beds' AND allowed AND facility_id = 'fac_own' AND who = 'FACILITY_STAFF'");
	wait_logged("action = 'beds' AND NOT allowed AND facility_id = 'fac_other' AND source_ip = "
		    "'127.0.0.1'");
}

static void an_expired_token_and_a_made_up_one_open_nothing(void **state)
{
	(void)state;
	assert_int_equal(get("/api/facilities", EXPIRED), 401);
	assert_int_equal(get("/api/facilities", "bpt_madeupmadeupmadeupmadeupmadeupmadeup"), 401);
	assert_int_equal(get("/api/facilities", "short"), 401);
	assert_int_equal(ask("GET", "/api/facilities", "", ""), 401);
	assert_non_null(strstr(out.p, "WWW-Authenticate: Bearer"));
	wait_logged("action = 'facilities' AND NOT allowed AND who IS NULL");
}

static void a_session_lives_from_login_to_logout(void **state)
{
	char cookie[256], csrf[256], headers[1024];

	(void)state;
	assert_int_equal(ask("POST", "/api/login", JSON, "{\"token\":\"" STAFF "\"}"), 200);
	assert_non_null(strstr(out.p, "; HttpOnly; SameSite=Strict"));
	assert_non_null(strstr(out.p, "\"facility_id\":\"fac_own\",\"region_id\":null"));
	between("Set-Cookie: ", ";", cookie);
	between("\"csrf\":\"", "\"", csrf);
	(void)snprintf(headers, sizeof(headers), "Cookie: %s\r\n", cookie);
	assert_int_equal(ask("GET", "/api/me", headers, ""), 200);
	assert_int_equal(ask("GET", "/api/facilities/fac_own", headers, ""), 200);
	assert_int_equal(ask("POST", "/api/logout", headers, ""), 403);
	(void)snprintf(headers, sizeof(headers), "Cookie: %s\r\nX-CSRF-Token: %s\r\n", cookie,
		       csrf);
	assert_int_equal(ask("POST", "/api/logout", headers, ""), 204);
	assert_int_equal(ask("GET", "/api/me", headers, ""), 401);
	assert_int_equal(pg_server_number(database, "SELECT count(*) FROM sessions"), 0);
	wait_logged("action = 'login' AND allowed");
	wait_logged("action = 'logout' AND allowed");
}

static void only_hashes_of_sessions_are_kept(void **state)
{
	char cookie[256], sql[1024];

	(void)state;
	assert_int_equal(ask("POST", "/api/login", JSON, "{\"token\":\"" ADMIN "\"}"), 200);
	between("Set-Cookie: bedpost_session=", ";", cookie);
	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM sessions WHERE encode(hash, 'hex') = '%s' OR "
		       "hash = convert_to('%s', 'UTF8')",
		       cookie, cookie);
	assert_int_equal(pg_server_number(database, sql), 0);
	assert_int_equal(pg_server_number(database, "SELECT count(*) FROM sessions"), 1);
}

static void a_login_that_is_no_login_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/api/login", JSON, "{\"token\":\"" EXPIRED "\"}"), 401);
	assert_int_equal(ask("POST", "/api/login", JSON, "{\"token\":7}"), 400);
	assert_int_equal(ask("POST", "/api/login", JSON, "not json"), 400);
	assert_int_equal(ask("POST", "/api/login", "", "{}"), 415);
	assert_int_equal(ask("DELETE", "/api/login", "", ""), 405);
	wait_logged("action = 'login' AND NOT allowed");
}

/* Logs in; the headers of what is asked with the session, csrf included. */
static void log_in(const char *body, char headers[1024])
{
	char cookie[256], csrf[256];

	assert_int_equal(ask("POST", "/api/login", JSON, body), 200);
	between("Set-Cookie: ", ";", cookie);
	between("\"csrf\":\"", "\"", csrf);
	(void)snprintf(headers, 1024, "Cookie: %s\r\nX-CSRF-Token: %s\r\n", cookie, csrf);
}

static void wait_ended(const char *headers)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	while (ask("GET", "/api/me", headers, "") != 401) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(10000);
	}
}

static void a_password_opens_what_its_user_may_see(void **state)
{
	char body[256], headers[1024];

	(void)state;
	add_user("kari", body);
	log_in(body, headers);
	assert_non_null(strstr(out.p, "\"name\":\"Kari Hansen\",\"login\":\"kari\""));
	assert_non_null(strstr(out.p, "; HttpOnly; SameSite=Strict"));
	assert_int_equal(ask("GET", "/api/facilities/fac_own/beds", headers, ""), 200);
	assert_int_equal(ask("GET", "/api/facilities/fac_other/beds", headers, ""), 404);
	assert_int_equal(pg_server_number(database,
					  "SELECT count(*) FROM users WHERE login = 'kari' "
					  "AND last_login_at IS NOT NULL"),
			 1);
	wait_logged("action = 'login' AND allowed AND who = 'kari'");
	wait_logged("action = 'beds' AND allowed AND who = 'kari'");
	assert_int_equal(ask("POST", "/api/login", JSON,
			     "{\"login\":\"kari\",\"password\":\"wrong wrong wrong\"}"),
			 401);
	wait_logged("action = 'login' AND NOT allowed AND who = 'kari'");
	assert_int_equal(ask("POST", "/api/logout", headers, ""), 204);
	assert_int_equal(ask("GET", "/api/me", headers, ""), 401);
}

/* The same words for all of them. */
static void a_wrong_password_and_an_unknown_user_look_alike(void **state)
{
	static const char *const bodies[] = {
	    "{\"login\":\"per\",\"password\":\"wrong wrong wrong\"}",
	    "{\"login\":\"nobody\",\"password\":\"" PASSWORD "\"}",
	    "{\"login\":\"per\",\"password\":\"" PASSWORD "\"}"};
	char body[256];

	(void)state;
	add_user("per", body);
	pg_server_run(database, "UPDATE users SET disabled_at = now() WHERE login = 'per'");
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(ask("POST", "/api/login", JSON, bodies[i]), 401);
		assert_non_null(strstr(out.p, "login and password do not fit"));
		assert_null(strstr(out.p, "Set-Cookie"));
	}
	assert_int_equal(ask("POST", "/api/login", JSON, "{\"login\":\"per\"}"), 400);
	wait_logged("action = 'login' AND NOT allowed AND who IS NULL AND detail->>'reason' = "
		    "'password'");
}

static void a_session_that_is_not_used_ends(void **state)
{
	char body[256], headers[1024];

	(void)state;
	add_user("idle", body);
	log_in(body, headers);
	pg_server_run(database, "UPDATE sessions SET last_used_at = now() - interval '59 minutes',"
				" created_at = now() - interval '5 hours'");
	assert_int_equal(ask("GET", "/api/me", headers, ""), 200);
	pg_server_run(database, "UPDATE sessions SET last_used_at = now() - interval '61 minutes'");
	wait_ended(headers);
}

static void logging_out_everywhere_ends_all_one_s_sessions_and_no_other(void **state)
{
	char one[256], other[256], first[1024], second[1024], stranger[1024];

	(void)state;
	add_user("many", one);
	add_user("other", other);
	log_in(one, first);
	log_in(one, second);
	log_in(other, stranger);
	*strstr(first, "X-CSRF") = '\0';
	assert_int_equal(ask("POST", "/api/logout/everywhere", first, ""), 403);
	assert_int_equal(ask("POST", "/api/logout/everywhere", second, ""), 204);
	assert_int_equal(ask("GET", "/api/me", first, ""), 401);
	assert_int_equal(ask("GET", "/api/me", second, ""), 401);
	assert_int_equal(ask("GET", "/api/me", stranger, ""), 200);
}

static void a_new_password_ends_sessions_and_a_disabled_user_is_out(void **state)
{
	char body[256], headers[1024], hash[PASSWORD_HASH];
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(database);

	(void)state;
	add_user("changed", body);
	log_in(body, headers);
	assert_int_equal(password_hash(SPAN("another password"), hash, NULL), 0);
	assert_int_equal(users_set_password(pg, "test", SPAN("changed"), hash, NULL), 0);
	wait_ended(headers);
	assert_int_equal(ask("POST", "/api/login", JSON, body), 401);
	add_user("leaver", body);
	log_in(body, headers);
	assert_int_equal(users_disable(pg, "test", SPAN("leaver"), false, NULL), 0);
	wait_ended(headers);
	assert_int_equal(ask("POST", "/api/login", JSON, body), 401);
	assert_int_equal(users_enable(pg, "test", SPAN("leaver"), NULL), 0);
	log_in(body, headers);
	assert_int_equal(users_disable(pg, "test", SPAN("nobody"), false, NULL), -ERR_NOT_FOUND);
}

static void a_revoked_token_is_refused_within_seconds(void **state)
{
	(void)state;
	add_token("bpt_revokedrevokedrevokedrevokedrevoked", "SYSTEM_ADMIN", "NULL", "NULL");
	assert_int_equal(get("/api/facilities", "bpt_revokedrevokedrevokedrevokedrevoked"), 200);
	pg_server_run(
	    database,
	    "UPDATE api_tokens SET revoked_at = now() WHERE id = (SELECT max(id) FROM api_tokens)");
	wait_status("/api/facilities", "bpt_revokedrevokedrevokedrevokedrevoked", 401);
}

static void without_postgresql_who_is_known_still_gets_the_picture(void **state)
{
	(void)state;
	assert_int_equal(get("/api/availability", ADMIN), 200);
	pg_server_kill(postgres);
	wait_status("/readyz", "", 503);
	assert_int_equal(get("/healthz", ""), 200);
	assert_int_equal(get("/api/availability", ADMIN), 200);
	assert_int_equal(get("/api/facilities/fac_own/beds", ADMIN), 503);
	assert_int_equal(get("/api/availability", "bpt_neverseenneverseenneverseenneverseen"), 503);
	pg_server_again(postgres);
	wait_status("/readyz", "", 200);
	wait_status("/api/facilities/fac_own/beds", ADMIN, 200);
}

/* Last: it uses up this address's patience. */
static void who_fails_too_often_must_wait_and_who_is_known_need_not(void **state)
{
	int status = 401;

	(void)state;
	for (int i = 0; i < 100 && status == 401; i++)
		status = ask("POST", "/api/login", JSON,
			     "{\"token\":\"bpt_guessguessguessguessguess\"}");
	assert_int_equal(status, 429);
	assert_non_null(strstr(out.p, "Retry-After: "));
	assert_int_equal(get("/api/facilities", ADMIN), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_opens_what_its_role_may_see),
	    cmocka_unit_test(an_expired_token_and_a_made_up_one_open_nothing),
	    cmocka_unit_test(a_session_lives_from_login_to_logout),
	    cmocka_unit_test(only_hashes_of_sessions_are_kept),
	    cmocka_unit_test(a_login_that_is_no_login_is_refused),
	    cmocka_unit_test(a_password_opens_what_its_user_may_see),
	    cmocka_unit_test(a_wrong_password_and_an_unknown_user_look_alike),
	    cmocka_unit_test(a_session_that_is_not_used_ends),
	    cmocka_unit_test(logging_out_everywhere_ends_all_one_s_sessions_and_no_other),
	    cmocka_unit_test(a_new_password_ends_sessions_and_a_disabled_user_is_out),
	    cmocka_unit_test(a_revoked_token_is_refused_within_seconds),
	    cmocka_unit_test(without_postgresql_who_is_known_still_gets_the_picture),
	    cmocka_unit_test(who_fails_too_often_must_wait_and_who_is_known_need_not),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
