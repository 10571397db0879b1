#include "regional/api/query.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/uri.h"

static struct picture picture;
static struct arena arena;
static const struct who admin = {.role = WHO_ADMIN};
/* Every home was heard of, and known, at the beginning of time; it is ten minutes later. */
static struct view_rule rule = {
    .fresh = {.stale_after = 15 * USEC_PER_MIN, .offline_after = 30 * USEC_PER_MIN},
    .now = 10 * USEC_PER_MIN};

static void add(const char *id, const char *name, const char *region, double lat, double lon,
		const char *ward, enum care_level level, int available)
{
	struct facility f = {.latitude = lat,
			     .longitude = lon,
			     .last_contact_at = 0,
			     .offline_since = USEC_NONE,
			     .closed_at = USEC_NONE};
	struct avail a = {.care_level = level, .total = 10, .available = available, .rev = 1};

	avail_copy_text(f.id, span_str(id));
	avail_copy_text(f.region_id, span_str(region));
	(void)snprintf(f.name, sizeof(f.name), "%s", name);
	avail_copy_text(a.facility_id, span_str(id));
	avail_copy_text(a.ward, span_str(ward));
	(void)picture_set_facility(&picture, &f);
	assert_true(picture_set_row(&picture, &a, 0, USEC_NONE));
}

