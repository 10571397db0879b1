/* The audit log as it was received, and a home's history as it happened: the same rows on the two
 * clocks. As long as the log is; read page by page. */
#include "reports/cell.h"
#include "reports/listing.h"

/* shown: not to people where the home is one, and stands above */
#define PLACE_COLUMNS(shown)                                                                       \
	{"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 14, shown},       \
	    {"n", TEXT_INIT("No.", "Nr."), CELL_COUNT, UNIT_NONE, 6},                              \
	{                                                                                          \
		"bed_id", TEXT_INIT("Bed", "Seng"), CELL_TEXT, UNIT_NONE, 14                       \
	}
#define CHANGE_COLUMNS                                                                             \
	{"ward", TEXT_INIT("Ward", "Avdeling"), CELL_PLACE, UNIT_NONE, 14},                        \
	    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå"), CELL_WORD, UNIT_NONE, 10},      \
	    {"previous_status",                                                                    \
	     TEXT_INIT("Said to be before", "Oppgitt før"),                                        \
	     CELL_WORD,                                                                            \
	     UNIT_NONE,                                                                            \
	     10,                                                                                   \
	     SHOWN_OFF_PAPER},                                                                     \
	    {"held_status", TEXT_INIT("Held before", "Kjent før"), CELL_WORD, UNIT_NONE, 10},      \
	    {"new_status", TEXT_INIT("New status", "Ny status"), CELL_WORD, UNIT_NONE, 10},        \
	    {"reason", TEXT_INIT("Reason", "Årsak"), CELL_WORD, UNIT_NONE, 14},                    \
	    {"outcome", TEXT_INIT("Outcome", "Utfall"), CELL_WORD, UNIT_NONE, 10},                 \
	    {"changed_by", TEXT_INIT("Changed by", "Endret av"), CELL_TEXT, UNIT_NONE, 13},        \
	    {"source", TEXT_INIT("Source", "Kilde"), CELL_TEXT, UNIT_NONE, 11},                    \
	{                                                                                          \
		"conflict_id", TEXT_INIT("Conflict", "Konflikt"), CELL_TEXT, UNIT_NONE, 30,        \
		    SHOWN_OFF_PAPER                                                                \
	}
#define RECEIVED                                                                                   \
	{                                                                                          \
		"received_at", TEXT_INIT("Received", "Mottatt"), CELL_TIME, UNIT_NONE, 11          \
	}
#define CHANGED                                                                                    \
	{                                                                                          \
		"changed_at", TEXT_INIT("Changed", "Endret"), CELL_TIME, UNIT_NONE, 11             \
	}

static const struct column audit_columns[] = {
    RECEIVED,
    PLACE_COLUMNS(SHOWN),
    CHANGED,
    CHANGE_COLUMNS,
    {"event_id", TEXT_INIT("Event", "Hendelse"), CELL_TEXT, UNIT_NONE, 30, SHOWN_OFF_PAPER},
    REPORT_ZONE_COLUMN,
};
static const struct column history_columns[] = {
    CHANGED,
    PLACE_COLUMNS(SHOWN_TO_MACHINES),
    RECEIVED,
    CHANGE_COLUMNS,
    {"bed_version", TEXT_INIT("Version", "Versjon"), CELL_COUNT, UNIT_NONE, 8, SHOWN_OFF_PAPER},
    REPORT_ZONE_COLUMN,
};

#define AUDIT_FIELDS                                                                               \
	"l.ward, l.care_level, l.previous_status, l.held_status, l.new_status, l.reason,"          \
	" l.outcome, l.changed_by, l.source->>'adapter', l.conflict_id"

/* by: the clock, which the homes' periods are of */
#define OF_PERIOD(by)                                                                              \
	" FROM bed_audit_log l JOIN " LISTING_HOMES " ON h.id = l.facility_id AND l." by           \
	" >= h.begins AND l." by " < h.ends"                                                       \
	" WHERE l." by " >= $1 AND l." by " < $2"                                                  \
	" AND ($3::timestamptz IS NULL OR l.received_at <= $3)"                                    \
	" AND ($6::text IS NULL OR l.bed_id = $6) AND " LISTING_OF_WARD(                           \
	    "l.ward") " AND (l." by ", l.facility_id, l.n) > ($12, $13, $14)"                      \
		      " ORDER BY l." by ", l.facility_id, l.n LIMIT $15"

static const char sql_audit[] =
    "SELECT l.received_at, l.facility_id, l.n, l.bed_id, l.changed_at, " AUDIT_FIELDS
    ", l.event_id, h.zone" OF_PERIOD("received_at");

static const char sql_history[] =
    "SELECT l.changed_at, l.facility_id, l.n, l.bed_id, l.received_at, " AUDIT_FIELDS
    ", l.bed_version, h.zone" OF_PERIOD("changed_at");

static const struct table audit_table = {"audit", TEXT_INIT("Audit log", "Revisjonslogg"),
					 audit_columns, ARRAY_LEN(audit_columns)};
static const struct table history_table = {"history", TEXT_INIT("Changes", "Endringer"),
					   history_columns, ARRAY_LEN(history_columns)};

static void note_clocks(struct report_run *r)
{
	report_note(r,
		    TEXT("Changed: when it was true at the home. Received: when the region learnt "
			 "it. The number counts a home's rows without gaps.",
			 "Endret: da det skjedde på sykehjemmet. Mottatt: da regionen fikk vite "
			 "det. Nummeret teller sykehjemmets rader uten hull."));
}

int report_audit(struct report_run *r, struct err *err)
{
	note_clocks(r);
	report_note(r,
		    TEXT("Rows received on the days of the period, in the order in which they were "
			 "received.",
			 "Rader mottatt på periodens dager, i den rekkefølgen de ble mottatt."));
	int e = writer_begin(r->writer, r->document, err);
	return e < 0 ? e : listing_pages(r, &audit_table, sql_audit, err);
}

int report_facility_history(struct report_run *r, struct err *err)
{
	if (!r->frame->q->facility.p)
		return err_set(err, ERR_INVALID,
			       "facility-history is of one home: give --facility ID");
	note_clocks(r);
	report_note(
	    r, TEXT("Changes on the days of the period, in the order in which they happened, "
		    "also those that were set aside as conflicts.",
		    "Endringer på periodens dager, i den rekkefølgen de skjedde, også de som ble "
		    "satt til side som konflikter."));
	int e = writer_begin(r->writer, r->document, err);
	return e < 0 ? e : listing_pages(r, &history_table, sql_history, err);
}
