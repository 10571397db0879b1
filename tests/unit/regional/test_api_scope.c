#include "regional/api/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "regional/api/limiter.h"

static const struct facility own = {.id = "fac_own", .region_id = "reg_own"};
static const struct facility neighbour = {.id = "fac_neighbour", .region_id = "reg_own"};
static const struct facility far = {.id = "fac_far", .region_id = "reg_far"};

enum { OWN, NEIGHBOUR, FAR, UNKNOWN, TARGETS };
static const struct facility *const targets[TARGETS] = {&own, &neighbour, &far, NULL};

static struct who of_role(enum who_role role)
{
	struct who w = {.role = role};

	if (role == WHO_STAFF || role == WHO_MANAGER)
		avail_copy_text(w.facility_id, SPAN("fac_own"));
	if (role == WHO_COORDINATOR)
		avail_copy_text(w.region_id, SPAN("reg_own"));
	return w;
}

/* Every role, every kind of route, every home: what is not said here is a decision nobody made. */
#define A SCOPE_ALLOWED
#define L SCOPE_LOGIN
#define F SCOPE_FORBIDDEN
#define H SCOPE_HIDDEN
static const enum scope_answer expected[WHO_ROLE_COUNT][ACCESS_COUNT][TARGETS] = {
    [WHO_NOBODY] = {[ACCESS_CLOSED] = {L, L, L, L},
		    [ACCESS_OPEN] = {A, A, A, A},
		    [ACCESS_SELF] = {L, L, L, L},
		    [ACCESS_LIST] = {L, L, L, L},
		    [ACCESS_FACILITY] = {L, L, L, L},
		    [ACCESS_BEDS] = {L, L, L, L},
		    [ACCESS_SET_BED] = {L, L, L, L},
		    [ACCESS_REVIEW] = {L, L, L, L},
		    [ACCESS_REVIEWS] = {L, L, L, L},
		    [ACCESS_SETTLES] = {L, L, L, L},
		    [ACCESS_SETTLE] = {L, L, L, L},
		    [ACCESS_AUDIT] = {L, L, L, L},
		    [ACCESS_ADMIN] = {L, L, L, L},
		    [ACCESS_SUBSCRIBES] = {L, L, L, L}},
    [WHO_STAFF] = {[ACCESS_CLOSED] = {F, F, F, F},
		   [ACCESS_OPEN] = {A, A, A, A},
		   [ACCESS_SELF] = {A, A, A, A},
		   [ACCESS_LIST] = {A, A, A, A},
		   [ACCESS_FACILITY] = {A, H, H, H},
		   [ACCESS_BEDS] = {A, H, H, H},
		   [ACCESS_SET_BED] = {A, H, H, H},
		   [ACCESS_REVIEW] = {F, H, H, H},
		   [ACCESS_REVIEWS] = {F, F, F, F},
		   [ACCESS_SETTLES] = {F, F, F, F},
		   [ACCESS_SETTLE] = {F, H, H, H},
		   [ACCESS_AUDIT] = {F, F, F, F},
		   [ACCESS_ADMIN] = {F, F, F, F},
		   [ACCESS_SUBSCRIBES] = {F, F, F, F}},
    [WHO_MANAGER] = {[ACCESS_CLOSED] = {F, F, F, F},
		     [ACCESS_OPEN] = {A, A, A, A},
		     [ACCESS_SELF] = {A, A, A, A},
		     [ACCESS_LIST] = {A, A, A, A},
		     [ACCESS_FACILITY] = {A, H, H, H},
		     [ACCESS_BEDS] = {A, H, H, H},
		     [ACCESS_SET_BED] = {A, H, H, H},
		     [ACCESS_REVIEW] = {A, H, H, H},
		     [ACCESS_REVIEWS] = {A, A, A, A},
		     [ACCESS_SETTLES] = {A, A, A, A},
		     [ACCESS_SETTLE] = {A, H, H, H},
		     [ACCESS_AUDIT] = {F, F, F, F},
		     [ACCESS_ADMIN] = {F, F, F, F},
		     [ACCESS_SUBSCRIBES] = {A, A, A, A}},
    [WHO_COORDINATOR] = {[ACCESS_CLOSED] = {F, F, F, F},
			 [ACCESS_OPEN] = {A, A, A, A},
			 [ACCESS_SELF] = {A, A, A, A},
			 [ACCESS_LIST] = {A, A, A, A},
			 [ACCESS_FACILITY] = {A, A, H, H},
			 [ACCESS_BEDS] = {A, A, H, H},
			 [ACCESS_SET_BED] = {F, F, H, H},
			 [ACCESS_REVIEW] = {A, A, H, H},
			 [ACCESS_REVIEWS] = {A, A, A, A},
			 [ACCESS_SETTLES] = {F, F, F, F},
			 [ACCESS_SETTLE] = {F, F, H, H},
			 [ACCESS_AUDIT] = {F, F, F, F},
			 [ACCESS_ADMIN] = {F, F, F, F},
			 [ACCESS_SUBSCRIBES] = {A, A, A, A}},
    [WHO_ADMIN] = {[ACCESS_CLOSED] = {F, F, F, F},
		   [ACCESS_OPEN] = {A, A, A, A},
		   [ACCESS_SELF] = {A, A, A, A},
		   [ACCESS_LIST] = {A, A, A, A},
		   [ACCESS_FACILITY] = {A, A, A, H},
		   [ACCESS_BEDS] = {A, A, A, H},
		   [ACCESS_SET_BED] = {F, F, F, H},
		   [ACCESS_REVIEW] = {A, A, A, H},
		   [ACCESS_REVIEWS] = {A, A, A, A},
		   [ACCESS_SETTLES] = {A, A, A, A},
		   [ACCESS_SETTLE] = {A, A, A, H},
		   [ACCESS_AUDIT] = {A, A, A, A},
		   [ACCESS_ADMIN] = {A, A, A, A},
		   [ACCESS_SUBSCRIBES] = {A, A, A, A}},
};

