/* Live streams over real sockets; the picture is set by hand. */
#include "regional/feed/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digest.h"
#include "tests/unit/http/client.h"

static struct snapshot *snapshot;
static struct httpd *server;
static struct hub *hub;

static int64_t number_of(const struct httpd_rq *rq, const char *name)
{
	uint64_t n = 0;

	(void)span_to_u64(httpd_query(rq, name), &n);
	return (int64_t)n;
}

/* /stream?facility=…&region=…&login=…&address=… : scope and party, as the API would take them from
 * a login. */
static void open_stream(struct httpd_rq *rq, void *user)
{
	struct hub_scope scope = {0};

	(void)user;
	avail_copy_text(scope.facility_id, httpd_query(rq, "facility"));
	avail_copy_text(scope.region_id, httpd_query(rq, "region"));
	hub_open(hub, rq, &scope,
		 &(struct hub_party){number_of(rq, "login"), (uint64_t)number_of(rq, "address")});
}

static const struct httpd_route routes[] = {{"GET", "/stream", open_stream}, {0}};

static void set_home(const char *id, const char *region)
{
	struct facility f = {.last_contact_at = clock_now(),
			     .offline_since = USEC_NONE,
			     .closed_at = USEC_NONE,
			     .as_of = clock_now()};

	avail_copy_text(f.id, span_str(id));
	avail_copy_text(f.region_id, span_str(region));
	(void)snprintf(f.name, sizeof(f.name), "Home %s", id);
	/* Before anybody watches: the hub need not hear of it. */
	(void)picture_set_facility((struct picture *)(uintptr_t)snapshot_lock(snapshot), &f);
	snapshot_unlock(snapshot);
}

static void change(const char *facility, int available, int64_t rev)
{
	struct avail a = {.ward = "dementia",
			  .care_level = CARE_LIGHT,
			  .total = 100,
			  .available = available,
			  .rev = rev,
			  .as_of = clock_now()};

	avail_copy_text(a.facility_id, span_str(facility));
	snapshot_apply(snapshot, &a, 1);
}

static int start(void **state)
{
	const struct freshness_rule rule = {10 * USEC_PER_MIN, 30 * USEC_PER_MIN};
	const struct hub_limits limits = {.clients = 6, .per_login = 2, .per_address = 3};
	const struct httpd_options o = {.listen = "127.0.0.1:0", .routes = routes};

	(void)state;
	digest_setup();
	snapshot = snapshot_new(NULL);
	set_home("fac_a", "reg_east");
	set_home("fac_b", "reg_east");
	set_home("fac_c", "reg_west");
	if (hub_start(snapshot, &rule, &limits, NULL, &hub, NULL) < 0 ||
	    httpd_open(&o, &server, NULL) < 0)
		return -1;
	change("fac_a", 1, 1);
	change("fac_b", 2, 1);
	change("fac_c", 3, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	httpd_close(TAKE_PTR(server), 10 * USEC_PER_SEC);
	hub_stop(TAKE_PTR(hub));
	snapshot_free(TAKE_PTR(snapshot));
	return 0;
}

static int watch(const char *scope, const char *last_id, struct buf *out)
{
	_cleanup_(buf_done) struct buf rq = BUF_INIT;
	int fd = client_connect(httpd_port(server));

	buf_addf(&rq, "GET /stream?%s HTTP/1.1\r\nHost: x\r\n", scope);
	if (last_id)
		buf_addf(&rq, "Last-Event-ID: %s\r\n", last_id);
	buf_adds(&rq, "\r\n");
	client_send(fd, rq.p);
	assert_true(client_read_until(fd, out, "]}\n\n"));
	return fd;
}

static void a_new_watcher_gets_a_snapshot_of_its_scope(void **state)
{
	static const struct {
		const char *scope;
		bool a, b, c;
	} cases[] = {
	    {"", true, true, true},
	    {"region=reg_east", true, true, false},
	    {"facility=fac_b", false, true, false},
	    {"facility=fac_unknown", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_done) struct buf b = BUF_INIT;
		_cleanup_(closep) int fd = watch(cases[i].scope, NULL, &b);
		assert_non_null(strstr(b.p, "Content-Type: text/event-stream"));
		assert_non_null(strstr(b.p, "\nevent: snapshot\n"));
		assert_int_equal(strstr(b.p, "\"fac_a\"") != NULL, cases[i].a);
		assert_int_equal(strstr(b.p, "\"fac_b\"") != NULL, cases[i].b);
		assert_int_equal(strstr(b.p, "\"fac_c\"") != NULL, cases[i].c);
	}
}

static void a_change_reaches_who_may_see_it_and_nobody_else(void **state)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT, west = BUF_INIT;
	_cleanup_(closep) int fd_all = watch("", NULL, &all),
			      fd_west = watch("region=reg_west", NULL, &west);

	(void)state;
	change("fac_a", 41, 2);
	assert_true(client_read_until(fd_all, &all, "\"available_beds\":41"));
	change("fac_c", 42, 2);
	assert_true(client_read_until(fd_all, &all, "\"available_beds\":42"));
	assert_true(client_read_until(fd_west, &west, "\"available_beds\":42"));
	assert_null(strstr(west.p, "fac_a"));
	assert_non_null(strstr(west.p, "\nevent: availability\n"));
}

