/* The frame of every report: a snapshot, the homes, the head. */
#include "reports/report.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "reports/cell.h"

#define OF_SCOPE  (TAKES_FACILITY | TAKES_REGION)
#define OF_PERIOD (OF_SCOPE | TAKES_PERIOD | TAKES_KNOWN_AT)

const struct report reports[] = {
    {"occupancy", TEXT_INIT("Occupancy", "Belegg"),
     TEXT_INIT("how much of the beds' time was occupied: per home, ward, care level and day",
	       "hvor stor del av sengenes tid som var belagt: per sykehjem, avdeling, "
	       "omsorgsnivå og dag"),
     OF_PERIOD | TAKES_WARD | DAYS_OF_HOMES, FOR_SCOPE, report_occupancy},
    {"availability", TEXT_INIT("Availability over time", "Ledighet over tid"),
     TEXT_INIT("how many beds were free, and for how long none was",
	       "hvor mange senger som var ledige, og hvor lenge ingen var det"),
     OF_PERIOD | TAKES_WARD | DAYS_OF_HOMES, FOR_SCOPE, report_availability},
    {"turnover", TEXT_INIT("Turnover", "Gjennomstrømming"),
     TEXT_INIT("admissions and discharges, stays and the time between them",
	       "innleggelser og utskrivninger, opphold og tiden mellom dem"),
     OF_PERIOD | TAKES_WARD | DAYS_OF_HOMES, FOR_SCOPE, report_turnover},
    {"freshness", TEXT_INIT("Data freshness and delay", "Dataenes ferskhet og forsinkelse"),
     TEXT_INIT("how soon the region learns of changes, and how old what it knows is",
	       "hvor raskt regionen får vite om endringer, og hvor gammelt det den vet er"),
     OF_PERIOD, FOR_SCOPE, report_freshness},
    {"conflicts", TEXT_INIT("Conflicts", "Konflikter"),
     TEXT_INIT("accounts that did not fit, and how they were settled",
	       "opplysninger som ikke stemte overens, og hvordan det ble avgjort"),
     OF_PERIOD | TAKES_BED | TAKES_WARD, FOR_SCOPE, report_conflicts},
    {"alerts", TEXT_INIT("Alerts", "Varsler"),
     TEXT_INIT("what alerts told, and for how long", "hva det ble varslet om, og hvor lenge"),
     OF_PERIOD | TAKES_WARD, FOR_SCOPE, report_alerts},
    {"audit", TEXT_INIT("Audit log", "Revisjonslogg"),
     TEXT_INIT("what the region learnt, in the order in which it did",
	       "hva regionen fikk vite, i den rekkefølgen den fikk vite det"),
     OF_PERIOD | TAKES_BED | TAKES_WARD, FOR_ADMINISTRATORS, report_audit},
    {"facility-history", TEXT_INIT("History of a home", "Sykehjemmets historikk"),
     TEXT_INIT("what happened at one home, in the order in which it did",
	       "hva som skjedde på ett sykehjem, i den rekkefølgen det skjedde"),
     TAKES_FACILITY | NEEDS_FACILITY | TAKES_BED | TAKES_WARD | TAKES_PERIOD | TAKES_KNOWN_AT,
     FOR_SCOPE, report_facility_history},
    {"have", TEXT_INIT("EDXL-HAVE", "EDXL-HAVE"),
     TEXT_INIT("free beds now, for emergency systems: EDXL-HAVE 1.0 (xml)",
	       "ledige senger nå, for nødetatenes systemer: EDXL-HAVE 1.0 (xml)"),
     OF_SCOPE, FOR_SCOPE, report_have, "xml"},
    {"fhir", TEXT_INIT("FHIR R4", "FHIR R4"),
     TEXT_INIT("homes, wards and beds now: FHIR R4 Location and MeasureReport (json)",
	       "sykehjem, avdelinger og senger nå: FHIR R4 Location og MeasureReport (json)"),
     OF_SCOPE, FOR_SCOPE, report_fhir, "json"},
    {0},
};

const struct report *report_find(struct span name)
{
	for (const struct report *r = reports; r->name; r++)
		if (span_eq_str(name, r->name))
			return r;
	return NULL;
}

bool report_has_format(const struct report *report, const struct writer_format *f)
{
	return !report->only || span_eq_str(span_str(report->only), f->name);
}

void report_note(struct report_run *r, struct text note)
{
	assert(r->document->n_notes < MODEL_NOTES_MAX);
	r->document->notes[r->document->n_notes++] = note;
}

void report_parameter(struct report_run *r, const char *key, struct text title, enum cell_type type,
		      struct cell value)
{
	struct document *d = r->document;

	assert(d->n_parameters < MODEL_PARAMETERS_MAX);
	d->parameters[d->n_parameters++] = (struct parameter){key, title, value, type};
}

void report_progress(const struct report_run *r, int64_t done, int64_t of)
{
	if (r->progress)
		r->progress(r->progress_arg, done, of);
}

