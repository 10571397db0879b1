/* Conflicts that stood open at some time of the period, and how long it took to settle them. */
#include "reports/cell.h"
#include "reports/listing.h"

static const struct column conflict_columns[] = {
    {"opened_at", TEXT_INIT("Opened", "Åpnet"), CELL_TIME, UNIT_NONE, 12},
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 16, SHOWN_OFF_PAPER},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 22},
    {"conflict_id", TEXT_INIT("Conflict", "Konflikt"), CELL_TEXT, UNIT_NONE, 30, SHOWN_OFF_PAPER},
    {"bed_id", TEXT_INIT("Bed", "Seng"), CELL_TEXT, UNIT_NONE, 14},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_PLACE, UNIT_NONE, 14, SHOWN_OFF_PAPER},
    {"held_status", TEXT_INIT("Held", "Kjent status"), CELL_WORD, UNIT_NONE, 10},
    {"branch_status", TEXT_INIT("Other account", "Annen opplysning"), CELL_WORD, UNIT_NONE, 12},
    {"events", TEXT_INIT("Events set aside", "Hendelser til side"), CELL_COUNT, UNIT_NONE, 9},
    {"status", TEXT_INIT("State", "Tilstand"), CELL_WORD, UNIT_NONE, 8},
    {"settled_at", TEXT_INIT("Settled", "Avgjort"), CELL_TIME, UNIT_NONE, 12},
    {"settled_by", TEXT_INIT("Settled by", "Avgjort av"), CELL_TEXT, UNIT_NONE, 14},
    {"settled_status", TEXT_INIT("Settled as", "Avgjort som"), CELL_WORD, UNIT_NONE, 10},
    {"settled_reason", TEXT_INIT("Why", "Hvorfor"), CELL_WORD, UNIT_NONE, 13},
    {"open_s", TEXT_INIT("Open, hours", "Åpen, timer"), CELL_DURATION, UNIT_HOURS, 8},
    REPORT_ZONE_COLUMN,
};
static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 28},
    REPORT_ZONE_COLUMN,
    {"opened", TEXT_INIT("Opened", "Åpnet"), CELL_COUNT, UNIT_NONE, 9},
    {"settled_by_policy", TEXT_INIT("Settled by policy", "Avgjort av regel"), CELL_COUNT, UNIT_NONE,
     10},
    {"settled_by_people", TEXT_INIT("Settled by people", "Avgjort av personer"), CELL_COUNT,
     UNIT_NONE, 10},
    {"open_at_end", TEXT_INIT("Open at the end", "Åpne ved slutten"), CELL_COUNT, UNIT_NONE, 10},
    {"median_open_s", TEXT_INIT("Time to settle, median, hours", "Tid til avgjort, median, timer"),
     CELL_DURATION, UNIT_HOURS, 14},
    {"longest_open_s", TEXT_INIT("Longest open, hours", "Lengst åpen, timer"), CELL_DURATION,
     UNIT_HOURS, 12},
};

/* As known at $3: opened by then, settled only if settled by then, with the events received by
 * then. $12: what is known ends there; the ward is the bed's where the accounts part; a home that
 * is closed then has conflicts that wait for nobody. */
