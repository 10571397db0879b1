/* How soon the region learns of what happens, and how old what it knows of each home is. */
#include "reports/cell.h"
#include "reports/listing.h"

#define LATENCY_COLUMNS                                                                            \
	{"events", TEXT_INIT("Events received", "Hendelser mottatt"), CELL_COUNT, UNIT_NONE, 10},  \
	    {"within_5_min", TEXT_INIT("Within 5 min", "Innen 5 min"), CELL_COUNT, UNIT_NONE, 9},  \
	    {"latency_median_s", TEXT_INIT("Delay, median, min", "Forsinkelse, median, min"),      \
	     CELL_DURATION, UNIT_MINUTES, 11},                                                     \
	    {"latency_p95_s",                                                                      \
	     TEXT_INIT("Delay, 95th percentile, min", "Forsinkelse, 95-persentil, min"),           \
	     CELL_DURATION, UNIT_MINUTES, 12},                                                     \
	{                                                                                          \
		"latency_max_s", TEXT_INIT("Delay, longest, min", "Forsinkelse, lengste, min"),    \
		    CELL_DURATION, UNIT_MINUTES, 11                                                \
	}

static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 18},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 24},
    REPORT_ZONE_COLUMN,
    LATENCY_COLUMNS,
    {"offline_s", TEXT_INIT("Offline in the period, hours", "Frakoblet i perioden, timer"),
     CELL_DURATION, UNIT_HOURS, 12},
    {"last_contact_at", TEXT_INIT("Last contact", "Siste kontakt"), CELL_TIME, UNIT_NONE, 12},
    {"as_of", TEXT_INIT("Known through", "Kjent til og med"), CELL_TIME, UNIT_NONE, 12},
    {"data_age_s", TEXT_INIT("Age of data, min", "Dataenes alder, min"), CELL_DURATION,
     UNIT_MINUTES, 10},
    {"queue_depth", TEXT_INIT("Waiting at the home", "I kø hos sykehjemmet"), CELL_COUNT, UNIT_NONE,
     12},
};
static const struct column day_columns[] = {
    {"day", TEXT_INIT("Day", "Dag"), CELL_DATE, UNIT_NONE, 12},
    LATENCY_COLUMNS,
};

/* Events of the homes' own outboxes; what people set at the region has no way to go. */
#define RECEIVED_EVENTS                                                                            \
	"SELECT l.facility_id, l.received_at, h.name_of, greatest(0, (extract(epoch FROM"          \
	" l.received_at - l.changed_at) * 1000000)::bigint) AS late"                               \
	" FROM bed_audit_log l JOIN " LISTING_HOMES                                                \
	" ON h.id = l.facility_id AND l.received_at >= h.begins AND l.received_at < h.ends"        \
	" WHERE l.received_at >= $1 AND l.received_at < $2"                                        \
	" AND ($3::timestamptz IS NULL OR l.received_at <= $3)"                                    \
	" AND $6::text IS NULL AND $11::text IS NULL AND l.epoch <> "                              \
	"'00000000-0000-0000-0000-000000000000'"
#define LATENCY                                                                                    \
	"count(e.late), count(e.late) FILTER (WHERE e.late <= 300000000),"                         \
	" percentile_disc(0.5) WITHIN GROUP (ORDER BY e.late),"                                    \
	" percentile_disc(0.95) WITHIN GROUP (ORDER BY e.late), max(e.late)"

/* $12: what is known ends there. A home's present state is not kept for earlier times, and a closed
 * one's data do not age. */
static const char sql_homes[] =
    "SELECT h.id, h.name, h.zone, " LATENCY ", (SELECT coalesce(sum(greatest(0, (extract(epoch FROM"
    " least(CASE WHEN a.cleared_at <= $12 THEN a.cleared_at ELSE $12 END, h.ends)"
    " - greatest(a.opened_at, h.begins)) * 1000000)::bigint)), 0)::bigint FROM alert_history a"
    " WHERE a.facility_id = h.id AND a.rule = 'offline' AND a.opened_at < least(h.ends, $12)),"
    " CASE WHEN $3 IS NULL THEN h.last_contact_at END, CASE WHEN $3 IS NULL THEN h.as_of END,"
    " CASE WHEN $3 IS NULL AND NOT h.closed THEN greatest(0, (extract(epoch FROM $12 - h.as_of) *"
    " 1000000)::bigint) END, CASE WHEN $3 IS NULL THEN h.queue_depth END "
    "FROM " LISTING_HOMES " LEFT JOIN (" RECEIVED_EVENTS ") AS e ON e.facility_id = h.id "
    "GROUP BY h.id, h.name, h.zone, h.begins, h.ends, h.last_contact_at, h.as_of, h.closed,"
    " h.queue_depth ORDER BY h.id";

/* $12: by zone, the days' beginnings and the last one's end; $13: the first day, $14: how many. */
static const char sql_days[] =
    "WITH z AS MATERIALIZED (SELECT name_of, bounds::timestamptz[] AS bounds"
    " FROM unnest($7::text[], string_to_array($12, '|')) AS u(name_of, bounds)) "
    "SELECT $13 + d.i - 1, " LATENCY " FROM generate_series(1, $14) AS d(i)"
    " LEFT JOIN (SELECT r.late, width_bucket(r.received_at, z.bounds) AS day"
    "  FROM (" RECEIVED_EVENTS ") AS r JOIN z USING (name_of)) AS e ON e.day = d.i "
    "GROUP BY d.i ORDER BY d.i";

