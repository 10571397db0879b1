/* Character sets: the bytes of a file, in pieces of any size, as UTF-8.
 *
 * What a file is read as: its byte order mark; else the name it was opened with (the adapter's
 * `encoding`, MSH-18, the XML declaration); else UTF-8. Opened with a fallback and no name, the
 * first byte that is not UTF-8 turns the rest of the file to the fallback, provided that everything
 * before it was ASCII: what was read so far is then the same in both.
 *
 * Nothing is replaced: a byte sequence that is not of its set comes out as one byte 0xFF, which is
 * never UTF-8, so that whoever uses the text sees that it is broken (span_is_utf8) and can say
 * where.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#define CHARSET_NAME_MAX 48

struct charset;

/* Any alias that ICU knows: "windows-1252", "latin1", "cp850", "utf-16le". */
bool charset_is_known(const char *name);

/* name NULL: find out. fallback NULL: none. INVALID for a name that is not known. */
int charset_new(const char *name, const char *fallback, struct charset **ret, struct err *err);
void charset_free(struct charset *c);
DEFINE_CLEANUP(struct charset *, charset_free)

/* The next piece as UTF-8, without the byte order mark. A sequence that is cut at the end of the
 * piece waits for the next one. The span lives until the next call and may point into `bytes`. */
struct span charset_decode(struct charset *c, struct span bytes, bool last);

/* What the bytes are read as now: "utf-8", "windows-1252" … */
const char *charset_name(const struct charset *c);
/* Neither named nor marked, and not UTF-8 either: the fallback. */
bool charset_is_guess(const struct charset *c);
/* A byte order mark said something else than the name, and was followed. */
bool charset_is_overruled(const struct charset *c);
/* A byte of the file is a character of the text. */
bool charset_is_single_byte(const struct charset *c);
/* Bytes of the byte order mark that was taken off. */
size_t charset_mark(const struct charset *c);

/* The encoding that the XML declaration at the start of a file names (XML 1.0 appendix F); false if
 * it names none. */
bool charset_of_xml(struct span head, char ret_name[CHARSET_NAME_MAX]);
