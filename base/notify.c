/* Results are ignored on purpose: nobody to tell is the usual case outside systemd. */
#include "base/notify.h"

#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/span.h"

#ifdef HAVE_SYSTEMD
static void tell(const char *state)
{
	(void)sd_notify(0, state);
}
#else
static void tell(const char *state)
{
	(void)state;
}
#endif

void notify_ready(void)
{
	tell("READY=1");
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_status(const char *format, ...)
{
	char text[512] = "STATUS=";
	size_t head = sizeof("STATUS=") - 1;
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text + head, sizeof(text) - head, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= sizeof(text) - head) /* systemd refuses what is not UTF-8 */
		text[span_utf8_whole(span_of(text, sizeof(text) - 1))] = '\0';
	tell(text);
}
