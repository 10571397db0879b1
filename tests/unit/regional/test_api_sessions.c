/* The whole API on a real PostgreSQL: logins, sessions, scope, and PostgreSQL going away. */
#include "regional/api/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/migrate.h"
#include "store/registry.h"
#include "tests/unit/http/client.h"
#include "tests/unit/store/pg_server.h"

#define STAFF	"bpt_staffstaffstaffstaffstaffstaffstaffstaff"
#define ADMIN	"bpt_adminadminadminadminadminadminadminadmin"
#define EXPIRED "bpt_expiredexpiredexpiredexpiredexpiredexpir"
#define JSON	"Content-Type: application/json\r\n"

static struct pg_server *postgres;
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
	usec_t deadline = clock_monotonic() + 20 * USEC_PER_SEC;

	while (get(path, token) != status) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(10000);
	}
}

static void wait_logged(const char *where)
{
	usec_t deadline = clock_monotonic() + 10 * USEC_PER_SEC;
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
	assert_int_equal(ask("GET", "/api/login", "", ""), 405);
	wait_logged("action = 'login' AND NOT allowed");
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
	    cmocka_unit_test(a_revoked_token_is_refused_within_seconds),
	    cmocka_unit_test(without_postgresql_who_is_known_still_gets_the_picture),
	    cmocka_unit_test(who_fails_too_often_must_wait_and_who_is_known_need_not),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
