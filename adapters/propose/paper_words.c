/* What a line of a report may be known by tomorrow: words that reports are made of, and stars for
 * the rest. */
#include "adapters/propose/paper_words.h"

static const char report_words[] =
    "sum summa summe gesamt gesamtsumme zwischensumme delsum delsumma subtotal total totalt "
    "totaler "
    "totals totalsum ialt antal antall anzahl davon herav heraf varav insgesamt side seite sida "
    "page pagina blad rows rader raekker zeilen records selected affected slutt slut ende end "
    "printed gedruckt druckdatum utskrift udskrift utskriftsdato report rapport bericht run "
    "auslastung belegungsgrad belaeggsgrad belaggningsgrad beleggsprosent belaegningsgrad "
    "occupancy_rate continued fortsetzung forts fortsatt fortsaettes sum_total count grand";

static bool is_report_word(struct arena *a, struct span word, struct span before)
{
	struct span folded = words_fold(a, word), rest = span_str(report_words), one;

	if (span_eq_str(folded, "alt") && span_eq_str(words_fold(a, before), "i"))
		return true;
	while (folded.n && span_cut(&rest, ' ', &one))
		if (span_eq(one, folded))
			return true;
	return false;
}

static void add_escaped(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("*?[", text.p[i]))
			buf_addf(b, "[%c]", text.p[i]);
		else if (text.p[i] == '\\')
			buf_addc(b, '?');
		else
			buf_addc(b, text.p[i]);
	}
}

bool paper_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has_letter_or_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (paper_is_digit(s.p[i]) || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') ||
		    s.p[i] & 0x80)
			return true;
	return false;
}

static bool says_place(struct arena *a, struct span word, enum role *ret)
{
	unsigned score;

	*ret = words_role(a, word, &score);
	return score == 100 && (*ret == ROLE_WARD || *ret == ROLE_PLACE);
}

/* "** AVD 1 BJÖRKEN **" → "[*][*] AVD {} [*][*]", "1. etasje" → "{} etasje"; NULL: no word of it
 * says what it is. */
const char *paper_heading_pattern(struct arena *a, struct span words, enum role *ret_role)
{
	struct span rest = words, word;
	struct span tail = words, core = words;

	/* Decoration at its end. */
	while (tail.n && !has_letter_or_digit(span_of(tail.p + tail.n - 1, 1)) &&
	       !strchr(").", tail.p[tail.n - 1]))
		tail.n--;
	core.n = tail.n;
	struct span decoration = span_of(words.p + core.n, words.n - core.n);
	struct buf b = BUF_INIT;
	const char *made = NULL;
	while (!made && span_cut(&rest, ' ', &word)) {
		const char *end = words.p + core.n;
		bool ends = word.p + word.n >= end;
		if (!says_place(a, word, ret_role))
			continue;
		struct span before = span_of(words.p, (size_t)(word.p - words.p));
		if (!ends && !has_letter_or_digit(before)) {
			add_escaped(&b, span_of(words.p, (size_t)(word.p + word.n - words.p)));
			buf_adds(&b, " {}");
			add_escaped(&b, decoration);
		} else if (ends && has_letter_or_digit(before)) {
			buf_adds(&b, "{} ");
			add_escaped(&b, span_of(word.p, (size_t)(words.p + words.n - word.p)));
		} else {
			continue;
		}
		made = arena_strdup(a, b.p);
	}
	buf_done(&b);
	return made;
}

/* "I alt Solsiden: 12" → "* alt *"; "Page 3" → "Page *"; "*** slutt ***" → "[*]*". NULL: no word
 * of it may be shown. */
const char *paper_pass_pattern(struct arena *a, struct span words)
{
	struct span rest = words, word, before = SPAN("");
	struct buf b = BUF_INIT;
	const char *made = NULL;
	enum role role;

	if (span_starts(words, SPAN("SQL> ")))
		return "SQL> *";
	while (!made && span_cut(&rest, ' ', &word)) {
		if (is_report_word(a, word, before)) {
			buf_adds(&b, word.p > words.p ? "* " : "");
			add_escaped(&b, word);
			buf_adds(&b, word.p + word.n < words.p + words.n ? " *" : "");
			made = arena_strdup(a, b.p);
		}
		before = word;
	}
	buf_done(&b);
	bool is_decorated = words.n > 2 && strchr("*=#", words.p[0]) &&
			    (words.p[1] == words.p[0] || words.p[1] == ' ');
	if (made || !is_decorated || paper_heading_pattern(a, words, &role))
		return made;
	return words.p[0] == '*' ? "[*]*" : arena_printf(a, "%c*", words.p[0]);
}

/* "Ward 2A (continued)": on the next page. Its last word, if it says so. */
static struct span continuation_of(struct arena *a, struct span part)
{
	const char *blank = part.n ? memrchr(part.p, ' ', part.n) : NULL;
	struct span last =
	    blank ? span_of(blank + 1, (size_t)(part.p + part.n - blank - 1)) : SPAN_NONE;
	static const char words[] =
	    "forts fortsatt fortsettelse fortsat fortsaettelse fortsattning "
	    "fortsetzung fort continued cont contd";
	struct span folded = last.n ? words_fold(a, last) : SPAN_NONE, rest = span_str(words), one;

	while (folded.n && span_cut(&rest, ' ', &one))
		if (span_eq(one, folded))
			return last;
	return SPAN_NONE;
}

static const char *part_pattern(struct arena *a, struct span part, enum role *ret_role)
{
	struct span last = continuation_of(a, part);
	const char *pattern;

	if (last.n)
		part.n -= last.n + 1;
	pattern = paper_heading_pattern(a, part, ret_role);
	if (!pattern || span_starts(span_str(pattern), SPAN("{}")) || paper_pass_pattern(a, part))
		return NULL;
	if (!last.n)
		return pattern;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s ", pattern);
	add_escaped(&b, last);
	pattern = arena_strdup(a, b.p);
	buf_done(&b);
	return pattern;
}

/* A heading that begins with a word for a ward or a house, in some part of a line: "Ward: 2A". Of
 * cells the word may be one, and the name the next. NULL: there is none. */
const char *paper_text_pattern(struct arena *a, const struct paper_row *row, enum role *ret_role)
{
	struct span rest = row->parts, part, before;
	const char *pattern;

	while (span_cut(&rest, '\n', &part)) {
		pattern = part_pattern(a, part, ret_role);
		if (pattern)
			return pattern;
	}
	rest = row->parts;
	bool is_pair =
	    row->pieces == 2 && span_cut(&rest, '\n', &before) && says_place(a, before, ret_role);
	pattern = is_pair ? paper_heading_pattern(a, row->words, ret_role) : NULL;
	return pattern && !span_starts(span_str(pattern), SPAN("{}")) ? pattern : NULL;
}
