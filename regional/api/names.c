/* The words are those of the reports (reports/words.c), and of the pages: a file that is taken
 * along says what the page said. */
#include "regional/api/names.h"

#include <string.h>

#include "reports/cell.h"

static void add_words(struct span code, struct buf *out)
{
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];
		bool is_gap = strchr("_.-", c);
		if (is_gap && i > 0 && strchr("_.-", code.p[i - 1]))
			continue;
		if (i == 0 && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_addc(out, (char)(is_gap ? ' ' : c));
	}
}

void names_add(struct span code, enum lang lang, struct buf *out)
{
	const char *word = place_word(code, lang);

	if (word)
		buf_adds(out, word);
	else if (code.n)
		add_words(code, out);
	else
		buf_adds(out, "–");
}
