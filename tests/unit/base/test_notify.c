#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notify.h"
#include "base/span.h"

static int service_manager = -1;
static char heard[1024];

/* A socket where systemd would listen. */
static int listen_like_systemd(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/bedpost-notify-%d",
		       (int)getpid());
	service_manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (service_manager < 0 ||
	    bind(service_manager, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static int stop_listening(void **state)
{
	(void)state;
	(void)unlink(getenv("NOTIFY_SOCKET"));
	return close(service_manager);
}

static const char *next_message(void)
{
	ssize_t n = recv(service_manager, heard, sizeof(heard) - 1, MSG_DONTWAIT);

	heard[n > 0 ? n : 0] = '\0';
	return heard;
}

static void systemd_hears_readiness_status_and_stopping(void **state)
{
	(void)state;
	notify_ready();
	assert_string_equal(next_message(), "READY=1");
	notify_status("%d homes", 200);
	assert_string_equal(next_message(), "STATUS=200 homes");
	notify_stopping();
	assert_string_equal(next_message(), "STOPPING=1");
}

static void a_long_status_is_cut_between_letters(void **state)
{
	char text[1000] = "";

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xB8", 3);
	for (int shift = 0; shift < 2; shift++) {
		notify_status("%s%s", shift ? "x" : "", text);
		assert_in_range(strlen(next_message()), 500, 511);
		assert_true(span_is_utf8(span_str(heard), NULL));
	}
}

static void without_systemd_nothing_happens(void **state)
{
	_cleanup_(freep) char *socket_name = strdup(getenv("NOTIFY_SOCKET"));

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	notify_status("x");
	setenv("NOTIFY_SOCKET", socket_name, 1);
	assert_string_equal(next_message(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_SYSTEMD
	    cmocka_unit_test(systemd_hears_readiness_status_and_stopping),
	    cmocka_unit_test(a_long_status_is_cut_between_letters),
#endif
	    cmocka_unit_test(without_systemd_nothing_happens),
	};

	return cmocka_run_group_tests(tests, listen_like_systemd, stop_listening);
}
