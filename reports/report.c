/* The frame of every report: a snapshot, the homes, the head. */
#include "reports/report.h"

#include <assert.h>

#include "base/cleanup.h"
#include "reports/cell.h"

const struct report reports[] = {
    {"occupancy", TEXT_INIT("Occupancy", "Belegg"),
     "how much of the beds' time was occupied: per home, ward, care level and day",
     report_occupancy},
    {"availability", TEXT_INIT("Availability over time", "Ledighet over tid"),
     "how many beds were free, and for how long none was", report_availability},
    {"turnover", TEXT_INIT("Turnover", "Gjennomstrømming"),
     "admissions and discharges, stays and the time between them", report_turnover},
    {"freshness", TEXT_INIT("Data freshness and delay", "Dataenes ferskhet og forsinkelse"),
     "how soon the region learns of changes, and how old what it knows is", report_freshness},
    {"conflicts", TEXT_INIT("Conflicts", "Konflikter"),
     "accounts that did not fit, and how they were settled", report_conflicts},
    {"alerts", TEXT_INIT("Alerts", "Varsler"), "what alerts told, and for how long", report_alerts},
    {"audit", TEXT_INIT("Audit log", "Revisjonslogg"),
     "what the region learnt, in the order in which it did", report_audit},
    {"facility-history", TEXT_INIT("History of a home", "Institusjonens historikk"),
     "what happened at one home, in the order in which it did", report_facility_history},
    {"have", TEXT_INIT("EDXL-HAVE", "EDXL-HAVE"),
     "free beds now, for emergency systems: EDXL-HAVE 1.0 (xml)", report_have, "xml"},
    {"fhir", TEXT_INIT("FHIR R4", "FHIR R4"),
     "homes, wards and beds now: FHIR R4 Location and MeasureReport (json)", report_fhir, "json"},
    {0},
};

const struct report *report_find(struct span name)
{
	for (const struct report *r = reports; r->name; r++)
		if (span_eq_str(name, r->name))
			return r;
	return NULL;
}

bool report_takes(const struct report *report, const struct writer_format *f)
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
			 nb		   ? "institusjoner"
			 : f->n_homes == 1 ? "home"
					   : "homes");
	}
	buf_adds(&b, nb ? ", " : ", ");
	period_add(&f->period, f->q->lang, &b);
	return arena_span(a, buf_span(&b)).p;
}

static void add_common_parameters(struct report_run *r)
{
	const struct frame *f = r->frame;

	report_parameter(r, "from", TEXT("From", "Fra og med"), CELL_DATE,
			 cell_day(f->period.first));
	report_parameter(r, "through", TEXT("Through", "Til og med"), CELL_DATE,
			 cell_day(f->period.first + (int32_t)f->period.n - 1));
	report_parameter(r, "region", TEXT("Region", "Region"), CELL_TEXT, cell_text(f->q->region));
	report_parameter(r, "facility", TEXT("Facility", "Institusjon"), CELL_TEXT,
			 cell_text(f->q->facility));
	if (f->q->bed.p)
		report_parameter(r, "bed", TEXT("Bed", "Seng"), CELL_TEXT, cell_text(f->q->bed));
	report_parameter(r, "known_at", TEXT("As known at", "Slik det var kjent"), CELL_TIME,
			 cell_time(f->horizon));
	report_parameter(r, "zone", TEXT("Times are of", "Tider er i"), CELL_TEXT,
			 cell_str(zone_name(f->zone)));
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
	    .generated_at = frame.now,
	};
	r->frame = &frame;
	add_common_parameters(r);
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
