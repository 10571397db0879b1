/* The words are those of the reports (reports/words.c), and of the pages: a file that is taken
 * along says what the page said. */
#include "regional/api/names.h"

#include "reports/cell.h"

void names_add(struct span code, enum lang lang, struct buf *out)
{
	if (code.n)
		place_add(code, lang, out);
	else
		buf_adds(out, "–");
}
