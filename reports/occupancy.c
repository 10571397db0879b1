/* Occupancy: of the time that beds were in service, how much were they occupied? Everything is the
 * sum of spans: of a home, of a place (ward and care level) in it, of a day. */
#include "reports/places.h"

#include "reports/cell.h"

static const struct column columns[] = {
    {"occupancy", TEXT_INIT("Occupancy", "Belegg"), CELL_SHARE, UNIT_NONE, 9},
    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 8},
    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN, UNIT_NONE,
     11},
    {"in_service_s", TEXT_INIT("In service, bed-days", "I drift, sengedøgn"), CELL_DURATION,
     UNIT_DAYS, 11},
    {"occupied_s", TEXT_INIT("Occupied, bed-days", "Opptatt, sengedøgn"), CELL_DURATION, UNIT_DAYS,
     11},
    {"available_s", TEXT_INIT("Free, bed-days", "Ledig, sengedøgn"), CELL_DURATION, UNIT_DAYS, 11},
    {"reserved_s", TEXT_INIT("Reserved, bed-days", "Reservert, sengedøgn"), CELL_DURATION,
     UNIT_DAYS, 11},
    {"unconfirmed_s", TEXT_INIT("Unconfirmed, bed-days", "Ubekreftet, sengedøgn"), CELL_DURATION,
     UNIT_DAYS, 12},
    {"maintenance_s", TEXT_INIT("Maintenance, bed-days", "Vedlikehold, sengedøgn"), CELL_DURATION,
     UNIT_DAYS, 12},
};

static void cells(struct tally *t, struct cell *out)
{
	int64_t service = bed_time_in_service(&t->time);

	out[0] = cell_fraction(t->time.usec[USE_OCCUPIED], service);
	out[1] = cell_fraction(t->time.usec[USE_AVAILABLE], service);
	out[2] = cell_fraction(service, t->elapsed);
	out[3] = cell_count(service);
	out[4] = cell_count(t->time.usec[USE_OCCUPIED]);
	out[5] = cell_count(t->time.usec[USE_AVAILABLE]);
	out[6] = cell_count(t->time.usec[USE_RESERVED]);
	out[7] = cell_count(t->time.usec[USE_UNCONFIRMED]);
	out[8] = cell_count(t->time.usec[USE_MAINTENANCE]);
}

static void charts(struct places *p)
{
	static const struct {
		enum bed_use use;
		const char *key;
	} shown[] = {
	    {USE_OCCUPIED, "occupied"},
	    {USE_RESERVED, "reserved"},
	    {USE_AVAILABLE, "available"},
	    {USE_UNCONFIRMED, "unconfirmed"},
	};
	struct chart *share = places_chart(p, "occupancy_by_day",
					   TEXT("Occupancy by day", "Belegg per dag"), CELL_SHARE);
	struct chart *beds = places_chart(
	    p, "beds_by_day",
	    TEXT("Beds in service by day, mean", "Senger i drift per dag, gjennomsnitt"),
	    CELL_MEAN);
	struct cell *values = places_series(p, share, "occupancy", TEXT("Occupancy", "Belegg"));

	for (size_t i = 0; i < share->n_days; i++)
		values[i] = cell_fraction(p->days[i].time.usec[USE_OCCUPIED],
					  bed_time_in_service(&p->days[i].time));
	beds->kind = CHART_STACKED;
	for (size_t s = 0; s < ARRAY_LEN(shown); s++) {
		values = places_series(p, beds, shown[s].key, word_text(shown[s].key));
		for (size_t i = 0; i < beds->n_days; i++)
			values[i] =
			    cell_fraction(p->days[i].time.usec[shown[s].use], p->days[i].elapsed);
	}
	(void)writer_chart(p->run->writer, share, NULL);
	(void)writer_chart(p->run->writer, beds, NULL);
}

int report_occupancy(struct report_run *r, struct err *err)
{
	static const struct places_report occupancy = {
	    .charts = charts,
	    .homes = {columns, ARRAY_LEN(columns), cells},
	    .wards = {columns, ARRAY_LEN(columns), cells},
	    .days = {columns, ARRAY_LEN(columns), cells},
	    .total = true,
	};

	report_note(
	    r, TEXT("Occupancy is occupied bed-time divided by bed-time in service. A bed is in "
		    "service except under maintenance; one whose status is in conflict is in "
		    "service but counts as neither occupied nor free.",
		    "Belegg er opptatt sengetid delt på sengetid i drift. En seng er i drift "
		    "unntatt under vedlikehold; en seng med status i konflikt er i drift, men "
		    "regnes verken som opptatt eller ledig."));
	report_note(
	    r, TEXT("A bed-day is 24 hours of one bed. Days are those of each home's time zone.",
		    "Et sengedøgn er 24 timer for én seng. Døgn følger sykehjemmets tidssone."));
	return places_run(r, &occupancy, err);
}
