#include "http/files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/digest.h"
#include "tests/unit/http/client.h"

static char dir[] = "/tmp/bedpost-files-XXXXXX";
static struct files *files;
static struct httpd *server;
static struct buf out;

static void page(struct httpd_rq *rq, void *user)
{
	(void)user;
	files_answer(files, rq, rq->params[0]);
}

static const struct httpd_route routes[] = {{"GET", "/{path...}", page}, {0}};

static void put(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int start(void **state)
{
	const struct httpd_options o = {.listen = "127.0.0.1:0", .routes = routes};
	char path[256], text[5000];

	(void)state;
	digest_setup();
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/js", dir);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/link.html", dir);
	(void)!symlink("/etc/hostname", path);
	(void)snprintf(path, sizeof(path), "%s/outside", dir);
	(void)!symlink("/etc", path);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	put("index.html", "<p>index");
	put("js/main.js", text);
	put(".secret.html", "secret");
	put("notes.txt", "not a type that is served");
	return files_open(dir, &files, NULL) + httpd_open(&o, &server, NULL);
}

static int stop(void **state)
{
	char command[64];

	(void)state;
	httpd_close(server, USEC_PER_SEC);
	files_close(files);
	buf_done(&out);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static int get(const char *path, const char *headers)
{
	char rq[1024];

	(void)snprintf(rq, sizeof(rq), "GET /%s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, headers);
	return client_ask(httpd_port(server), rq, &out);
}

static void files_come_with_their_type(void **state)
{
	(void)state;
	assert_int_equal(get("", ""), 200);
	assert_non_null(strstr(out.p, "Content-Type: text/html; charset=utf-8\r\n"));
	assert_non_null(strstr(out.p, "\r\n\r\n<p>index"));
	assert_int_equal(get("js/main.js", ""), 200);
	assert_non_null(strstr(out.p, "Content-Type: text/javascript; charset=utf-8\r\n"));
	assert_non_null(strstr(out.p, "Content-Length: 4999\r\n"));
}

static void who_takes_gzip_gets_it(void **state)
{
	(void)state;
	assert_int_equal(get("js/main.js", "Accept-Encoding: br, gzip\r\n"), 200);
	assert_non_null(strstr(out.p, "Content-Encoding: gzip\r\n"));
	assert_non_null(strstr(out.p, "Vary: Accept-Encoding\r\n"));
	assert_true(out.n < 1500);
	assert_int_equal(get("js/main.js", "Accept-Encoding: gzip;q=0\r\n"), 200);
	assert_null(strstr(out.p, "Content-Encoding"));
}

static void nothing_but_the_folders_own_files_is_served(void **state)
{
	static const char *const paths[] = {
	    "link.html",
	    "outside/hostname",
	    "outside/passwd.html",
	    ".secret.html",
	    "../etc/hosts.html",
	    "js/../index.html",
	    "%2e%2e/index.html",
	    "js%2Fmain.js/x",
	    "js",
	    "js/",
	    "notes.txt",
	    "none.html",
	    "//index.html",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (get(paths[i], "") != 404)
			fail_msg("%s was served", paths[i]);
}

static void a_file_that_changed_is_read_again(void **state)
{
	char header[128];

	(void)state;
	put("changes.html", "one");
	assert_int_equal(get("changes.html", ""), 200);
	const char *tag = strstr(out.p, "ETag: ") + 6;
	(void)snprintf(header, sizeof(header), "If-None-Match: %.*s\r\n", (int)strcspn(tag, "\r"),
		       tag);
	assert_int_equal(get("changes.html", header), 304);
	put("changes.html", "three");
	assert_int_equal(get("changes.html", header), 200);
	assert_non_null(strstr(out.p, "\r\n\r\nthree"));
}

static void what_is_named_by_its_content_may_be_kept_for_ever(void **state)
{
	(void)state;
	put("more-JZPSB2J7.js", "1");
	put("more-jzpsb2j7.js", "1");
	put("JZPSB2J7.js", "1");
	assert_int_equal(get("more-JZPSB2J7.js", ""), 200);
	assert_non_null(strstr(out.p, "Cache-Control: public, max-age=31536000, immutable\r\n"));
	assert_int_equal(get("more-jzpsb2j7.js", ""), 200);
	assert_non_null(strstr(out.p, "Cache-Control: private, no-cache\r\n"));
	assert_int_equal(get("JZPSB2J7.js", ""), 200);
	assert_non_null(strstr(out.p, "Cache-Control: private, no-cache\r\n"));
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	struct files *none = NULL;
	struct err err;

	(void)state;
	assert_int_equal(files_open("/nonexistent/web", &none, &err), -ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "/nonexistent/web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_come_with_their_type),
	    cmocka_unit_test(who_takes_gzip_gets_it),
	    cmocka_unit_test(nothing_but_the_folders_own_files_is_served),
	    cmocka_unit_test(a_file_that_changed_is_read_again),
	    cmocka_unit_test(what_is_named_by_its_content_may_be_kept_for_ever),
	    cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
