/* Structured lines on standard error, one per event, in logfmt:
 *
 *     2026-04-20T09:14:22.123456Z info watcher file_committed file=… events=3
 *
 * Under systemd (JOURNAL_STREAM set) the time is left out and <priority> put before. Written by
 * daemons' edges only; a value from a dropped file is never logged (it may name a patient): log its
 * class, place and reason.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/span.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_init(const char *program, enum log_level level); /* once, before threads start */

/* event: a stable word, e.g. "file_committed"; format: " key=value" pairs, may be empty. Strings
 * from outside go through log_quote(). */
void log_line(enum log_level level, const char *event, const char *format, ...) _printf_(3, 4);
#define log_debug(event, ...) log_line(LOG_LEVEL_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...)  log_line(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_warn(event, ...)  log_line(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_LEVEL_ERROR, event, __VA_ARGS__)

#define LOG_QUOTE_MAX 512
struct log_text {
	char s[LOG_QUOTE_MAX];
};
/* As it is if it is one plain word, else "quoted" with control and non-UTF-8 bytes escaped; cut at
 * the limit. Use: log_info("x", "file=%s", log_quote(span_str(name)).s) */
struct log_text log_quote(struct span s);

/* An error line of what failed: " error=<message>". */
void log_failure(const char *event, const struct err *err);
