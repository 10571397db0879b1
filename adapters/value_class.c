#include "adapters/value_class.h"

#include <ctype.h>

#include "adapters/adapter.h"

static bool is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static bool is_date_sign(unsigned char c)
{
	return c == '-' || c == '.' || c == '/' || c == ':' || c == '+' || c == 'T' || c == 'Z' ||
	       c == ' ' || c == ',';
}

const char *value_class(struct span value)
{
	size_t digits = 0, letters = 0, date = 0;

	value = span_trim(value);
	if (!value.n)
		return "empty";
	if (value.n > ADAPTER_FIELD_MAX)
		return "too long";
	if (!span_is_utf8(value, NULL))
		return "not utf-8";
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		digits += c >= '0' && c <= '9';
		letters += is_letter(c) || c == ' ';
		date += is_date_sign(c);
	}
	if (digits == value.n)
		return "digits";
	if (letters == value.n)
		return "letters";
	if (digits >= 4 && digits + date == value.n)
		return "date-like";
	return "mixed";
}

/* ---- persons ---- */

static size_t count_digits(struct span v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += isdigit((unsigned char)v.p[i]) != 0;
	return n;
}

/* ddmmyy and five, ddmmyy-1234, yymmdd-1234, yyyymmdd-1234, with spaces too. */
static bool is_birth_number(struct span v)
{
	size_t digits = count_digits(v);

	if (v.n < 10 || v.n > 13 || !isdigit((unsigned char)v.p[0]))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!isdigit((unsigned char)v.p[i]) && !strchr("-+ ", v.p[i]))
			return false;
	return (digits == 11 && v.n <= 12) || (digits == 10 && v.n == 11) ||
	       (digits == 12 && v.n == 13);
}

/* "Hansen, Kari": a comma between words without digits. */
static bool is_full_name(struct span v)
{
	const char *comma = v.n ? memchr(v.p, ',', v.n) : NULL;

	return comma && comma > v.p + 1 && comma < v.p + v.n - 2 && count_digits(v) == 0;
}

bool value_class_is_person(struct span value)
{
	return is_birth_number(value) || is_full_name(value);
}
