/* Allowed is what is known to be harmless; everything else is hidden, not the other way round. */
#include "outbox/file_name.h"

#include "base/buf.h"

#define PREFIX_MAX     72
#define SUFFIX_MAX     24
#define MIDDLE_MAX     48
#define TAG_CHARS      8
#define DIGITS_MAX     4    /* so few cannot be a date of birth or a number of a person */
#define EPOCH_OF_DATES 2020 /* nobody born since lies in a care home */

static const char domain[] = "file name:";
static const char wildcards[] = "*?[]\\";

struct digest file_name_key(const uint8_t key[DIGEST_KEY_BYTES], struct span name)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, domain);
	buf_add(&text, name);
	struct digest d = digest_keyed(key, buf_span(&text));
	buf_done(&text);
	return d;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* ---- what the pattern fixes ---- */

/* Of a name that no adapter matches, an ending that everybody knows. */
static size_t known_ending(struct span name)
{
	static const char *const endings[] = {".csv", ".txt", ".xml",  ".hl7", ".json", ".pdf",
					      ".zip", ".dat", ".xlsx", ".doc", ".docx", ".done",
					      ".log", ".bak", ".gz",   ".tsv", ".xls",	".msg"};

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		struct span ending = span_str(endings[i]);
		if (name.n > ending.n &&
		    span_eq_nocase(span_of(name.p + name.n - ending.n, ending.n), ending))
			return ending.n;
	}
	return 0;
}

static struct span take_off(struct span *name, size_t before, size_t behind, struct span *ret_end)
{
	struct span begin = span_of(name->p, before);

	*ret_end = span_of(name->p + name->n - behind, behind);
	*name = span_of(name->p + before, name->n - before - behind);
	return begin;
}

/* Leaves in *name what the wildcards matched. */
static struct span cut_fixed(struct span *name, const char *pattern, struct span *ret_end)
{
	struct span p = span_str(pattern);

	if (!pattern)
		return take_off(name, 0, known_ending(*name), ret_end);
	size_t before = strcspn(pattern, wildcards), behind = 0;
	if (before == p.n)
		return take_off(name, p.n <= name->n ? p.n : 0, 0, ret_end);
	while (!strchr(wildcards, pattern[p.n - behind - 1]))
		behind++;
	if (before + behind > name->n)
		before = behind = 0;
	return take_off(name, before, behind, ret_end);
}

/* ---- what is known to be no person ---- */

/* n digits within the limits, else 0. */
static size_t number(struct span s, size_t at, size_t n, int min, int max)
{
	int value = 0;

	if (at + n > s.n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s.p[at + i]))
			return 0;
		value = 10 * value + (s.p[at + i] - '0');
	}
	return value >= min && value <= max ? n : 0;
}

static size_t one_of(struct span s, size_t at, const char *chars)
{
	return at < s.n && s.p[at] && strchr(chars, s.p[at]) ? 1 : 0;
}

/* A separator and n digits behind it; 0 if they are not there. */
static size_t next_number(struct span s, size_t at, const char *separators, size_t n, int max)
{
	size_t skip = one_of(s, at, separators), digits = number(s, at + skip, n, 0, max);

	return digits ? skip + digits : 0;
}

/* How much of s is a date, with or without a time, and no digit behind it; 0: none. */
static size_t timestamp(struct span s)
{
	size_t n = number(s, 0, 4, EPOCH_OF_DATES, EPOCH_OF_DATES + 79), more;

	if (!n)
		return 0;
	size_t skip = one_of(s, n, "-_.");
	if (!number(s, n + skip, 2, 1, 12))
		return 0;
	n += skip + 2;
	skip = one_of(s, n, "-_.");
	if (!number(s, n + skip, 2, 1, 31))
		return 0;
	n += skip + 2;
	more = next_number(s, n, "-_.T ", 2, 23);
	size_t minute = more ? next_number(s, n + more, "-_.:", 2, 59) : 0;
	if (minute) {
		n += more + minute;
		n += next_number(s, n, "-_.:", 2, 60);
		more = next_number(s, n, "-_.,", 6, 999999);
		n += more ? more : next_number(s, n, "-_.,", 3, 999);
	}
	return n < s.n && is_digit(s.p[n]) ? 0 : n;
}

static size_t digits_outside_timestamps(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		bool begins = i == 0 || !is_digit(s.p[i - 1]);
		size_t stamp = begins ? timestamp(span_of(s.p + i, s.n - i)) : 0;
		n += !stamp && is_digit(s.p[i]);
		i += stamp ? stamp : 1;
	}
	return n;
}

/* Letters to one x, digits to one 9, unless they are harmless. */
static void hide(struct span s, struct buf *out)
{
	bool keeps_digits = digits_outside_timestamps(s) <= DIGITS_MAX;

	for (size_t i = 0; i < s.n;) {
		size_t stamp =
		    i == 0 || !is_digit(s.p[i - 1]) ? timestamp(span_of(s.p + i, s.n - i)) : 0;
		char c = s.p[i], last = (char)(out->n > 0 ? out->p[out->n - 1] : '\0');
		if (stamp)
			buf_add(out, span_of(s.p + i, stamp));
		else if (is_letter(c) && last != 'x')
			buf_addc(out, 'x');
		else if (is_digit(c) && keeps_digits)
			buf_addc(out, c);
		else if (is_digit(c) && last != '9')
			buf_addc(out, '9');
		else if (!is_letter(c) && !is_digit(c))
			buf_addc(out, (char)(c == '-' || c == '.' ? c : '_'));
		i += stamp ? stamp : 1;
	}
}

/* ---- the name ---- */

/* Crockford's base 32, of the digest's first 40 bits. */
static void add_tag(struct buf *out, const struct digest *key)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t bits = 0;

	for (size_t i = 0; i < 5; i++)
		bits = bits << 8 | key->b[i];
	buf_addc(out, '~');
	for (int i = TAG_CHARS - 1; i >= 0; i--)
		buf_addc(out, letters[bits >> (5 * i) & 31]);
}

static struct span cut_to(struct span s, size_t max, bool *is_changed)
{
	if (s.n <= max)
		return s;
	*is_changed = true;
	return span_of(s.p, span_utf8_whole(span_of(s.p, max)));
}

void file_name_of(const uint8_t key[DIGEST_KEY_BYTES], struct span name, const char *pattern,
		  struct file_name *ret)
{
	_cleanup_(buf_done) struct buf hidden = BUF_INIT;
	_cleanup_(buf_done) struct buf shown = BUF_INIT;
	struct span rest = name, end, begin = cut_fixed(&rest, pattern, &end);
	bool is_changed = false;

	ret->key = file_name_key(key, name);
	hide(rest, &hidden);
	is_changed = !span_eq(buf_span(&hidden), rest);
	buf_add(&shown, cut_to(begin, PREFIX_MAX, &is_changed));
	buf_add(&shown, cut_to(buf_span(&hidden), MIDDLE_MAX, &is_changed));
	end = cut_to(end, SUFFIX_MAX, &is_changed);
	if (is_changed)
		add_tag(&shown, &ret->key);
	buf_add(&shown, end);
	(void)snprintf(ret->shown, sizeof(ret->shown), SPAN_FMT, SPAN_ARG(buf_span(&shown)));
}
