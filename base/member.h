/* Members of a JSON object, each behind a comma: ,"key":"value". What is absent is null. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"

void member_span(struct buf *out, const char *key, struct span s); /* UTF-8, or SPAN_NONE */
void member_text(struct buf *out, const char *key, const char *s); /* UTF-8, or NULL */
void member_time(struct buf *out, const char *key, usec_t at);	   /* RFC 3339; or USEC_NONE */
