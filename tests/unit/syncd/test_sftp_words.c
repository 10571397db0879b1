/* The pure parts of the road over SFTP: names of files, failures in words, an answer's status. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libssh2.h>
#include <libssh2_sftp.h>

#include "base/digest.h"
#include "syncd/sftp_path.h"
#include "syncd/sftp_words.h"

static void files_lie_where_the_protocol_says(void **state)
{
	(void)state;
	char path[SFTP_PATH_MAX];

	assert_string_equal(sftp_path(SFTP_PART, "", "fac_a-e-1-2", path),
			    "inbox/.fac_a-e-1-2.ndjson.zst.part");
	assert_string_equal(sftp_path(SFTP_INBOX, "/srv/", "fac_a-e-1-2", path),
			    "/srv/inbox/fac_a-e-1-2.ndjson.zst");
	assert_string_equal(sftp_path(SFTP_ANSWER, "", "fac_a-e-1-2", path),
			    "ack/fac_a-e-1-2.json");
}

static void failures_are_told_apart_by_what_helps(void **state)
{
	(void)state;
	struct transport_reply r;

	sftp_words_of_error(LIBSSH2_ERROR_AUTHENTICATION_FAILED, "x", &r);
	assert_int_equal(r.kind, REPLY_PERSON);
	sftp_words_of_error(LIBSSH2_ERROR_SOCKET_DISCONNECT, NULL, &r);
	assert_int_equal(r.kind, REPLY_TRANSIENT);
	sftp_words_of_error(-9999, "what nobody knows", &r);
	assert_int_equal(r.kind, REPLY_TRANSIENT);
	assert_non_null(strstr(r.why.message, "what nobody knows"));
	sftp_words_of_file(LIBSSH2_FX_NO_SUCH_FILE, "inbox/", &r);
	assert_int_equal(r.kind, REPLY_PERSON);
	assert_non_null(strstr(r.why.message, "inbox/"));
	sftp_words_of_file(LIBSSH2_FX_FAILURE, "inbox/", &r); /* a full disk, say */
	assert_int_equal(r.kind, REPLY_TRANSIENT);
	assert_true(sftp_words_is_broken_line(LIBSSH2_ERROR_SOCKET_SEND));
	assert_false(sftp_words_is_broken_line(LIBSSH2_ERROR_AUTHENTICATION_FAILED));
}

static void a_child_that_died_is_told_by_how(void **state)
{
	(void)state;
	struct transport_reply r;

	sftp_words_of_death(SIGABRT, &r); /* as waitpid() has it */
	assert_int_equal(r.kind, REPLY_TRANSIENT);
	assert_int_equal(r.why.code, ERR_DAMAGED);
	assert_non_null(strstr(r.why.message, "SIGABRT"));
	sftp_words_of_death(SIGSEGV, &r);
	assert_non_null(strstr(r.why.message, "SIGSEGV"));
	sftp_words_of_death(SIGKILL, &r);
	assert_int_equal(r.why.code, ERR_UNAVAILABLE);
	sftp_words_of_death(4 << 8, &r);
	assert_non_null(strstr(r.why.message, "exit code 4"));
}

static void a_wrong_host_key_is_shown_as_ssh_keygen_shows_it(void **state)
{
	(void)state;
	struct transport_reply r;

	sftp_words_of_host_key(SPAN("abc"), SPAN(""), &r);
	assert_int_equal(r.kind, REPLY_PERSON);
	/* FIPS 180-2's example and the digest of nothing, in base64 without padding */
	assert_non_null(
	    strstr(r.why.message, "expected SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"));
	assert_non_null(
	    strstr(r.why.message, "met SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"));
}

static void a_problem_in_a_file_has_its_status_inside(void **state)
{
	(void)state;
	assert_int_equal(transport_status_of_file(SPAN("{\"status\":409,\"detail\":\"x\"}")), 409);
	assert_int_equal(transport_status_of_file(SPAN("{\"epoch\":\"e\"}")), 200);
	assert_int_equal(transport_status_of_file(SPAN("nonsense")), 200);
	assert_int_equal(transport_status_of_file(SPAN("")), 200);
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_lie_where_the_protocol_says),
	    cmocka_unit_test(failures_are_told_apart_by_what_helps),
	    cmocka_unit_test(a_child_that_died_is_told_by_how),
	    cmocka_unit_test(a_wrong_host_key_is_shown_as_ssh_keygen_shows_it),
	    cmocka_unit_test(a_problem_in_a_file_has_its_status_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
