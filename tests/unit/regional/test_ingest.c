/* The door for homes as they meet it: curl(1) with certificates made by openssl(1), a real
 * PostgreSQL behind. */
#include "regional/ingest/ingest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

static char dir[] = "/tmp/bedpost-ingest-XXXXXX";
static struct pg_server *server;
static char *conninfo;
static struct merge *merge;
static struct ingest *ingest;
static struct arena arena;

static int shell(const char *format, ...) _printf_(1, 2);
static int shell(const char *format, ...)
{
	char command[2048];
	va_list ap;

	va_start(ap, format);
	int n = snprintf(command, sizeof(command), "cd %s && { ", dir);
	n += vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	(void)snprintf(command + n, sizeof(command) - (size_t)n, "; } >>log 2>&1");
	return system(command);
}

static char *in_dir(const char *name)
{
	return arena_printf(&arena, "%s/%s", dir, name);
}

static struct span read_whole(const char *name)
{
	_cleanup_(fclosep) FILE *f = fopen(in_dir(name), "r");
	char *p = arena_zalloc(&arena, 65536);

	return f ? span_of(p, fread(p, 1, 65535, f)) : SPAN("");
}

static void write_whole(const char *name, struct span bytes)
{
	_cleanup_(fclosep) FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
}

/* Sends the file "body" as this home; gives the status (0: no answer), with the answer in "out" and
 * "headers". */
#define NDJSON "-H Content-Type:application/x-ndjson "
static int post(const char *home, const char *path, const char *more)
{
	(void)shell("rm -f out headers; curl -s -m 20 --noproxy '*' --cacert ca.pem %s%s%s%s%s %s "
		    "--data-binary @body -o out -D headers -w "
		    "'%%{http_code}' "
		    "https://127.0.0.1:%u%s > status",
		    home ? "--cert " : "", home ? home : "", home ? ".pem --key " : "",
		    home ? home : "", home ? ".key" : "",
		    more[0] == '!' ? more + 1 : arena_printf(&arena, NDJSON "%s", more),
		    ingest_port(ingest), path);
	int64_t status = 0;
	(void)span_to_i64(read_whole("status"), &status);
	return (int)status;
}

static bool answer_has(const char *text)
{
	return strstr(read_whole("out").p, text) != NULL;
}

static void put_body(const struct wire_batch *b)
{
	_cleanup_(buf_done) struct buf lines = BUF_INIT, body = BUF_INIT, json = BUF_INIT;
	struct wire_header h = b->header;
	struct err err = {0};

	for (uint32_t i = 0; i < h.count; i++) {
		buf_clear(&json);
		event_to_json(&b->items[i].event, &json);
		wire_add_line(&lines, b->items[i].seq, buf_span(&json));
	}
	if (wire_encode(&h, buf_span(&lines), &body, &err) < 0)
		fail_msg("%s", err.message);
	write_whole("body", buf_span(&body));
}

static struct wire_batch *batch_of(const char *home, uint64_t first, const char *bed)
{
	struct wire_batch *b = homes_batch(&arena, home, HOMES_EPOCH, first, 1);
	struct event *e = homes_event(b, 0, bed, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);

	e->source.file = SPAN("00112233445566778899aabbccddeeff");
	e->source.record = 1;
	return b;
}

static void a_batch_is_answered_after_its_commit(void **state _unused_)
{
	struct wire_answer w;

	put_body(batch_of("fac_0", 1, "bed_1"));
	assert_int_equal(post("fac_0", "/api/v1/events", "-H Content-Encoding:zstd"), 200);
	assert_int_equal(
	    pg_server_number(conninfo, "SELECT count(*) FROM beds WHERE facility_id = 'fac_0'"), 1);
	assert_int_equal(wire_answer_from_json(read_whole("out"), &arena, &w, NULL), 0);
	assert_int_equal(w.applied_through, 1);
	assert_int_equal(w.outcomes[0].outcome, OUTCOME_APPLIED);
	/* the other name of the door; and the same bytes again */
	assert_int_equal(post("fac_0", "/events", ""), 200);
	assert_true(answer_has("\"duplicate\""));
}

static void a_certificate_speaks_for_its_own_home_only(void **state _unused_)
{
	put_body(batch_of("fac_0", 2, "bed_stolen"));
	assert_int_equal(post("fac_1", "/events", ""), 403);
	assert_true(answer_has("urn:bedpost:problem:wrong-facility"));
	assert_int_equal(
	    pg_server_number(conninfo, "SELECT count(*) FROM beds WHERE id = 'bed_stolen'"), 0);
}

static void without_a_certificate_there_is_no_conversation(void **state _unused_)
{
	put_body(batch_of("fac_0", 2, "bed_2"));
	assert_int_equal(post(NULL, "/events", ""), 0);
}

