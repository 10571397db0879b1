/* BLAKE2b-256 (RFC 7693) of four short texts at the time of one: the hash works on 64-bit words, of
 * which a vector register holds four. The digests are those of digest_of().
 * Events' ids are made so: one of them costs more than reading its record. */
#pragma once

#include "base/digest.h"

#define DIGEST_FOUR	 4
#define DIGEST_SHORT_MAX 128 /* bytes of a text: one block of the hash */

/* A text that is not needed may be SPAN_NONE. */
void digest_four(const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR]);
