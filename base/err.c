/* Messages are cut at ERR_MESSAGE_MAX rather than allocated: an error path must not fail. The cut
 * never splits a UTF-8 sequence, for messages end in JSON. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/span.h"

/* By way of a buffer of its own, for a message may be made from the one it replaces. */
static _printf_(3, 0) void print_cut(char *out, size_t size, const char *format, va_list ap)
{
	char text[ERR_MESSAGE_MAX];
	int n = vsnprintf(text, size, format, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= size)
		len = span_utf8_whole(span_of(text, size - 1));
	memcpy(out, text, len);
	out[len] = '\0';
}

static bool is_retriable(enum err_code code)
{
	return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_FULL;
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, format);
		print_cut(err->message, sizeof(err->message), format, ap);
		va_end(ap);
		err->code = code;
		err->retriable = is_retriable(code);
	}
	return -(int)code;
}

static enum err_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR: return ERR_NOT_FOUND;
	case EEXIST: return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	case ENOSPC:
	case EDQUOT: return ERR_FULL;
	case ENOMEM: return ERR_NO_MEMORY;
	case ETIMEDOUT: return ERR_TIMEOUT;
	case EAGAIN:
	case EINTR:
	case EMFILE:
	case ENFILE:
	case ECONNREFUSED:
	case ECONNRESET:
	case ENETUNREACH:
	case EHOSTUNREACH: return ERR_UNAVAILABLE;
	case EINVAL: return ERR_INVALID;
	default: return ERR_IO;
	}
}

int err_errno(struct err *err, int errnum, const char *format, ...)
{
	enum err_code code = code_of_errno(errnum);

	if (err) {
		char what[ERR_MESSAGE_MAX / 2], reason[128];
		va_list ap;
		va_start(ap, format);
		print_cut(what, sizeof(what), format, ap);
		va_end(ap);
		(void)err_set(err, code, "%s: %s", what,
			      strerror_r(errnum, reason, sizeof(reason)));
	}
	return -(int)code;
}

int err_prefix(struct err *err, const char *format, ...)
{
	if (!err)
		return -(int)ERR_INVALID;

	char prefix[ERR_MESSAGE_MAX / 2], message[ERR_MESSAGE_MAX];
	va_list ap;
	va_start(ap, format);
	print_cut(prefix, sizeof(prefix), format, ap);
	va_end(ap);
	memcpy(message, err->message, sizeof(message));
	int n = snprintf(err->message, sizeof(err->message), "%s: ", prefix);
	size_t room = sizeof(err->message) - (size_t)n - 1, len = strlen(message);
	if (len > room)
		len = span_utf8_whole(span_of(message, room));
	memcpy(err->message + n, message, len);
	err->message[(size_t)n + len] = '\0';
	return -(int)err->code;
}

const char *err_code_name(enum err_code code)
{
	switch (code) {
	case ERR_NONE: return "none";
	case ERR_INVALID: return "invalid";
	case ERR_LIMIT: return "limit";
	case ERR_NOT_FOUND: return "not_found";
	case ERR_EXISTS: return "exists";
	case ERR_DENIED: return "denied";
	case ERR_CONFLICT: return "conflict";
	case ERR_UNAVAILABLE: return "unavailable";
	case ERR_TIMEOUT: return "timeout";
	case ERR_PROTOCOL: return "protocol";
	case ERR_DAMAGED: return "damaged";
	case ERR_IO: return "io";
	case ERR_FULL: return "full";
	case ERR_CORRUPT: return "corrupt";
	case ERR_NO_MEMORY: return "no_memory";
	}
	return "unknown";
}

int err_exit_code(const struct err *err)
{
	if (err->retriable)
		return 75;
	switch (err->code) {
	case ERR_NOT_FOUND: return 3;
	case ERR_INVALID:
	case ERR_LIMIT: return 4;
	case ERR_DENIED: return 5;
	default: return 1;
	}
}