static void a_home_that_is_unknown_or_revoked_is_turned_away(void **state _unused_)
{
	put_body(batch_of("fac_stranger", 1, "bed_1"));
	assert_int_equal(post("fac_stranger", "/events", ""), 403);
	assert_true(answer_has("urn:bedpost:problem:unknown-facility"));
	pg_server_run(conninfo, "UPDATE facilities SET revoked_at = now() WHERE id = 'fac_1'");
	put_body(batch_of("fac_1", 1, "bed_1"));
	assert_int_equal(post("fac_1", "/events", ""), 403);
	pg_server_run(conninfo, "UPDATE facilities SET revoked_at = NULL WHERE id = 'fac_1'");
	assert_int_equal(post("fac_1", "/events", ""), 200);
}

static void what_is_no_batch_is_refused_without_repeating_it(void **state _unused_)
{
	write_whole("body", SPAN("{\"patient\":\"Kari Nordmann\"}\n"));
	assert_int_equal(post("fac_0", "/events", ""), 400);
	assert_true(answer_has("urn:bedpost:problem:bad-batch"));
	assert_false(answer_has("Kari"));
	assert_int_equal(post("fac_0", "/events", "-H Content-Encoding:br"), 415);
	assert_int_equal(post("fac_0", "/events", "!-H Content-Type:text/csv"), 415);
	assert_int_equal(shell("head -c 9000000 /dev/zero > body"), 0);
	assert_int_equal(post("fac_0", "/events", "-H Expect:"), 413);
}

static void another_event_under_a_known_seq_is_a_conflict_of_epochs(void **state _unused_)
{
	put_body(batch_of("fac_2", 1, "bed_1"));
	assert_int_equal(post("fac_2", "/events", ""), 200);
	put_body(batch_of("fac_2", 1, "bed_1"));
	assert_int_equal(post("fac_2", "/events", ""), 409);
	assert_true(answer_has("urn:bedpost:problem:epoch"));
}

static void while_postgresql_is_away_homes_are_told_when_to_come_again(void **state _unused_)
{
	put_body(batch_of("fac_3", 1, "bed_1"));
	pg_server_kill(server);
	assert_int_equal(post("fac_3", "/events", ""), 503);
	assert_non_null(strstr(read_whole("headers").p, "Retry-After: "));
	pg_server_again(server);
	homes_wait_connected(merge);
	assert_int_equal(post("fac_3", "/events", ""), 200);
	assert_true(answer_has("\"applied\""));
}

static int make_certificates(void)
{
	static const char *const names[] = {"server", "fac_0", "fac_1",
					    "fac_2",  "fac_3", "fac_stranger"};
	const char *new_key = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
	int r = shell("%s -x509 -days 2 -subj /CN=ca -keyout ca.key -out ca.pem", new_key);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(names); i++)
		r = shell("printf 'subjectAltName=IP:127.0.0.1' > ext && %s -subj /CN=%s -keyout "
			  "%s.key -out csr && openssl "
			  "x509 -req -days 2 -in csr -CA ca.pem -CAkey ca.key -CAcreateserial "
			  "-extfile ext -out %s.pem",
			  new_key, names[i], names[i], names[i]);
	return r;
}

static int set_up(void **state _unused_)
{
	struct err err = {0};

	digest_setup();
	if (!mkdtemp(dir) || make_certificates() != 0)
		return -1;
	server = pg_server_start();
	conninfo = homes_database(server, 4);
	if (merge_start(&(struct merge_options){.database = conninfo, .workers = 2}, &merge, &err) <
		0 ||
	    ingest_open(&(struct ingest_options){.listen = "127.0.0.1:0",
						 .cert = in_dir("server.pem"),
						 .key = in_dir("server.key"),
						 .client_ca = in_dir("ca.pem"),
						 .merge = merge},
			&ingest, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.message);
		return -1;
	}
	homes_wait_connected(merge);
	return 0;
}

static int tear_down(void **state _unused_)
{
	ingest_close(ingest);
	merge_stop(merge);
	free(conninfo);
	pg_server_stop(server);
	int r = shell("rm -rf %s", dir);
	arena_done(&arena);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_batch_is_answered_after_its_commit),
	    cmocka_unit_test(a_certificate_speaks_for_its_own_home_only),
	    cmocka_unit_test(without_a_certificate_there_is_no_conversation),
	    cmocka_unit_test(a_home_that_is_unknown_or_revoked_is_turned_away),
	    cmocka_unit_test(what_is_no_batch_is_refused_without_repeating_it),
	    cmocka_unit_test(another_event_under_a_known_seq_is_a_conflict_of_epochs),
	    cmocka_unit_test(while_postgresql_is_away_homes_are_told_when_to_come_again),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
