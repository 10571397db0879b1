/* One write(2) a line, so that lines of several threads never mix. The level is one of the two
 * mutable globals. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LOG_LINE_MAX 4096

static _Atomic(enum log_level) log_threshold = LOG_LEVEL_INFO;
static const char *log_program = "bedpost";
static bool log_to_journal;

void log_init(const char *program, enum log_level level)
{
	log_program = program;
	log_threshold = level;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const int level_priorities[] = {7, 6, 4, 3}; /* sd-daemon(3) */

void log_line(enum log_level level, const char *event, const char *format, ...)
{
	if (level < log_threshold)
		return;

	char line[LOG_LINE_MAX];
	int n;
	if (log_to_journal) {
		n = snprintf(line, sizeof(line), "<%d>%s", level_priorities[level], event);
	} else {
		char now[CLOCK_RFC3339_MAX];
		n = snprintf(line, sizeof(line), "%s %s %s %s",
			     clock_format_rfc3339(clock_now(), now), level_names[level],
			     log_program, event);
	}
	if (n < 0)
		return;
	if (*format && *format != ' ')
		line[n++] = ' ';
	va_list ap;
	va_start(ap, format);
	int more = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	if (more > 0)
		n += more;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)span_utf8_whole(span_of(line, sizeof(line) - 2));
	for (int i = 0; i < n; i++) /* one event, one line, whatever was forgotten to be quoted */
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '=' || s.p[i] == '\\' ||
		    s.p[i] >= 0x7f)
			return false;
	return s.n > 0 && s.n < LOG_QUOTE_MAX;
}

struct log_text log_quote(struct span s)
{
	struct log_text text;
	char *to = text.s, *end = text.s + sizeof(text.s) - 6;
	bool utf8 = span_is_utf8(s, NULL);

	if (is_plain(s)) {
		memcpy(text.s, s.p, s.n);
		text.s[s.n] = '\0';
		return text;
	}
	*to++ = '"';
	for (size_t i = 0; i < s.n && to < end; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = (char)c;
		} else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
			to += snprintf(to, 5, "\\x%02x", c);
		} else {
			*to++ = (char)c;
		}
	}
	to = text.s + (utf8 ? span_utf8_whole(span_of(text.s, (size_t)(to - text.s)))
			    : (size_t)(to - text.s));
	*to++ = '"';
	*to = '\0';
	return text;
}

void log_failure(const char *event, const struct err *err)
{
	log_error(event, "error=%s", log_quote(span_str(err->message)).s);
}
