#include "adapters/record_run.h"

/* A census says how things are, not why; its own time stands for records that have none. */
static struct mapping_given given_of(const struct format_setup *setup)
{
	struct mapping_given given = MAPPING_GIVEN_NONE;

	given.zone = setup->zone;
	given.watch = setup->watch;
	given.memory = setup->memory;
	if (setup->mode == MODE_CENSUS) {
		given.reason = REASON_CENSUS;
		given.changed_at = setup->file_time;
		given.time_source = "file";
	}
	return given;
}

void record_run_init(struct record_run *r, const struct format_setup *setup, struct run_out *out)
{
	*r = (struct record_run){.setup = setup, .out = out, .given = given_of(setup)};
}

void record_run_done(struct record_run *r)
{
	arena_done(&r->arena);
}

int record_run_bad(struct record_run *r, uint64_t line, uint64_t offset, const char *field,
		   const char *value_class, const char *reason, const char *message,
		   struct err *err)
{
	const struct bad_record bad = {.record = ++r->records,
				       .line = line,
				       .offset = offset,
				       .field = field,
				       .value_class = value_class,
				       .reason = reason,
				       .message = message};

	run_out_begin(r->out, &(struct run_place){bad.record, line, offset});
	return run_out_bad(r->out, &bad, err);
}

static int report(struct record_run *r, const struct record *record,
		  const struct mapping_problem *problem, bool warning, struct err *err)
{
	const struct bad_record bad = {.record = record->number,
				       .line = record->line,
				       .offset = record->offset,
				       .field = problem->field,
				       .value_class = problem->value_class,
				       .reason = problem->reason,
				       .message = problem->message,
				       .warning = warning};

	return run_out_bad(r->out, &bad, err);
}

_hot_ int record_run_map(struct record_run *r, struct record *record, struct err *err)
{
	struct mapping_problem problem;
	struct event event;
	bool good;

	record->number = ++r->records;
	const struct run_place at = {record->number, record->line, record->offset};
	run_out_begin(r->out, &at);
	int code = mapping_apply(r->setup->mapping, record, &r->given,
				 r->setup->memory ? r->setup->memory->key : NULL, &r->arena, &event,
				 &problem);
	if (code < 0) {
		code = report(r, record, &problem, false, err);
		arena_reset(&r->arena);
		return code;
	}
	run_out_defaulted(r->out, problem.defaulted);
	if (event.new_status == BED_UNKNOWN) {
		run_out_note(r->out,
			     problem.passed_over ? "records that the adapter's only passes over"
						 : "records whose status is mapped to null",
			     1);
		run_out_nothing(r->out);
	} else {
		code = run_out_prepare(r->out, &at, &event, 1, &good, err);
		if (code == 0 && good)
			code = run_out_events(r->out, &event, 1, err);
		if (code == 0 && good && problem.reason)
			code = report(r, record, &problem, true, err);
	}
	arena_reset(&r->arena);
	return code;
}
