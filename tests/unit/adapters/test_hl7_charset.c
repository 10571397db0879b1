/* The character sets of HL7 files: MSH-18, byte order marks, what is read where nothing says. */
#include "tests/unit/adapters/hl7_files.h"

static void reads_ward(const char *yaml, struct span file, const char *ward, const char *encoding)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "1.0 bed_%s_1_b %s - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n", ward,
		 ward);
	expect_lines(yaml, file, line.p);
	buf_clear(&line);
	buf_addf(&line, "warnings 0 %s\n", encoding);
	expect_said(yaml, file, line.p);
	buf_done(&line);
}

static void msh_18_names_the_character_set_of_each_message(void **state)
{
	(void)state;
	reads_ward(YAML, SPAN(MSH("7", "8859/1") "PV1|1|I|\xE5s\x80^1^B\r"), "as", "windows-1252");
	reads_ward(YAML, SPAN(MSH("7", "8859/5") "PV1|1|I|W\xD0^1^B\r"), "w", "iso-8859-5");
	reads_ward(YAML, SPAN(MSH("7", "UNICODE UTF-8") "PV1|1|I|\xC3\xA5s^1^B\r"), "as", "utf-8");
	reads_ward(YAML, SPAN(MSH("7", "ASCII") "PV1|1|I|as^1^B\r"), "as", "utf-8");
}

static void without_msh_18_it_is_utf_8_or_windows_1252(void **state)
{
	(void)state;
	reads_ward(YAML, SPAN(MSH("7", "") "PV1|1|I|\xC3\xA5s^1^B\r"), "as", "utf-8");
	reads_ward(YAML, SPAN(MSH("7", "") "PV1|1|I|\xE5s^1^B\r"), "as", "windows-1252");
	expect_said(YAML, SPAN(MSH("7", "") "PV1|1|I|\xE5s^1^B\r"), "read as windows-1252");
	expect_said(YAML, SPAN(MSH("7", "KLINGON") "PV1|1|I|\xE5s^1^B\r"),
		    "MSH-18 names a character set that is not known");
}

static void of_several_character_sets_in_msh_18_the_first_is_read_and_that_is_said(void **state)
{
	(void)state;
	reads_ward(YAML, SPAN(MSH("7", "8859/1~UNICODE UTF-8") "PV1|1|I|\xE5s^1^B\r"), "as",
		   "windows-1252");
	reads_ward(YAML, SPAN(MSH("7", "UNICODE UTF-8~8859/1") "PV1|1|I|\xC3\xA5s^1^B\r"), "as",
		   "utf-8");
	expect_said(YAML, SPAN(MSH("7", "UNICODE UTF-8~8859/1") "PV1|1|I|\xC3\xA5s^1^B\r"),
		    "MSH-18 names several character sets: the first is read");
}

static void the_adapter_s_encoding_wins_over_msh_18(void **state)
{
	(void)state;
	reads_ward(YAML "encoding: cp865\n", SPAN(MSH("7", "8859/1") "PV1|1|I|\x86s^1^B\r"), "as",
		   "cp865");
}

static void bytes_that_are_not_of_the_named_set_are_bad_only_where_they_are_read(void **state)
{
	(void)state;
	expect_lines(YAML, SPAN(MSH("7", "UNICODE UTF-8") "PID|1||\xE5\rPV1|1|I|W^1^B\r"),
		     "1.0 bed_w_1_b w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
	expect_lines(YAML, SPAN(MSH("7", "UNICODE UTF-8") "PV1|1|I|\xE5^1^B\r"),
		     "bad 1 line 1 at 0 bed_id not utf-8 bad_encoding\n");
}

static void utf_16_is_recognised_with_and_without_a_byte_order_mark(void **state)
{
	static const char text[] =
	    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7\rPV1|1|I|W^1^B\r";
	(void)state;
	for (int with_mark = 0; with_mark < 2; with_mark++) {
		struct buf b = BUF_INIT;
		if (with_mark)
			buf_add(&b, SPAN("\xFF\xFE"));
		for (const char *p = text; *p; p++) {
			buf_addc(&b, *p);
			buf_addc(&b, '\0');
		}
		expect_lines(YAML, buf_span(&b),
			     "1.0 bed_w_1_b w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(msh_18_names_the_character_set_of_each_message),
	    cmocka_unit_test(without_msh_18_it_is_utf_8_or_windows_1252),
	    cmocka_unit_test(
		of_several_character_sets_in_msh_18_the_first_is_read_and_that_is_said),
	    cmocka_unit_test(the_adapter_s_encoding_wins_over_msh_18),
	    cmocka_unit_test(bytes_that_are_not_of_the_named_set_are_bad_only_where_they_are_read),
	    cmocka_unit_test(utf_16_is_recognised_with_and_without_a_byte_order_mark),
	};
	return cmocka_run_group_tests_name("hl7_charset", tests, NULL, NULL);
}
