/* Wards and care levels by their names, as the pages show them. Pure. */
#pragma once

#include "base/buf.h"
#include "reports/text.h"

/* What a home named itself: its words, the first with a capital. "–" for none. */
void names_add(struct span code, enum lang lang, struct buf *out);
