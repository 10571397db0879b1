/* A resident's name in a file's name is told to nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "outbox/file_name.h"

static const uint8_t key[DIGEST_KEY_BYTES] = {1};

static const char *shown(const char *name, const char *pattern)
{
	static struct file_name f;

	file_name_of(key, span_str(name), pattern, &f);
	return f.shown;
}

/* The tag is cut out, having been seen to be one. */
static void assert_hidden(const char *name, const char *pattern, const char *expect)
{
	char s[FILE_NAME_SHOWN_MAX + 1];

	(void)snprintf(s, sizeof(s), "%s", shown(name, pattern));
	char *tag = strrchr(s, '~');
	if (!tag || strspn(tag + 1, "0123456789abcdefghjkmnpqrstvwxyz") < 8)
		fail_msg("%s: no tag in %s", name, s);
	memmove(tag, tag + 9, strlen(tag + 9) + 1);
	assert_string_equal(s, expect);
}

static void what_the_pattern_fixes_and_harmless_numbers_are_told(void **state)
{
	(void)state;
	static const char *const names[][2] = {
	    {"beds.csv", "beds.csv"},
	    {"BEDS_20260420_0914.csv", "BEDS_*.csv"},
	    {"BEDS_2026-04-20T09-14-22.csv", "BEDS_*.csv"},
	    {"BEDS_20260420091422123.csv", "BEDS_*.csv"},
	    {"BEDS_0001.csv", "BEDS_????.csv"},
	    {"BEDS_20260420-17.csv", "BEDS_*.csv"},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(shown(names[i][0], names[i][1]), names[i][0]);
}

static void what_a_wildcard_matched_is_hidden(void **state)
{
	(void)state;
	assert_hidden("BEDS_Kari Nordmann_01014012345.csv", "BEDS_*.csv", "BEDS_x_x_9.csv");
	assert_hidden("Kari.csv", "*.csv", "x.csv");
	assert_hidden("ADT_K\xc3\xa5re_ADT_1.hl7", "ADT_*_ADT_*.hl7", "ADT_x_x_1.hl7");
	assert_hidden("BEDS_K.csv", "BEDS_[A-Z].csv", "BEDS_x.csv");
	assert_hidden("-rf\n.csv", "*.csv", "-x_.csv");
	assert_hidden("\xe6.csv", "*.csv", "x.csv");
}

static void numbers_that_may_be_a_persons_are_hidden(void **state)
{
	(void)state;
	assert_hidden("01014012345.csv", "*.csv", "9.csv");    /* a birth number */
	assert_hidden("19400101.csv", "*.csv", "9.csv");       /* a date of birth */
	assert_hidden("1940-01-01.csv", "*.csv", "9-9-9.csv"); /* likewise, parted */
	assert_hidden("010140-12345.csv", "*.csv", "9-9.csv"); /* a number, parted */
	assert_hidden("194001011234.csv", "*.csv", "9.csv");   /* a Swedish one */
	assert_hidden("202604201.csv", "*.csv", "9.csv");      /* more than a date */
	assert_hidden("20261320_1.csv", "*.csv", "9_9.csv");   /* no date at all */
	assert_hidden("20260420_1_4_0_1_2.csv", "*.csv", "20260420_9_9_9_9_9.csv");
}

static void of_a_name_that_no_adapter_matches_only_a_known_ending_is_told(void **state)
{
	(void)state;
	assert_hidden("Kari.Nordmann.txt", NULL, "x.x.txt");
	assert_hidden("Kari.Nordmann", NULL, "x.x");
	assert_hidden("notes", NULL, "x");
}

static void the_tag_is_the_names_and_the_keys(void **state)
{
	(void)state;
	static const uint8_t other[DIGEST_KEY_BYTES] = {2};
	struct file_name a, again, b, elsewhere;

	file_name_of(key, SPAN("Kari.csv"), "*.csv", &a);
	file_name_of(key, SPAN("Kari.csv"), NULL, &again);
	file_name_of(key, SPAN("Ola.csv"), "*.csv", &b);
	file_name_of(other, SPAN("Kari.csv"), "*.csv", &elsewhere);
	assert_string_equal(a.shown, again.shown);
	assert_true(digest_eq(&a.key, &again.key));
	assert_string_not_equal(a.shown, b.shown);
	assert_string_not_equal(a.shown, elsewhere.shown);
}

static void a_name_of_any_length_stays_a_file_name(void **state)
{
	(void)state;
	char name[256];

	memset(name, '-', 255);
	name[255] = '\0';
	assert_true(strlen(shown(name, "*")) <= FILE_NAME_SHOWN_MAX);
	assert_hidden(name, "*", "------------------------------------------------");
	assert_true(strlen(shown(name, name)) <= FILE_NAME_SHOWN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_pattern_fixes_and_harmless_numbers_are_told),
	    cmocka_unit_test(what_a_wildcard_matched_is_hidden),
	    cmocka_unit_test(numbers_that_may_be_a_persons_are_hidden),
	    cmocka_unit_test(of_a_name_that_no_adapter_matches_only_a_known_ending_is_told),
	    cmocka_unit_test(the_tag_is_the_names_and_the_keys),
	    cmocka_unit_test(a_name_of_any_length_stays_a_file_name),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
