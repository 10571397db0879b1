/* Lines of reports as patterns that show nothing of them but words that reports are made of. NULL:
 * there is no such word. */
#pragma once

#include "adapters/propose/layout_paper.h"

bool paper_is_digit(char c);
/* "I alt Solsiden: 12" → "* alt *"; "Page 3" → "Page *"; "*** slutt ***" → "* slutt *" */
const char *paper_pass_pattern(struct arena *a, struct span words);
/* "** AVD 1 BJÖRKEN **" → "[*][*] AVD {} [*][*]", "1. etasje" → "{} etasje" */
const char *paper_heading_pattern(struct arena *a, struct span words, enum role *ret_role);
/* One that begins with a word for a ward or a house, in some part of the line: "Ward: 2A". Of cells
 * the word may be one, and the name the next. */
const char *paper_text_pattern(struct arena *a, const struct paper_row *row, enum role *ret_role);
