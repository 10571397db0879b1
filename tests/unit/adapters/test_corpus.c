/* Real and hostile files of others (tests/corpus/INDEX.tsv says whose): their meaning where it is
 * known, and for every one of them that no reading of it crashes, hangs, or depends on where the
 * pieces end. */
#define _XOPEN_SOURCE 700
#include "tests/unit/adapters/harness.h"

#include <ftw.h>

#include "adapters/csv.h"

static const char *corpus(void)
{
	static char path[4096];
	const char *top = getenv("srcdir");

	(void)snprintf(path, sizeof(path), "%s/tests/corpus", top ? top : "..");
	return path;
}

static struct buf file_of(const char *path)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "rb");
	struct buf b = BUF_INIT;
	size_t n;

	if (!f)
		fail_msg("%s cannot be opened", path);
	while ((n = fread(buf_reserve(&b, 65536), 1, 65536, f)) > 0)
		b.n += n;
	return b;
}

static struct buf corpus_file(const char *name)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", corpus(), name);
	struct buf b = file_of(path.p);
	buf_done(&path);
	return b;
}

static void expect_spectrum(const char *name, const char *rows)
{
	const struct csv_options options = {.delimiter = ',', .quote = '"'};
	_cleanup_(csv_freep) struct csv *c = csv_new(&options);
	struct buf out = BUF_INIT, path = BUF_INIT;
	struct csv_row row;

	buf_addf(&path, "csv/npm_csv-spectrum_2.0.0_max-mapper__csv-spectrum/%s.csv", name);
	struct buf file = corpus_file(path.p);
	csv_feed(c, buf_span(&file), true);
	while (csv_next(c, &row) == CSV_ROW)
		for (size_t i = 0; i < row.n; i++)
			buf_addf(&out, SPAN_FMT "%s", SPAN_ARG(row.fields[i]),
				 i + 1 < row.n ? "|" : "\n");
	assert_string_equal(out.p, rows);
	buf_done(&out);
	buf_done(&path);
	buf_done(&file);
}

static void csv_spectrum_means_what_it_says(_unused_ void **state)
{
	expect_spectrum("comma_in_quotes",
			"first|last|address|city|zip\nJohn|Doe|120 any st.|Anytown, WW|08123\n");
	expect_spectrum("empty", "a|b|c\n1||\n2|3|4\n");
	expect_spectrum("empty_crlf", "a|b|c\n1||\n2|3|4\n");
	expect_spectrum("escaped_quotes", "a|b\n1|ha \"ha\" ha\n3|4\n");
	expect_spectrum("json",
			"key|val\n1|{\"type\": \"Point\", \"coordinates\": [102.0, 0.5]}\n");
	expect_spectrum("newlines", "a|b|c\n1|2|3\nOnce upon \na time|5|6\n7|8|9\n");
	expect_spectrum("newlines_crlf", "a|b|c\n1|2|3\nOnce upon \r\na time|5|6\n7|8|9\n");
	expect_spectrum("quotes_and_newlines", "a|b\n1|ha \n\"ha\" \nha\n3|4\n");
	expect_spectrum("simple", "a|b|c\n1|2|3\n");
	expect_spectrum("simple_crlf", "a|b|c\n1|2|3\n");
	expect_spectrum("utf8", "a|b|c\n1|2|3\n4|5|ʤ\n");
	expect_spectrum("location_coordinates",
			"Contact Phone Number|Location Coordinates|Cities|Counties\n"
			"2095257564|37\xEF\xBF\xBD"
			"36'37.8\"N 121\xEF\xBF\xBD"
			"2'17.9\"W|Modesto|Stanislaus\n");
}

static void expect_file(const char *yaml, const char *name, const char *start, const char *said)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	struct buf file = corpus_file(name);
	struct told t = {0};

	if (run_pieces(a, buf_span(&file), 4096, &t) < 0)
		fail_msg("%s", t.messages.p);
	if (strncmp(told_text(&t), start, strlen(start)) != 0)
		fail_msg("%.*s", 600, told_text(&t));
	if (!strstr(t.messages.p, said))
		fail_msg("%s", t.messages.p);
	told_done(&t);
	buf_done(&file);
}

