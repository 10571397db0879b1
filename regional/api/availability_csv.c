#include "regional/api/availability_csv.h"

#include "base/csv_cell.h"
#include "regional/api/names.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const struct {
	const char *key;
	struct text heading;
} columns[] = {
    {"facility_id", TEXT_INIT("Id", "Id")},
    {"name", TEXT_INIT("Home", "Sykehjem")},
    {"address", TEXT_INIT("Address", "Adresse")},
    {"ward", TEXT_INIT("Ward", "Avdeling")},
    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå")},
    {"available_beds", TEXT_INIT("Free", "Ledige")},
    {"reserved_beds", TEXT_INIT("Reserved", "Reserverte")},
    {"occupied_beds", TEXT_INIT("Occupied", "Opptatte")},
    {"maintenance_beds", TEXT_INIT("Maintenance", "Vedlikehold")},
    {"unconfirmed_beds", TEXT_INIT("Unconfirmed", "Ubekreftede")},
    {"total_beds", TEXT_INIT("Beds", "Plasser")},
    {"as_of", TEXT_INIT("Numbers hold through", "Tallene gjelder til")},
    {"data_age_minutes", TEXT_INIT("Age (minutes)", "Alder (minutter)")},
    {"status", TEXT_INIT("Status", "Status")},
    {"distance_km", TEXT_INIT("Distance (km)", "Avstand (km)")},
    {"region", TEXT_INIT("Region", "Region")},
};

static const struct text states[] = {
    [FRESH] = TEXT_INIT("Fresh", "Fersk"),
    [STALE] = TEXT_INIT("Out of date", "Utdatert"),
    [OFFLINE] = TEXT_INIT("No contact", "Uten kontakt"),
};

struct sheet {
	const struct query *q;
	const struct view_rule *rule;
	struct buf *out, *cell; /* cell: room for one */
	char separator;
};

static void add_gap(const struct sheet *s)
{
	buf_addc(s->out, s->separator);
}

static void add_text(const struct sheet *s, struct span text)
{
	csv_cell_add(text, s->separator, s->out);
}

static void add_code(const struct sheet *s, const char *code)
{
	buf_clear(s->cell);
	if (s->q->has_lang)
		names_add(span_str(code), s->q->lang, s->cell);
	else if (code)
		buf_adds(s->cell, code);
	add_text(s, buf_span(s->cell));
}

static void add_time(const struct sheet *s, usec_t at)
{
	char text[CLOCK_RFC3339_MAX];

	if (at != USEC_NONE)
		buf_adds(s->out, clock_format_rfc3339(at, text));
	add_gap(s);
	if (at != USEC_NONE)
		buf_addf(s->out, "%lld",
			 (long long)((s->rule->now > at ? s->rule->now - at : 0) / USEC_PER_MIN));
}

/* A tenth of a kilometre: its point is the language's. */
static void add_distance(const struct sheet *s, double km)
{
	long long tenths = (long long)(km * 10 + 0.5);

	if (km >= 0)
		buf_addf(s->out, "%lld%c%lld", tenths / 10, s->separator == ';' ? ',' : '.',
			 tenths % 10);
}

static void add_row(const struct sheet *s, const struct query_row *row)
{
	const struct facility *f = row->home;
	const struct avail *a = &row->row->a;
	const int32_t counts[] = {a->available,	  a->reserved,	  a->occupied,
				  a->maintenance, a->unconfirmed, a->total};
	usec_t as_of = picture_as_of(f, a);
	enum freshness state = picture_freshness(f, as_of, s->rule->now, &s->rule->fresh);

	add_text(s, span_str(f->id));
	add_gap(s);
	add_text(s, span_str(f->name));
	add_gap(s);
	buf_clear(s->cell);
	query_add_address(f, s->cell);
	add_text(s, buf_span(s->cell));
	add_gap(s);
	add_code(s, a->ward);
	add_gap(s);
	add_code(s, care_level_name(a->care_level));
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		buf_addf(s->out, "%c%d", s->separator, counts[i]);
	add_gap(s);
	add_time(s, as_of);
	add_gap(s);
	add_text(s, span_str(s->q->has_lang ? text_in(states[state], s->q->lang)
					    : freshness_name(state)));
	add_gap(s);
	add_distance(s, row->distance_km);
	add_gap(s);
	add_text(s, span_str(s->q->has_lang && f->region_name[0] ? f->region_name : f->region_id));
	buf_adds(s->out, "\r\n");
}

void availability_csv(const struct query *q, const struct query_row *rows, size_t n,
		      const struct view_rule *rule, struct buf *out)
{
	_cleanup_(buf_done) struct buf cell = BUF_INIT;
	const struct sheet s = {.q = q,
				.rule = rule,
				.out = out,
				.cell = &cell,
				.separator = q->has_lang && q->lang == LANG_NB ? ';' : ','};

	if (q->has_lang)
		buf_adds(out, BYTE_ORDER_MARK);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		if (i)
			add_gap(&s);
		buf_adds(out, q->has_lang ? text_in(columns[i].heading, q->lang) : columns[i].key);
	}
	buf_adds(out, "\r\n");
	for (size_t i = 0; i < n; i++)
		add_row(&s, &rows[i]);
}

const char *availability_csv_name(const struct query *q)
{
	static const struct text name = TEXT_INIT("free-beds", "ledige-plasser");

	return q->has_lang ? text_in(name, q->lang) : "availability";
}