static const struct table homes_table = {"facilities", TEXT_INIT("By home", "Per sykehjem"),
					 home_columns, ARRAY_LEN(home_columns)};
static const struct table days_table = {"days", TEXT_INIT("By day of receipt", "Per mottaksdag"),
					day_columns, ARRAY_LEN(day_columns)};

enum { DAY_EVENTS = 1, DAY_MEDIAN = 3, DAY_P95 = 4 };

/* "{…}|{…}": of each of the homes' zones. */
static void add_bounds(const struct report_run *r, struct pg_params *p)
{
	const struct frame *f = r->frame;
	struct buf b = BUF_INIT;
	char at[CLOCK_RFC3339_MAX];

	for (size_t z = 0; z < f->n_home_zones; z++) {
		const usec_t *bounds =
		    period_bounds(&f->period, frame_list_zone(f, f->zones[z]), r->arena);
		buf_adds(&b, z ? "|{" : "{");
		for (size_t i = 0; i <= f->period.n; i++)
			buf_addf(&b, "%s%s", i ? "," : "", clock_format_rfc3339(bounds[i], at));
		buf_addc(&b, '}');
	}
	pg_add_text(p, arena_span(r->arena, buf_span(&b)));
	buf_done(&b);
}

static int ask_days(struct report_run *r, struct pg_result **ret, struct err *err)
{
	struct pg_params p = PG_PARAMS(r->arena);

	listing_scope(r, &p);
	add_bounds(r, &p);
	pg_add_i64(&p, r->frame->period.first);
	pg_add_i64(&p, (int64_t)r->frame->period.n);
	return pg_query(r->pg, sql_days, &p, ret, err);
}

static struct cell minutes(const struct pg_result *days, size_t i, int col)
{
	if (pg_is_null(days, (int)i, col))
		return CELL_ABSENT;
	return cell_fraction(pg_get_i64(days, (int)i, col), USEC_PER_MIN);
}

static int write_chart(struct report_run *r, const struct pg_result *rows, struct err *err)
{
	size_t n = (size_t)pg_rows(rows);
	int32_t *days = arena_array(r->arena, int32_t, n);
	struct cell *median = arena_array(r->arena, struct cell, n);
	struct cell *p95 = arena_array(r->arena, struct cell, n);
	struct cell *events = arena_array(r->arena, struct cell, n);
	struct chart *delay = arena_new(r->arena, struct chart),
		     *count = arena_new(r->arena, struct chart);

	for (size_t i = 0; i < n; i++) {
		days[i] = (int32_t)pg_get_i64(rows, (int)i, 0);
		median[i] = minutes(rows, i, DAY_MEDIAN);
		p95[i] = minutes(rows, i, DAY_P95);
		events[i] = cell_fraction(pg_get_i64(rows, (int)i, DAY_EVENTS), 1);
	}
	*delay = (struct chart){.key = "latency_by_day",
				.title = TEXT("Delay by day of receipt, minutes",
					      "Forsinkelse per mottaksdag, minutter"),
				.type = CELL_MEAN,
				.days = days,
				.n_days = n,
				.series = {{"median", TEXT("Median", "Median"), median},
					   {"p95", TEXT("95th percentile", "95-persentil"), p95}},
				.n_series = 2};
	*count =
	    (struct chart){.key = "events_by_day",
			   .title = TEXT("Events received by day", "Hendelser mottatt per dag"),
			   .type = CELL_MEAN,
			   .days = days,
			   .n_days = n,
			   .series = {{"events", TEXT("Events", "Hendelser"), events}},
			   .n_series = 1};
	int e = writer_chart(r->writer, delay, err);
	return e < 0 ? e : writer_chart(r->writer, count, err);
}

static int write_days(struct report_run *r, const struct pg_result *rows, struct err *err)
{
	int e = writer_table(r->writer, &days_table, err);

	if (e == 0)
		e = listing_rows(r, &days_table, rows, err);
	return e < 0 ? e : writer_table_end(r->writer, err);
}

int report_freshness(struct report_run *r, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *days = NULL;
	struct pg_params p = PG_PARAMS(r->arena);

	report_note(r,
		    TEXT("Delay: from when something happened at the home until the region had it. "
			 "Events received on the days of the period, whenever they happened.",
			 "Forsinkelse: fra noe skjedde på sykehjemmet til regionen hadde det. "
			 "Hendelser mottatt på periodens dager, uansett når de skjedde."));
	report_note(r, TEXT("Contact, age and queue are those of the moment of the report.",
			    "Kontakt, alder og kø gjelder øyeblikket rapporten ble laget."));
	listing_scope(r, &p);
	pg_add_time(&p, r->frame->horizon);
	int e = ask_days(r, &days, err);
	if (e == 0)
		e = writer_begin(r->writer, r->document, err);
	if (e == 0)
		e = write_chart(r, days, err);
	if (e == 0)
		e = listing_table(r, &homes_table, sql_homes, &p, err);
	if (e == 0)
		e = write_days(r, days, err);
	return e;
}