/* One row per home and day; what stands for a bed here is only to show that real columns and US
 * dates are read. */
static void a_covid_bed_report_is_read(_unused_ void **state)
{
	expect_file(
	    "adapter: saner\nformat: csv\nzone: America/Chicago\nevent:\n"
	    "  bed_id: 'org_{orgid}'\n  new_status: {from: '{numTotBeds}', map: {150: occupied}}\n"
	    "  changed_at: {from: '{collectionDate}', format: '%m/%d/%Y'}\n",
	    "csv/HL7__fhir-saner_d617505cdf/covid19-test-csv-import.csv",
	    "1.0 org_12345 - - ->occupied - 2020-05-29T05:00:00Z - collectionDate\n"
	    "2.0 org_12345 - - ->occupied - 2020-05-30T05:00:00Z - collectionDate\n",
	    "column numICUBeds is not read");
}

static void comments_before_rows_without_a_header_are_skipped(_unused_ void **state)
{
	expect_file("adapter: classes\nformat: csv\nmode: census\ncsv: {header: false, comment: "
		    "'#'}\nevent:\n"
		    "  bed_id: '{1}_{2}'\n  new_status: {from: '{3}', default: occupied}\n",
		    "csv/google__simhospital_e69eef7de3/patient_class.csv", "1.0 ",
		    "bad 0 warnings 0");
}

/* DBUnit writes a table's row as an element of its name. */
static void the_beds_of_an_ehr_module_are_read(_unused_ void **state)
{
	const char *yaml =
	    "adapter: openmrs\nformat: xml\nzone: UTC\nxml: {record: /dataset/bed}\nevent:\n"
	    "  bed_id: 'bed_{@bed_number}'\n"
	    "  new_status: {from: '{@status}', map: {AVAILABLE: available, OCCUPIED: occupied}}\n"
	    "  changed_at: {from: '{@date_created}', format: '%Y-%m-%d %H:%M:%S.%f'}\n";

	expect_file(yaml,
		    "xml/openmrs__openmrs-module-bedmanagement_a96fa35e86/"
		    "omod_bedManagementDAOComponentTestDataset.xml",
		    "1.0 bed_304-a - - ->occupied - 2005-01-01T00:00:00Z - @date_created\n"
		    "2.0 bed_304-b - - ->available - 2005-01-01T00:00:00Z - @date_created\n",
		    "attribute bed/@bed_type_id is not read");
}

static void fhir_encounters_are_read(_unused_ void **state)
{
	expect_file(
	    "adapter: fhir\nformat: xml\nmode: census\nxml: {record: //f:Encounter, namespaces: "
	    "{f: 'http://hl7.org/fhir'}}\n"
	    "event:\n  bed_id: 'x_{f:id/@value}_{f:identifier/f:value/@value}'\n"
	    "  new_status: {from: '{f:status/@value}', map: {finished: available}, default: "
	    "occupied}\n",
	    "xml/npm_fhir_3.3.0_lantanagroup__FHIR.js/stu3_document-example-dischargesummary.xml",
	    "1.0 x_doc-example_s100 - - ->available - 1970-01-01T00:16:40Z census file\n",
	    "bad 0 warnings 0");
}

/* --- every file, every way --- */

static struct adapter *readings[8];
static size_t n_readings, n_files;

