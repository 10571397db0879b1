#include "sim/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define AT (1745301600 * USEC_PER_SEC) /* 2025-04-22T06:00:00Z */

static void write_steps(const struct sim_format *f, const struct sim_step *steps, size_t n,
			struct buf *out)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct sim_home h;

	assert_int_equal(zone_load(f->zone, &zone, NULL), 0);
	home_init(&h, "fac_a", f->wards, f->n_wards, f->namer, 24, 1);
	h.file = 2;
	f->write(&h, steps, n, AT, zone, out);
	home_done(&h);
}

static struct sim_step transfer(void)
{
	return (struct sim_step){
	    .kind = SIM_TRANSFER,
	    .visit = 41,
	    .at = AT,
	    .n = 2,
	    .changes = {{0, BED_OCCUPIED, REASON_TRANSFER}, {9, BED_MAINTENANCE, REASON_TRANSFER}}};
}

static void holds(const struct buf *b, const char *text)
{
	if (!b->p || !strstr(b->p, text))
		fail_msg("\"%s\" is not in\n%s", text, b->p ? b->p : "");
}

static void csv_is_windows_1252_with_local_times(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct sim_step s = transfer();

	write_steps(&sim_format_csv, &s, 1, &b);
	holds(&b, "Avdeling;Rom;Seng;Pleieniv\xE5;Status;\xC5rsak;Endret n\xE5r;Endret "
		  "av;Beboer;Merknad\r\n");
	holds(&b, "\r\nBl\xE5klokka;101;A;Middels;O;Flyttet;22.04.2025 08:00;");
	holds(&b, "\r\nN\xF8kkerosa;201;B;Lav;V;Flyttet;22.04.2025 08:00;");
	assert_false(span_is_utf8(buf_span(&b), NULL));
}

static void a_transfer_is_an_a02_and_housekeeping_of_the_bed_left(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct sim_step s = transfer();

	write_steps(&sim_format_hl7, &s, 1, &b);
	holds(&b, "|20250422070000||ADT^A02|");
	holds(&b, "|I|RenalWard^MainRoom^Bed 1^Simulated Hospital^^BED^Main Building^5|28b||"
		  "OtherWard^MainRoom^Bed 4^Simulated Hospital^^BED^Main Building^4|");
	holds(&b, "||ADT^A20|");
	holds(&b, "\rNPU|OtherWard^MainRoom^Bed 4^Simulated Hospital^^BED^Main Building^4|H\r\n\n");
	assert_null(strstr(strstr(b.p, "ADT^A20"), "PID"));
}

static void message_ids_fit_their_field_and_differ(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct sim_step steps[300];
	char last[32] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		steps[i] = transfer();
	write_steps(&sim_format_hl7, steps, ARRAY_LEN(steps), &b);
	for (const char *p = b.p; (p = strstr(p, "MSH|")); p++, n++) {
		char id[32];
		assert_int_equal(sscanf(strstr(p, "||ADT^"), "||ADT^%*[A-Z0-9]|%31[^|]", id), 1);
		assert_true(strlen(id) <= 20);
		assert_string_not_equal(id, last);
		strcpy(last, id);
	}
	assert_int_equal(n, 2 * ARRAY_LEN(steps));
}

static void xml_holds_the_bed_in_its_ward_with_an_offset(void **state _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct sim_step s = transfer();

	write_steps(&sim_format_xml, &s, 1, &b);
	holds(&b, "<g:Ward code=\"SOM\"");
	holds(&b, "<g:Room>101</g:Room>");
	holds(&b, "<g:Status code=\"OCC\" reason=\"TRF\" since=\"2025-04-22T08:00:00+02:00\">");
	holds(&b, "  </g:Ward>\n  <g:Ward code=\"DEM\"");
	holds(&b, "</g:BedExport>\n");
}

static void residents_are_recognisable_in_every_format(void **state _unused_)
{
	const struct sim_format *const all[] = {&sim_format_csv, &sim_format_hl7, &sim_format_xml};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		_cleanup_(buf_done) struct buf b = BUF_INIT;
		struct sim_step s = transfer();
		write_steps(all[i], &s, 1, &b);
		holds(&b, SIM_CANARY);
		assert_ptr_equal(sim_format_named(all[i]->name), all[i]);
	}
	assert_null(sim_format_named("pdf"));
}

static void only_the_hour_that_comes_twice_is_doubtful(void **state _unused_)
{
	_cleanup_(zone_freep) struct zone *oslo = NULL;
	const usec_t back =
	    1761440400 * USEC_PER_SEC; /* 2025-10-26T01:00:00Z: 03:00 becomes 02:00 */

	assert_int_equal(zone_load("Europe/Oslo", &oslo, NULL), 0);
	assert_false(format_is_second_time(back - USEC_PER_SEC, oslo));
	assert_true(format_is_second_time(back, oslo));
	assert_true(format_is_second_time(back + 59 * USEC_PER_MIN, oslo));
	assert_false(format_is_second_time(back + USEC_PER_HOUR, oslo));
	assert_false(format_is_second_time(AT, oslo));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_is_windows_1252_with_local_times),
	    cmocka_unit_test(a_transfer_is_an_a02_and_housekeeping_of_the_bed_left),
	    cmocka_unit_test(message_ids_fit_their_field_and_differ),
	    cmocka_unit_test(xml_holds_the_bed_in_its_ward_with_an_offset),
	    cmocka_unit_test(residents_are_recognisable_in_every_format),
	    cmocka_unit_test(only_the_hour_that_comes_twice_is_doubtful),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