#define CONFLICTS_KNOWN                                                                            \
	"SELECT c.*, l.events AS known_events, l.branch, w.ward, s.settled, o.closed, h.name,"     \
	" h.zone, h.begins, h.ends"                                                                \
	" FROM conflicts c JOIN " LISTING_HOMES " ON h.id = c.facility_id "                        \
	"CROSS JOIN LATERAL (SELECT CASE WHEN c.settled_at <= coalesce($3, c.settled_at)"          \
	" THEN c.settled_at END AS settled) AS s "                                                 \
	"CROSS JOIN LATERAL (SELECT count(*) AS events,"                                           \
	" (array_agg(a.new_status ORDER BY a.n DESC))[1] AS branch, min(a.changed_at) AS parted"   \
	" FROM bed_audit_log a"                                                                    \
	" WHERE a.facility_id = c.facility_id AND a.bed_id = c.bed_id AND a.conflict_id = c.id"    \
	" AND a.outcome = 'conflict' AND ($3::timestamptz IS NULL OR a.received_at <= $3)) AS l "  \
	"LEFT JOIN LATERAL (SELECT a.ward FROM bed_audit_log a WHERE a.facility_id ="              \
	" c.facility_id AND a.bed_id = c.bed_id AND a.in_history AND a.changed_at <= l.parted"     \
	" AND ($3::timestamptz IS NULL OR a.received_at <= $3)"                                    \
	" ORDER BY a.changed_at DESC, a.n DESC LIMIT 1) AS w ON true "                             \
	"CROSS JOIN LATERAL (SELECT min(greatest(x.closed_at, c.opened_at)) AS closed FROM "       \
	"facility_closures x"                                                                      \
	" WHERE x.facility_id = c.facility_id AND x.closed_at <= least($12, h.ends)"               \
	" AND (x.opened_at IS NULL OR x.opened_at > least($12, h.ends))) AS o "                    \
	"WHERE ($6::text IS NULL OR c.bed_id = $6) AND " LISTING_OF_WARD(                          \
	    "w.ward") " AND ($3 IS NULL OR c.opened_at <= $3) AND c.opened_at < h.ends"            \
		      " AND (s.settled IS NULL OR s.settled >= h.begins)"
#define OPEN_USEC                                                                                  \
	"(extract(epoch FROM (coalesce(k.settled, k.closed, $12)"                                  \
	" - k.opened_at)) * 1000000)::bigint"

static const char sql_conflicts[] =
    "SELECT k.opened_at, k.facility_id, k.name, k.id, k.bed_id, k.ward, k.held_status, k.branch, "
    "k.known_events,"
    " CASE WHEN k.settled IS NOT NULL THEN 'settled' WHEN k.closed IS NOT NULL THEN 'closed'"
    " ELSE 'open' END, k.settled,"
    " CASE WHEN k.settled IS NOT NULL THEN k.settled_by END,"
    " CASE WHEN k.settled IS NOT NULL THEN k.settled_status END,"
    " CASE WHEN k.settled IS NOT NULL THEN k.settled_reason END, " OPEN_USEC
    ", k.zone FROM (" CONFLICTS_KNOWN ") AS k ORDER BY k.opened_at, k.facility_id, k.id";

static const char sql_homes[] =
    "SELECT h.id, h.name, h.zone, count(k.id) FILTER (WHERE k.opened_at >= h.begins),"
    " count(k.id) FILTER (WHERE k.settled < h.ends AND k.settled_reason IS NULL),"
    " count(k.id) FILTER (WHERE k.settled < h.ends AND k.settled_reason IS NOT NULL),"
    " count(k.id) FILTER (WHERE k.closed IS NULL AND (k.settled IS NULL OR k.settled >= h.ends)),"
    " (percentile_disc(0.5) WITHIN GROUP (ORDER BY " OPEN_USEC ")"
    "  FILTER (WHERE k.settled < h.ends AND k.settled_reason IS NOT NULL)),"
    " max(" OPEN_USEC ") "
    "FROM " LISTING_HOMES " LEFT JOIN (" CONFLICTS_KNOWN ") AS k ON k.facility_id = h.id "
    "GROUP BY h.id, h.name, h.zone, h.begins, h.ends ORDER BY h.id";

static const struct table conflicts_table = {"conflicts", TEXT_INIT("Conflicts", "Konflikter"),
					     conflict_columns, ARRAY_LEN(conflict_columns)};
static const struct table homes_table = {"facilities", TEXT_INIT("By home", "Per sykehjem"),
					 home_columns, ARRAY_LEN(home_columns)};

int report_conflicts(struct report_run *r, struct err *err)
{
	struct pg_params p = PG_PARAMS(r->arena);

	report_note(r,
		    TEXT("Conflicts that stood open at some time of the period. A bed in conflict "
			 "is not counted as free until somebody settles it.",
			 "Konflikter som sto åpne i perioden. En seng i konflikt regnes ikke som "
			 "ledig før noen har avgjort den."));
	listing_scope(r, &p);
	pg_add_time(&p, r->frame->horizon);
	int e = writer_begin(r->writer, r->document, err);
	if (e == 0)
		e = listing_table(r, &conflicts_table, sql_conflicts, &p, err);
	if (e == 0)
		e = listing_table(r, &homes_table, sql_homes, &p, err);
	return e;
}