static bool any_closure(const struct frame *f)
{
	for (size_t i = 0; i < f->n_homes; i++)
		for (size_t k = 0; k < f->homes[i].n_closures; k++)
			if (f->homes[i].closures[k].to > f->homes[i].bounds[0])
				return true;
	return false;
}

const struct table *report_table(struct report_run *r, const struct table *t, bool many_zones)
{
	struct column *columns = arena_array(r->arena, struct column, t->n_columns);
	struct table *made = arena_new(r->arena, struct table);

	for (size_t i = 0; i < t->n_columns; i++) {
		struct column *c = &columns[i];
		*c = t->columns[i];
		if ((strcmp(c->key, "zone") == 0 && !many_zones) ||
		    (strcmp(c->key, "closed_s") == 0 && !any_closure(r->frame)))
			c->shown = SHOWN_TO_MACHINES;
	}
	*made = (struct table){t->key, t->title, columns, t->n_columns};
	return made;
}

/* "Oslo, 200 homes, 1 Oct 2026 – 31 Oct 2026" */
static const char *subtitle(const struct frame *f, struct arena *a)
{
	bool nb = f->q->lang == LANG_NB;
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (f->q->facility.p) {
		buf_add(&b, f->homes[0].name);
	} else {
		if (f->region_name)
			buf_addf(&b, "%s, ", f->region_name);
		buf_addf(&b, "%zu %s", f->n_homes,
			 nb		   ? "sykehjem"
			 : f->n_homes == 1 ? "home"
					   : "homes");
	}
	buf_adds(&b, ", ");
	period_add(&f->period, f->q->lang, &b);
	return arena_span(a, buf_span(&b)).p;
}

/* Whose days the figures are of. Where that is not the zone asked for, instants name theirs. */
static const char *zone_of_days(const struct report *report, const struct frame *f)
{
	bool is_chosen = f->q->zone && !(report->takes & DAYS_OF_HOMES);

	if (f->n_home_zones > 1 && !is_chosen)
		return "each_home";
	return zone_name(f->n_home_zones == 1 && !is_chosen ? f->zones[0] : f->zone);
}

static void add_common_parameters(const struct report *report, struct report_run *r)
{
	const struct frame *f = r->frame;

	report_parameter(r, "from", TEXT("From", "Fra og med"), CELL_DATE,
			 cell_day(f->period.first));
	report_parameter(r, "through", TEXT("Through", "Til og med"), CELL_DATE,
			 cell_day(f->period.first + (int32_t)f->period.n - 1));
	report_parameter(r, "region", TEXT("Region", "Region"), CELL_TEXT, cell_text(f->q->region));
	report_parameter(r, "facility", TEXT("Facility", "Sykehjem"), CELL_TEXT,
			 cell_text(f->q->facility));
	if (f->q->bed.p)
		report_parameter(r, "bed", TEXT("Bed", "Seng"), CELL_TEXT, cell_text(f->q->bed));
	if (f->q->ward.p)
		report_parameter(r, "ward", TEXT("Ward", "Avdeling"), CELL_PLACE,
				 cell_text(f->q->ward));
	report_parameter(r, "known_at", TEXT("As known at", "Slik det var kjent"), CELL_TIME,
			 cell_time(f->horizon));
	report_parameter(r, "zone", TEXT("Days and times are of", "Døgn og tider er i"), CELL_WORD,
			 cell_str(zone_of_days(report, f)));
}

/* One snapshot; rolled back at the end, for nothing was written. */
static int in_snapshot(const struct report *report, struct report_run *r,
		       const struct report_options *o, struct err *err)
{
	struct frame frame;
	int e = frame_make(r->pg, o->question, &frame, err);

	if (e < 0)
		return e;
	*r->document = (struct document){
	    .name = report->name,
	    .title = report->title,
	    .subtitle = subtitle(&frame, r->arena),
	    .lang = o->question->lang,
	    .zone = frame.zone,
	    .zone_named = frame.n_home_zones > 1 ||
			  strcmp(zone_of_days(report, &frame), zone_name(frame.zone)) != 0,
	    .generated_at = frame.now,
	};
	r->frame = &frame;
	add_common_parameters(report, r);
	e = report->run(r, err);
	if (e == 0 && r->writer)
		e = writer_end(r->writer, err);
	frame_done(&frame);
	return e;
}

int report_write(const struct report *report, struct pg *pg, const struct report_options *o,
		 struct output *out, struct err *err)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	struct document document;
	_cleanup_(writer_freep) struct writer *writer =
	    report->only ? NULL : writer_new(o->format, out);
	struct report_run run = {.pg = pg,
				 .document = &document,
				 .writer = writer,
				 .out = out,
				 .progress = o->progress,
				 .progress_arg = o->progress_arg,
				 .arena = &arena};

	if (writer)
		writer->only = o->only;
	int r = pg_exec(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	if (r < 0)
		return r;
	r = in_snapshot(report, &run, o, err);
	(void)pg_exec(pg, "ROLLBACK", NULL);
	return r;
}
