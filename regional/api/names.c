/* The same words as in web/src/lib/texts_nb.js and texts_en.js (w_…): a file that is taken along
 * says what the page said. A test holds the two together (test_availability_csv.py). */
#include "regional/api/names.h"

#include <string.h>

static const struct {
	const char *code;
	struct text name;
} names[] = {
    {"light", TEXT_INIT("Light", "Lett")},
    {"medium", TEXT_INIT("Medium", "Middels")},
    {"intensive", TEXT_INIT("Intensive", "Intensiv")},
    {"dementia", TEXT_INIT("Dementia", "Demens")},
    {"rehabilitation", TEXT_INIT("Rehabilitation", "Rehabilitering")},
    {"somatic", TEXT_INIT("Somatic", "Somatisk")},
    {"palliative", TEXT_INIT("Palliative", "Lindrende")},
    {"respite", TEXT_INIT("Respite", "Avlastning")},
    {"short_term", TEXT_INIT("Short term", "Korttid")},
    {"short_stay", TEXT_INIT("Short stay", "Korttid")},
    {"general", TEXT_INIT("General", "Allmenn")},
    {"long_term", TEXT_INIT("Long term", "Langtid")},
    {"psychiatric", TEXT_INIT("Psychiatric", "Alderspsykiatri")},
    {"unassigned", TEXT_INIT("Unassigned", "Ikke fordelt")},
};

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
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_eq_str(code, names[i].code)) {
			buf_adds(out, text_in(names[i].name, lang));
			return;
		}
	if (code.n)
		add_words(code, out);
	else
		buf_adds(out, "–");
}