/* What is told but for the messages: they are compared too where the file could be read. */
static void read_every_way(const char *path)
{
	struct buf file = file_of(path);
	const size_t pieces[] = {1021, file.n < 20000 ? 1 : 8191};

	for (size_t i = 0; i < n_readings; i++) {
		struct told whole = {0};
		int r = run_pieces(readings[i], buf_span(&file), SIZE_MAX, &whole);
		for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
			struct told t = {0};
			int again = run_pieces(readings[i], buf_span(&file), pieces[p], &t);
			if (r != again || strcmp(told_text(&whole), told_text(&t)) != 0 ||
			    (r == 0 && strcmp(whole.messages.p, t.messages.p) != 0))
				fail_msg("%s, %s: pieces of %zu read otherwise:\n%s\n%s", path,
					 adapter_name(readings[i]), pieces[p], whole.messages.p,
					 t.messages.p);
			told_done(&t);
		}
		told_done(&whole);
	}
	buf_done(&file);
}

static int visit(const char *path, _unused_ const struct stat *st, int type,
		 _unused_ struct FTW *ftw)
{
	if (type == FTW_F) {
		n_files++;
		read_every_way(path);
	}
	return 0;
}

static void read_all(const char *folder)
{
	struct buf path = BUF_INIT;

	n_files = 0;
	buf_addf(&path, "%s/%s", corpus(), folder);
	assert_int_equal(nftw(path.p, visit, 16, FTW_PHYS), 0);
	assert_true(n_files > 3);
	buf_done(&path);
}

static int set_up(_unused_ void **state)
{
	struct err err;

	assert_int_equal(adapter_builtin(FORMAT_CSV, NULL, &readings[n_readings++], &err), 0);
	assert_int_equal(adapter_builtin(FORMAT_XML, NULL, &readings[n_readings++], &err), 0);
	readings[n_readings++] =
	    adapter_of("adapter: numbers\nformat: csv\nmode: census\ncsv: {header: false}\nevent:\n"
		       "  bed_id: '{1}_{2}'\n  ward: '{3}'\n  new_status: {from: '{2}', map: {1: "
		       "occupied}, default: available}\n"
		       "  changed_by: {from: '{4}', prefix: user_}\n");
	readings[n_readings++] = adapter_of(
	    "adapter: any\nformat: xml\nmode: census\nxml: {record: '//*[@value]'}\nevent:\n"
	    "  bed_id: '{@value}_{../@value}_{.//text}'\n  ward: '{../*}'\n"
	    "  new_status: {from: '{@code}', map: {1: occupied}, default: available}\n");
	readings[n_readings++] = adapter_of(
	    "adapter: held\nformat: xml\nmode: census\nxml: {record: '//*[id]'}\nevent:\n"
	    "  bed_id: '{id}{@id}{id/@value}'\n  ward: '{../id}_{.}'\n"
	    "  new_status: {from: '{@status}', map: {OCCUPIED: occupied}, default: available}\n");
	return 0;
}

static int tear_down(_unused_ void **state)
{
	while (n_readings)
		adapter_free(readings[--n_readings]);
	return 0;
}

static void every_csv_is_read_the_same_in_any_pieces(_unused_ void **state)
{
	read_all("csv");
}

static void every_xml_is_read_the_same_in_any_pieces(_unused_ void **state)
{
	read_all("xml");
}

static void every_hostile_file_is_read_the_same_in_any_pieces(_unused_ void **state)
{
	read_all("hostile");
}

static void every_hl7_file_is_no_csv_and_no_xml_and_harmless(_unused_ void **state)
{
	read_all("hl7/deb_python-hl7_0.4.5_johnpaulett__python-hl7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_spectrum_means_what_it_says),
	    cmocka_unit_test(a_covid_bed_report_is_read),
	    cmocka_unit_test(comments_before_rows_without_a_header_are_skipped),
	    cmocka_unit_test(the_beds_of_an_ehr_module_are_read),
	    cmocka_unit_test(fhir_encounters_are_read),
	    cmocka_unit_test(every_csv_is_read_the_same_in_any_pieces),
	    cmocka_unit_test(every_xml_is_read_the_same_in_any_pieces),
	    cmocka_unit_test(every_hostile_file_is_read_the_same_in_any_pieces),
	    cmocka_unit_test(every_hl7_file_is_no_csv_and_no_xml_and_harmless),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