static void in_a_storm_each_row_goes_out_with_its_last_numbers(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(closep) int fd = watch("", NULL, &b);
	int events = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		change("fac_a", i % 90, 2 + i);
	change("fac_a", 99, 9999);
	assert_true(client_read_until(fd, &b, "\"available_beds\":99"));
	for (const char *p = b.p; (p = strstr(p, "event: availability")); p++)
		events++;
	assert_true(events < 500);
}

static char *last_id(const struct buf *b, char out[64])
{
	const char *p = b->p, *found = NULL;

	while ((p = strstr(p, "\nid: ")))
		found = ++p;
	assert_non_null(found);
	(void)snprintf(out, 64, "%.*s", (int)strcspn(found + 4, "\n"), found + 4);
	return out;
}

static void who_comes_back_gets_what_was_missed(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT, witness = BUF_INIT, back = BUF_INIT;
	_cleanup_(closep) int fd_witness = watch("", NULL, &witness), fd_back = -1;
	int fd = watch("", NULL, &b);
	char id[64];

	(void)state;
	change("fac_b", 50, 2);
	assert_true(client_read_until(fd, &b, "\"available_beds\":50"));
	assert_true(client_read_until(fd, &b, "]}\n\n"));
	close(fd);
	change("fac_a", 51, 2);
	assert_true(client_read_until(fd_witness, &witness, "\"available_beds\":51"));
	fd_back = watch("", last_id(&b, id), &back);
	assert_non_null(strstr(back.p, "\"available_beds\":51"));
	assert_null(strstr(back.p, "event: snapshot"));
	assert_null(strstr(back.p, "\"available_beds\":50"));
}

static void who_begins_with_a_picture_hears_what_came_after_it(void **state)
{
	_cleanup_(buf_done) struct buf picture = BUF_INIT, scope = BUF_INIT, b = BUF_INIT;
	_cleanup_(closep) int fd = -1;

	(void)state;
	hub_picture(hub, &(struct hub_scope){.region_id = "reg_east"}, &picture);
	assert_non_null(strstr(picture.p, "\"fac_a\""));
	assert_null(strstr(picture.p, "\"fac_c\""));
	const char *cursor = strstr(picture.p, "\"cursor\":\"") + 10;
	buf_addf(&scope, "region=reg_east&after=%.*s", (int)strcspn(cursor, "\""), cursor);
	change("fac_a", 52, 2);
	fd = watch(scope.p, NULL, &b);
	assert_true(client_read_until(fd, &b, "\"available_beds\":52"));
	assert_null(strstr(b.p, "event: snapshot"));
	assert_null(strstr(b.p, "fac_c"));
}

static void an_id_of_another_time_gets_a_snapshot(void **state)
{
	static const char *const ids[] = {"00000000-1", "nonsense", "",
					  "00000000-18446744073709551616"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		_cleanup_(buf_done) struct buf b = BUF_INIT;
		_cleanup_(closep) int fd = watch("", ids[i], &b);
		assert_non_null(strstr(b.p, "event: snapshot"));
	}
}

/* The status that a further stream of this party is refused with. */
static int refused(const char *party)
{
	_cleanup_(buf_done) struct buf rq = BUF_INIT, answer = BUF_INIT;

	buf_addf(&rq, "GET /stream?%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", party);
	int status = client_ask(httpd_port(server), rq.p, &answer);
	assert_non_null(strstr(answer.p, "application/problem+json"));
	assert_non_null(strstr(answer.p, "urn:bedpost:problem:too-many-streams"));
	assert_non_null(strstr(answer.p, "Retry-After: 15"));
	return status;
}

static void neither_a_login_nor_an_address_takes_all_streams(void **state)
{
	static const char *const parties[] = {"login=1&address=1", "login=1&address=1",
					      "login=2&address=1", "login=2&address=2",
					      "login=3&address=2", ""};
	struct buf b[ARRAY_LEN(parties)] = {0};
	int fds[ARRAY_LEN(parties)];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		fds[i] = watch(parties[i], NULL, &b[i]);
	assert_int_equal(refused("login=1&address=2"), 429); /* wherever it comes from */
	assert_int_equal(refused("login=9&address=1"), 429);
	for (size_t i = 4; i < ARRAY_LEN(parties); i++)
		fds[i] = watch(parties[i], NULL, &b[i]);
	assert_int_equal(refused("login=9&address=9"), 503);
	change("fac_a", 7, 2);
	for (size_t i = 0; i < ARRAY_LEN(parties); i++) {
		assert_true(client_read_until(fds[i], &b[i], "\"available_beds\":7"));
		buf_done(&b[i]);
	}
	close(fds[0]);
	struct buf again = BUF_INIT;
	close(watch("login=1&address=1", NULL, &again)); /* in its place */
	buf_done(&again);
	for (size_t i = 1; i < ARRAY_LEN(parties); i++)
		close(fds[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_new_watcher_gets_a_snapshot_of_its_scope),
	    TEST(a_change_reaches_who_may_see_it_and_nobody_else),
	    TEST(in_a_storm_each_row_goes_out_with_its_last_numbers),
	    TEST(who_comes_back_gets_what_was_missed),
	    TEST(who_begins_with_a_picture_hears_what_came_after_it),
	    TEST(an_id_of_another_time_gets_a_snapshot),
	    TEST(neither_a_login_nor_an_address_takes_all_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