static int start(void **state)
{
	(void)state;
	add("fac_oslo", "Oslo", "reg_east", 59.91, 10.75, "dementia", CARE_LIGHT, 2);
	add("fac_oslo", "Oslo", "reg_east", 59.91, 10.75, "somatic", CARE_MEDIUM, 0);
	add("fac_bergen", "Bergen", "reg_west", 60.39, 5.32, "dementia", CARE_INTENSIVE, 5);
	add("fac_nowhere", "Nowhere", "reg_west", NAN, NAN, "rehabilitation", CARE_LIGHT, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	picture_done(&picture);
	arena_done(&arena);
	return 0;
}

/* The rows of an address's query as "fac_oslo/dementia …", or "!name" for the parameter that was
 * refused. */
static const char *ask_as(const struct who *who, const char *query)
{
	const char *name, *why, *out = "";
	struct httpd_pair *pairs;
	struct query_row *rows;
	struct query q;
	size_t n;

	assert_true(uri_query(span_str(query), &arena, &pairs, &n));
	if (!query_read(pairs, n, &arena, &q, &name, &why)) {
		assert_true(strlen(why) > 10);
		assert_null(strstr(why, "no such")); /* it is read behind "expected" */
		return arena_printf(&arena, "!%s", name);
	}
	n = query_run(&q, &picture, who, &rule, &arena, &rows);
	for (size_t i = 0; i < n; i++)
		out = arena_printf(&arena, "%s%s%s/%s", out, i ? " " : "", rows[i].home->id,
				   rows[i].row->a.ward);
	return out;
}

static const char *ask(const char *query)
{
	return ask_as(&admin, query);
}

#define BERGEN	"fac_bergen/dementia"
#define NOWHERE "fac_nowhere/rehabilitation"
#define OSLO_D	"fac_oslo/dementia"
#define OSLO_S	"fac_oslo/somatic"

static void all_rows_come_by_name(void **state)
{
	(void)state;
	assert_string_equal(ask(""), BERGEN " " NOWHERE " " OSLO_D " " OSLO_S);
	assert_string_equal(ask("sort=name"), BERGEN " " NOWHERE " " OSLO_D " " OSLO_S);
}

static void each_filter_keeps_what_fits(void **state)
{
	(void)state;
	assert_string_equal(ask("region=reg_east"), OSLO_D " " OSLO_S);
	assert_string_equal(ask("facility=fac_bergen"), BERGEN);
	assert_string_equal(ask("ward=dementia"), BERGEN " " OSLO_D);
	assert_string_equal(ask("care_level=light"), NOWHERE " " OSLO_D);
	assert_string_equal(ask("min_available=2"), BERGEN " " OSLO_D);
	assert_string_equal(ask("ward=dementia&min_available=3"), BERGEN);
	assert_string_equal(ask("facility=fac_unheard_of"), "");
}

static void a_list_may_be_repeated_or_have_commas(void **state)
{
	(void)state;
	assert_string_equal(ask("facility=fac_bergen,fac_nowhere"), BERGEN " " NOWHERE);
	assert_string_equal(ask("facility=fac_bergen&facility=fac_nowhere"), BERGEN " " NOWHERE);
	assert_string_equal(ask("care_level=medium,intensive"), BERGEN " " OSLO_S);
	assert_string_equal(ask("ward=somatic,%20rehabilitation"), NOWHERE " " OSLO_S);
}

static void rows_sort_by_what_is_free_and_by_distance(void **state)
{
	(void)state;
	assert_string_equal(ask("sort=available"), BERGEN " " OSLO_D " " NOWHERE " " OSLO_S);
	assert_string_equal(ask("sort=distance&near=59.9,10.7"),
			    OSLO_D " " OSLO_S " " BERGEN " " NOWHERE);
	assert_string_equal(ask("sort=distance&near=60.4,5.3"),
			    BERGEN " " OSLO_D " " OSLO_S " " NOWHERE);
}

static void words_are_looked_for_in_all_that_a_row_says(void **state)
{
	(void)state;
	assert_string_equal(ask("q=BERG"), BERGEN);
	assert_string_equal(ask("q=demens"), BERGEN " " OSLO_D);
	assert_string_equal(ask("q=demens%20oslo"), OSLO_D);
	assert_string_equal(ask("q=demens&q=oslo"), OSLO_D);
	assert_string_equal(ask("q=demens&lang=en"), "");
	assert_string_equal(ask("q=dementia&lang=en"), BERGEN " " OSLO_D);
	assert_string_equal(ask("q=%20,%20"), BERGEN " " NOWHERE " " OSLO_D " " OSLO_S);
	assert_string_equal(ask("q=tromso"), "");
}

static void an_address_is_searched_by_what_it_says_and_not_by_its_json(void **state)
{
	struct facility f = *picture_facility(&picture, SPAN("fac_nowhere"));

	(void)state;
	(void)snprintf(f.address, sizeof(f.address), "%s",
		       "{\"text\":\"Sørkedalsveien 12\",\"city\":\"Røros\",\"floors\":3}");
	(void)picture_set_facility(&picture, &f);
	assert_string_equal(ask("q=sorkedal"), NOWHERE);
	assert_string_equal(ask("q=roros%20sorkedal"), NOWHERE);
	assert_string_equal(ask("q=city"), "");
}

static void a_row_is_kept_by_how_far_it_can_be_trusted(void **state)
{
	struct facility f = *picture_facility(&picture, SPAN("fac_bergen"));

	(void)state;
	f.as_of = f.last_contact_at = 5 * USEC_PER_MIN;
	(void)picture_set_facility(&picture, &f);
	rule.now = 20 * USEC_PER_MIN;
	assert_string_equal(ask("status=fresh"), BERGEN);
	assert_string_equal(ask("status=stale"), NOWHERE " " OSLO_D " " OSLO_S);
	assert_string_equal(ask("status=fresh,stale&ward=dementia"), BERGEN " " OSLO_D);
	assert_string_equal(ask("status=offline"), "");
	assert_string_equal(ask("sort=age"), NOWHERE " " OSLO_D " " OSLO_S " " BERGEN);
	rule.now = 10 * USEC_PER_MIN;
	assert_string_equal(ask("min_total=10"), ask(""));
	assert_string_equal(ask("min_total=11"), "");
}

static void people_read_names_in_their_order(void **state)
{
	(void)state;
	add("fac_aa", "Åsen", "reg_east", NAN, NAN, "somatic", CARE_LIGHT, 0);
	add("fac_oe", "Østli", "reg_east", NAN, NAN, "somatic", CARE_LIGHT, 0);
	assert_string_equal(ask("region=reg_east&ward=somatic"),
			    OSLO_S " fac_aa/somatic fac_oe/somatic");
	assert_string_equal(ask("region=reg_east&ward=somatic&lang=nb"),
			    OSLO_S " fac_oe/somatic fac_aa/somatic");
	assert_string_equal(ask("region=reg_east&ward=somatic&lang=en"),
			    "fac_aa/somatic " OSLO_S " fac_oe/somatic");
}

static void a_parameter_that_is_wrong_is_named(void **state)
{
	static const char *const wrong[][2] = {
	    {"region=oslo", "!region"},
	    {"facility=", "!facility"},
	    {"facility=fac_a,,fac_b", "!facility"},
	    {"ward=A%20b", "!ward"},
	    {"care_level=heavy", "!care_level"},
	    {"min_available=many", "!min_available"},
	    {"min_available=-1", "!min_available"},
	    {"min_available", "!min_available"},
	    {"near=59.9", "!near"},
	    {"near=91,0", "!near"},
	    {"near=0,181", "!near"},
	    {"near=nan,0", "!near"},
	    {"near=a,b", "!near"},
	    {"sort=colour", "!sort"},
	    {"sort=distance", "!sort"},
	    {"colour=red", "!colour"},
	    {"min_total=-1", "!min_total"},
	    {"status=", "!status"},
	    {"status=fresh,old", "!status"},
	    {"q", "!q"},
	    {"format=pdf", "!format"},
	    {"lang=sv", "!lang"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_string_equal(ask(wrong[i][0]), wrong[i][1]);
}

static void a_filter_never_widens_the_scope(void **state)
{
	const struct who staff = {.role = WHO_STAFF, .facility_id = "fac_oslo"};
	const struct who coordinator = {.role = WHO_COORDINATOR, .region_id = "reg_west"};

	(void)state;
	assert_string_equal(ask_as(&staff, ""), OSLO_D " " OSLO_S);
	assert_string_equal(ask_as(&staff, "facility=fac_bergen"), "");
	assert_string_equal(ask_as(&coordinator, ""), BERGEN " " NOWHERE);
	assert_string_equal(ask_as(&coordinator, "region=reg_east"), "");
}

static void distances_are_those_of_the_globe(void **state)
{
	(void)state;
	assert_float_equal(query_distance_km(59.91, 10.75, 60.39, 5.32), 305.3, 1.0);
	assert_float_equal(query_distance_km(0, 179.5, 0, -179.5), 111.2, 0.1);
	assert_float_equal(query_distance_km(60, 10, 60, 10), 0, 0.001);
	assert_float_equal(query_distance_km(0, 0, 0, 180), 20015.1, 0.1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(all_rows_come_by_name),
	    TEST(each_filter_keeps_what_fits),
	    TEST(a_list_may_be_repeated_or_have_commas),
	    TEST(rows_sort_by_what_is_free_and_by_distance),
	    TEST(words_are_looked_for_in_all_that_a_row_says),
	    TEST(an_address_is_searched_by_what_it_says_and_not_by_its_json),
	    TEST(a_row_is_kept_by_how_far_it_can_be_trusted),
	    TEST(people_read_names_in_their_order),
	    TEST(a_parameter_that_is_wrong_is_named),
	    TEST(a_filter_never_widens_the_scope),
	    cmocka_unit_test(distances_are_those_of_the_globe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