static void every_role_gets_what_the_table_says(void **state)
{
	(void)state;
	for (enum who_role role = 0; role < WHO_ROLE_COUNT; role++)
		for (enum scope_access access = 0; access < ACCESS_COUNT; access++)
			for (int t = 0; t < TARGETS; t++) {
				struct who w = of_role(role);
				enum scope_answer got = scope_decide(&w, access, targets[t]);
				if (got != expected[role][access][t])
					fail_msg("role %d, access %d, target %d: %d", role, access,
						 t, got);
			}
}

static void without_a_login_only_open_routes_answer(void **state)
{
	(void)state;
	for (enum scope_access access = 0; access < ACCESS_COUNT; access++)
		assert_int_equal(scope_decide(NULL, access, &own),
				 access == ACCESS_OPEN ? SCOPE_ALLOWED : SCOPE_LOGIN);
}

static void a_role_without_its_scope_sees_nothing(void **state)
{
	const struct facility nameless = {0};

	(void)state;
	for (enum who_role role = WHO_STAFF; role <= WHO_COORDINATOR; role++) {
		struct who w = {.role = role};
		assert_false(scope_sees(&w, &nameless));
		assert_false(scope_sees(&w, &own));
	}
}

static void an_access_nobody_knows_is_forbidden(void **state)
{
	struct who w = of_role(WHO_ADMIN);

	(void)state;
	assert_int_equal(scope_decide(&w, (enum scope_access)77, &own), SCOPE_FORBIDDEN);
}

static void role_names_read_back(void **state)
{
	enum who_role back;

	(void)state;
	for (enum who_role role = WHO_STAFF; role < WHO_ROLE_COUNT; role++) {
		assert_true(who_role_parse(span_str(who_role_name(role)), &back));
		assert_int_equal(back, role);
	}
	assert_false(who_role_parse(SPAN("ADMIN"), &back));
	assert_false(who_role_parse(SPAN_NONE, &back));
}

static void an_address_may_fail_so_often_and_then_waits(void **state)
{
	static struct limiter l;
	const struct span here = SPAN("192.0.2.1"), there = SPAN("192.0.2.2");
	usec_t now = 1000 * USEC_PER_SEC;

	(void)state;
	for (int i = 0; i < LIMITER_BURST; i++) {
		assert_false(limiter_is_over(&l, here, now));
		limiter_failed(&l, here, now);
	}
	assert_true(limiter_is_over(&l, here, now));
	assert_false(limiter_is_over(&l, there, now));
	assert_true(limiter_is_over(&l, here, now + LIMITER_REFILL - 1));
	assert_false(limiter_is_over(&l, here, now + LIMITER_REFILL));
	limiter_failed(&l, here, now + LIMITER_REFILL);
	assert_true(limiter_is_over(&l, here, now + LIMITER_REFILL));
	assert_false(limiter_is_over(&l, here, now + USEC_PER_HOUR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_role_gets_what_the_table_says),
	    cmocka_unit_test(without_a_login_only_open_routes_answer),
	    cmocka_unit_test(a_role_without_its_scope_sees_nothing),
	    cmocka_unit_test(an_access_nobody_knows_is_forbidden),
	    cmocka_unit_test(role_names_read_back),
	    cmocka_unit_test(an_address_may_fail_so_often_and_then_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
