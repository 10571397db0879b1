/* Where in doubt the answer is no: who sent the message finds its acknowledgement by its place. */
#include "adapters/hl7_control_id.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"

#define SHORT_GROUP   3
#define LETTERS_MAX   8
#define HEX_MIN	      16
#define SENDING_SINCE 2020

static const char *const words[] = {
    "MSGID", "MESSAGE", "MSGCTRL", "CTRL",   "CNTRL", "CONTROL", "EVENT", "TEST",
    "BATCH", "SEQ",	"ADTMSG",  "HL7MSG", "EHR",   "SIMHOSP", "DEMO",  "CORR",
};

static bool is_letter(char c)
{
	return isalpha((unsigned char)c) != 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_mark(char c)
{
	return c && strchr("._:-/", c);
}

/* ---- letters ---- */

static bool is_hex_id(struct span id)
{
	size_t hex = 0, digits = 0;

	for (size_t i = 0; i < id.n; i++) {
		if (!isxdigit((unsigned char)id.p[i]) && id.p[i] != '-')
			return false;
		hex += id.p[i] != '-';
		digits += is_digit(id.p[i]);
	}
	return hex >= HEX_MIN && digits * 4 >= hex;
}

static bool is_word(struct span group)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_eq_nocase(group, span_str(words[i])))
			return true;
	return false;
}

static bool letters_are_safe(struct span id)
{
	size_t letters = 0;

	if (is_hex_id(id))
		return true;
	for (size_t i = 0, n; i < id.n; i += n ? n : 1) {
		for (n = 0; i + n < id.n && is_letter(id.p[i + n]);)
			n++;
		if (is_word(span_of(id.p + i, n)))
			continue;
		letters += n;
		if (n > SHORT_GROUP)
			return false;
	}
	return letters <= LETTERS_MAX;
}

/* ---- digits ---- */

static unsigned number(const char *d, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(d[i] - '0');
	return value;
}

/* Numbers for those who are not registered add to the day, or to the month: in Norway, day first,
 * 40; in Sweden, year first, 60; made-up ones 40 or 80 to the month. */
static bool is_day(unsigned d, unsigned added)
{
	return (d >= 1 && d <= 31) || (d >= 1 + added && d <= 31 + added);
}

static bool is_month(unsigned m)
{
	return (m >= 1 && m <= 12) || (m >= 41 && m <= 52) || (m >= 81 && m <= 92);
}

static bool begins_like_a_birth_date(const char *d, size_t n)
{
	bool day_first = is_day(number(d, 2), 40) && is_month(number(d + 2, 2));
	bool year_first = is_month(number(d + 2, 2)) && is_day(number(d + 4, 2), 60);
	unsigned year = number(d, 4);
	bool whole_year = year >= 1880 && year < SENDING_SINCE && is_month(number(d + 4, 2)) &&
			  is_day(number(d + 6, 2), 60);
	unsigned last = number(d + 4, 4);
	bool whole_year_last = day_first && last >= 1880 && last < SENDING_SINCE;

	return whole_year || whole_year_last || (n > 8 && (day_first || year_first));
}

/* Eleven digits whose last two check the others. */
static bool is_norwegian(const char *d)
{
	static const unsigned first[] = {3, 7, 6, 1, 8, 9, 4, 5, 2, 1},
			      second[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
	unsigned a = 0, b = 0;

	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		a += first[i] * (unsigned)(d[i] - '0');
	for (size_t i = 0; i < ARRAY_LEN(second); i++)
		b += second[i] * (unsigned)(d[i] - '0');
	return is_day(number(d, 2), 40) && is_month(number(d + 2, 2)) && a % 11 == 0 && b % 11 == 0;
}

/* How many digits are a time of sending: a date from 2020 on, an hour and a minute, seconds. */
static size_t time_of_sending(const char *d, size_t n)
{
	if (n < 8 || number(d, 4) < SENDING_SINCE || number(d, 4) > 2099 ||
	    number(d + 4, 2) - 1 > 11 || number(d + 6, 2) - 1 > 30)
		return 0;
	if (n < 12 || number(d + 8, 2) > 23 || number(d + 10, 2) > 59)
		return 8;
	return n >= 14 && number(d + 12, 2) <= 60 ? 14 : 12;
}

static bool digits_are_safe_at(const char *d, size_t n)
{
	size_t time = time_of_sending(d, n);

	for (size_t i = 0; i + 11 <= n; i++)
		if (is_norwegian(d + i))
			return false;
	d += time;
	n -= time;
	return n < 8 || n > 12 || !begins_like_a_birth_date(d, n);
}

/* A mark between digits may stand within a number: 010140-12345. */
static bool digits_are_safe(struct span id)
{
	char d[HL7_CONTROL_ID_MAX];
	size_t n = 0;

	for (size_t i = 0; i <= id.n; i++) {
		bool between = i > 0 && i + 1 < id.n && is_mark(id.p[i]) && is_digit(id.p[i - 1]) &&
			       is_digit(id.p[i + 1]);
		if (i < id.n && is_digit(id.p[i])) {
			d[n++] = id.p[i];
		} else if (!between) {
			if (!digits_are_safe_at(d, n))
				return false;
			n = 0;
		}
	}
	return true;
}

bool hl7_control_id_is_safe(struct span id)
{
	if (id.n == 0 || id.n > HL7_CONTROL_ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if (!is_digit(id.p[i]) && !is_letter(id.p[i]) && !is_mark(id.p[i]))
			return false;
	return letters_are_safe(id) && digits_are_safe(id);
}
