/* English, Norwegian (both forms), Danish, Swedish, German. Where two languages share a spelling it
 * stands once; none means different months in two of them. */
#include "base/clock_names.h"

const struct clock_name clock_month_names[] = {
    {"january", 1},   {"jan", 1},	{"januar", 1},	  {"januari", 1},   {"jän", 1},
    {"jänner", 1},    {"jaenner", 1},	{"february", 2},  {"feb", 2},	    {"februar", 2},
    {"februari", 2},  {"febr", 2},	{"march", 3},	  {"mar", 3},	    {"mars", 3},
    {"marts", 3},     {"märz", 3},	{"mär", 3},	  {"maerz", 3},	    {"mrz", 3},
    {"april", 4},     {"apr", 4},	{"may", 5},	  {"mai", 5},	    {"maj", 5},
    {"june", 6},      {"jun", 6},	{"juni", 6},	  {"july", 7},	    {"jul", 7},
    {"juli", 7},      {"august", 8},	{"aug", 8},	  {"augusti", 8},   {"september", 9},
    {"sep", 9},	      {"sept", 9},	{"october", 10},  {"oct", 10},	    {"oktober", 10},
    {"okt", 10},      {"november", 11}, {"nov", 11},	  {"december", 12}, {"dec", 12},
    {"desember", 12}, {"des", 12},	{"dezember", 12}, {"dez", 12},	    {NULL, 0},
};

const struct clock_name clock_weekday_names[] = {
    {"monday", 1},    {"mon", 1},      {"mandag", 1}, {"man", 1},	 {"måndag", 1},
    {"mån", 1},	      {"montag", 1},   {"mo", 1},     {"tuesday", 2},	 {"tue", 2},
    {"tues", 2},      {"tirsdag", 2},  {"tir", 2},    {"tirs", 2},	 {"tysdag", 2},
    {"tys", 2},	      {"tisdag", 2},   {"tis", 2},    {"dienstag", 2},	 {"di", 2},
    {"wednesday", 3}, {"wed", 3},      {"onsdag", 3}, {"ons", 3},	 {"mittwoch", 3},
    {"mi", 3},	      {"thursday", 4}, {"thu", 4},    {"thur", 4},	 {"thurs", 4},
    {"torsdag", 4},   {"tor", 4},      {"tors", 4},   {"donnerstag", 4}, {"do", 4},
    {"friday", 5},    {"fri", 5},      {"fredag", 5}, {"fre", 5},	 {"freitag", 5},
    {"fr", 5},	      {"saturday", 6}, {"sat", 6},    {"lørdag", 6},	 {"lør", 6},
    {"laurdag", 6},   {"lau", 6},      {"lördag", 6}, {"lör", 6},	 {"samstag", 6},
    {"sonnabend", 6}, {"sa", 6},       {"sunday", 7}, {"sun", 7},	 {"søndag", 7},
    {"søn", 7},	      {"sundag", 7},   {"söndag", 7}, {"sön", 7},	 {"sonntag", 7},
    {"so", 7},	      {NULL, 0},
};

/* Lower case of ASCII and of the second byte of U+00C0 to U+00DE (C3 80 to C3 9E): all that these
 * names need. */
static unsigned char fold(unsigned char before, unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 32;
	if (before == 0xC3 && c >= 0x80 && c <= 0x9E)
		return c + 32;
	return c;
}

static size_t match_length(const char *name, struct span s)
{
	unsigned char before = 0;
	size_t i = 0;

	for (; name[i]; i++) {
		if (i == s.n || fold(before, (unsigned char)s.p[i]) != (unsigned char)name[i])
			return 0;
		before = (unsigned char)s.p[i];
	}
	return i;
}

size_t clock_name_match(const struct clock_name *names, struct span s, int *ret_number)
{
	size_t best = 0;

	for (; names->name; names++) {
		size_t n = match_length(names->name, s);
		if (n > best) {
			best = n;
			*ret_number = names->number;
		}
	}
	return best;
}
