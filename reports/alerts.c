/* Episodes of alerts that stood open at some time of the period. */
#include "reports/cell.h"
#include "reports/listing.h"

static const struct column alert_columns[] = {
    {"opened_at", TEXT_INIT("Opened", "Åpnet"), CELL_TIME, UNIT_NONE, 12},
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 18, SHOWN_OFF_PAPER},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 22},
    {"alert_id", TEXT_INIT("Alert", "Varsel"), CELL_TEXT, UNIT_NONE, 30, SHOWN_OFF_PAPER},
    {"rule", TEXT_INIT("Rule", "Regel"), CELL_WORD, UNIT_NONE, 14},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_PLACE, UNIT_NONE, 12},
    {"value", TEXT_INIT("Farthest value", "Ytterste verdi"), CELL_COUNT, UNIT_NONE, 9},
    {"threshold", TEXT_INIT("Threshold", "Grense"), CELL_COUNT, UNIT_NONE, 9},
    {"cleared_at", TEXT_INIT("Cleared", "Over"), CELL_TIME, UNIT_NONE, 12},
    {"acknowledged_at", TEXT_INIT("Acknowledged", "Kvittert"), CELL_TIME, UNIT_NONE, 12},
    {"acknowledged_by", TEXT_INIT("By", "Av"), CELL_TEXT, UNIT_NONE, 14},
    {"open_s", TEXT_INIT("Open, hours", "Varighet, timer"), CELL_DURATION, UNIT_HOURS, 9},
    REPORT_ZONE_COLUMN,
};
static const struct column rule_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 28},
    REPORT_ZONE_COLUMN,
    {"rule", TEXT_INIT("Rule", "Regel"), CELL_WORD, UNIT_NONE, 16},
    {"episodes", TEXT_INIT("Episodes", "Varsler"), CELL_COUNT, UNIT_NONE, 10},
    {"open_at_end", TEXT_INIT("Open at the end", "Åpne ved slutten"), CELL_COUNT, UNIT_NONE, 10},
    {"acknowledged", TEXT_INIT("Acknowledged", "Kvittert"), CELL_COUNT, UNIT_NONE, 10},
    {"open_s", TEXT_INIT("Open in all, hours", "Varighet i alt, timer"), CELL_DURATION, UNIT_HOURS,
     12},
    {"longest_open_s", TEXT_INIT("Longest, hours", "Lengste, timer"), CELL_DURATION, UNIT_HOURS,
     10},
};

/* As known at $3. $12: what is known ends there. */
#define ALERTS_KNOWN                                                                               \
	"SELECT a.*, s.cleared, s.acknowledged, h.name, h.zone, h.ends FROM alert_history a"       \
	" JOIN " LISTING_HOMES " ON h.id = a.facility_id "                                         \
	"CROSS JOIN LATERAL (SELECT CASE WHEN a.cleared_at <= coalesce($3, a.cleared_at)"          \
	" THEN a.cleared_at END AS cleared,"                                                       \
	" CASE WHEN a.acknowledged_at <= coalesce($3, a.acknowledged_at)"                          \
	" THEN a.acknowledged_at END AS acknowledged) AS s "                                       \
	"WHERE $6::text IS NULL AND " LISTING_OF_WARD(                                             \
	    "nullif(a.ward, '')") " AND ($3::timestamptz IS NULL OR a.opened_at <= $3)"            \
				  " AND a.opened_at < h.ends AND (s.cleared IS NULL OR s.cleared " \
				  ">= h.begins)"
#define OPEN_USEC "(extract(epoch FROM (coalesce(k.cleared, $12) - k.opened_at)) * 1000000)::bigint"

static const char sql_alerts[] =
    "SELECT k.opened_at, k.facility_id, k.name, k.id, k.rule, nullif(k.ward, ''), k.value, "
    "k.threshold,"
    " k.cleared, k.acknowledged, CASE WHEN k.acknowledged IS NOT NULL THEN k.acknowledged_by END,"
    " " OPEN_USEC ", k.zone FROM (" ALERTS_KNOWN ") AS k "
    "ORDER BY k.opened_at, k.facility_id, k.id";

static const char sql_rules[] =
    "SELECT k.facility_id, k.name, k.zone, k.rule, count(*), count(*) FILTER (WHERE k.cleared IS "
    "NULL"
    " OR k.cleared >= k.ends), count(k.acknowledged), sum(" OPEN_USEC ")::bigint, max(" OPEN_USEC
    ") "
    "FROM (" ALERTS_KNOWN ") AS k "
    "GROUP BY k.facility_id, k.name, k.zone, k.rule ORDER BY k.facility_id, k.rule";

static const struct table alerts_table = {"alerts", TEXT_INIT("Alerts", "Varsler"), alert_columns,
					  ARRAY_LEN(alert_columns)};
static const struct table rules_table = {"rules",
					 TEXT_INIT("By home and rule", "Per sykehjem og regel"),
					 rule_columns, ARRAY_LEN(rule_columns)};

int report_alerts(struct report_run *r, struct err *err)
{
	struct pg_params p = PG_PARAMS(r->arena);

	report_note(
	    r,
	    TEXT(
		"Alerts that stood open at some time of the period, each from when it opened "
		"until it was over. Values: of few or no free beds, beds; of conflicts and missing "
		"events, their number; else seconds.",
		"Varsler som sto åpne i perioden, hvert fra det åpnet til det var over. Verdier: "
		"senger ved få eller ingen ledige; antallet ved konflikter og hendelser som "
		"mangler; ellers sekunder."));
	listing_scope(r, &p);
	pg_add_time(&p, r->frame->horizon);
	int e = writer_begin(r->writer, r->document, err);
	if (e == 0)
		e = listing_table(r, &alerts_table, sql_alerts, &p, err);
	if (e == 0)
		e = listing_table(r, &rules_table, sql_rules, &p, err);
	return e;
}
