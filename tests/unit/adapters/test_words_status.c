/* What a status says in words: of each language some as they are, and all that only resemble a free
 * bed. */
#include "adapters/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(enum bed_status status, const char *const *phrases)
{
	struct arena a = {0};

	for (; *phrases; phrases++) {
		enum reason reason;
		enum bed_status said = words_status(&a, span_str(*phrases), &reason);
		if (said != status)
			fail_msg("\"%s\" is %s", *phrases, bed_status_name(said));
	}
	arena_done(&a);
}

static void a_free_bed_is_known_by_words_that_say_nothing_else(_unused_ void **state)
{
	expect(BED_AVAILABLE, (const char *const[]){
				  "Ledig",	  "ledig / klar", "Ledig seng",	   "Lediga",
				  "Fri",	  "frei",	  "Vakant",	   "Leer",
				  "VACANT",	  "Vacant clean", "avail.",	   "Ikke opptatt",
				  "Nicht belegt", "Ej belagd",	  "unoccupied",	   "Vrij",
				  "Libre",	  "vapaa",	  "Status: ledig", "Tilgjengelig",
				  "Bezugsfertig", "Utskrevet",	  "Entlassung",	   NULL});
}

static void who_is_to_leave_is_still_there(_unused_ void **state)
{
	expect(BED_OCCUPIED,
	       (const char *const[]){
		   "Ready for discharge", "Discharge today", "Discharge pending",
		   "Pending discharge", "Planned discharge", "Entlassung geplant",
		   "Klar for utskriving", "Klar til utskrivning", "Utskrivningsklar", "Wird frei",
		   "Blir ledig", "Bliver ledig", "Snart ledig", "Ledig i morgen", "Free tomorrow",
		   "Occupied, free tomorrow", "Available soon", "Utskrives", NULL});
}

static void a_bed_that_is_dirty_shut_or_broken_is_not_free(_unused_ void **state)
{
	expect(BED_MAINTENANCE, (const char *const[]){"Vacant/Dirty",
						      "Vacant dirty",
						      "Clean pending",
						      "Klargj\xC3\xB8ring",
						      "Klargj\xC3\xB8res",
						      "Free - blocked",
						      "Empty (closed)",
						      "Ledig men stengt",
						      "Frei, Reinigung",
						      "Ready for cleaning",
						      "Wird gereinigt",
						      "Leeg - vuil",
						      "Ledig - ikke vasket",
						      "Vacant - Not Ready",
						      "Available - pending cleaning",
						      "gesperrte",
						      "Under vedlikehold",
						      "Isolat",
						      "Not clean",
						      NULL});
}

static void a_bed_that_is_held_is_not_free(_unused_ void **state)
{
	expect(BED_RESERVED,
	       (const char *const[]){"Vacant - on hold", "Vacant Held", "Frei (reserviert)",
				     "Ledig/reservert", "Freigehalten", "Ledigholdes", "Friholdt",
				     "Vrijgehouden", "reserv.", "Wird belegt", "Planlagt", NULL});
}

static void what_is_not_known_whole_is_not_known(_unused_ void **state)
{
	expect(BED_UNKNOWN, (const char *const[]){"Vrijdag",
						  "Freeze",
						  "Freitag",
						  "Leegmaken",
						  "Frigives",
						  "Frei geplant",
						  "Ledig, kanskje",
						  "Ledig fra 1.5",
						  "Frei ab 01.05.",
						  "Free on request",
						  "Opptatt Hansen",
						  "Ledig Hansen",
						  "Not available",
						  "NotAvailable",
						  "Ikke ledig",
						  "nicht frei",
						  "Unavailable",
						  "Open - occupied",
						  "Occupied/Cleaning",
						  "Block 3",
						  "disp",
						  "vent",
						  "beleg",
						  "",
						  NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_free_bed_is_known_by_words_that_say_nothing_else),
	    cmocka_unit_test(who_is_to_leave_is_still_there),
	    cmocka_unit_test(a_bed_that_is_dirty_shut_or_broken_is_not_free),
	    cmocka_unit_test(a_bed_that_is_held_is_not_free),
	    cmocka_unit_test(what_is_not_known_whole_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
