/* Runs an adapter over bytes and writes down what it said, one line each, so that a test compares
 * text with text:
 *
 *     1.0 bed_d_12 dementia intensive available>occupied user_x 2026-04-20T09:14:22Z admit TID
 *     bad 2 line 3 at 57 STATUS letters unmapped
 *     warning 4 line 5 at 99 TID date-like time_ambiguous
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/adapter.h"
#include "adapters/mapping.h"
#include "adapters/memory_table.h"

struct told {
	struct buf text;	     /* the lines */
	struct buf messages;	     /* of bad records and warnings */
	struct memory_table *memory; /* takes the events; may be NULL */
	struct event last;
	size_t events;
};

static inline const char *or_dash(const char *s)
{
	return s ? s : "-";
}

static inline int tell_events(void *ctx, const struct event *events, size_t n,
			      _unused_ struct err *err)
{
	struct told *t = ctx;

	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];
		char at[CLOCK_RFC3339_MAX];
		buf_addf(&t->text,
			 "%u.%u " SPAN_FMT " " SPAN_FMT " %s %s>%s " SPAN_FMT " %s %s " SPAN_FMT
			 "\n",
			 e->source.record, e->source.ordinal, SPAN_ARG(e->bed_id),
			 SPAN_ARG(e->ward.p ? e->ward : SPAN("-")),
			 or_dash(care_level_name(e->care_level)),
			 or_dash(bed_status_name(e->previous_status)),
			 or_dash(bed_status_name(e->new_status)),
			 SPAN_ARG(e->changed_by.p ? e->changed_by : SPAN("-")),
			 clock_format_rfc3339(e->changed_at, at), or_dash(reason_name(e->reason)),
			 SPAN_ARG(e->source.time_source));
		t->last = *e;
		t->events++;
		if (t->memory)
			memory_table_take(t->memory, e);
	}
	return 0;
}

static inline int tell_bad(void *ctx, const struct bad_record *b, _unused_ struct err *err)
{
	struct told *t = ctx;

	buf_addf(&t->text, "%s %llu line %llu at %llu %s %s %s\n", b->warning ? "warning" : "bad",
		 (unsigned long long)b->record, (unsigned long long)b->line,
		 (unsigned long long)b->offset, b->field[0] ? b->field : "-", b->value_class,
		 b->reason);
	buf_addf(&t->messages, "%s\n", b->message);
	return 0;
}

static inline void told_done(struct told *t)
{
	buf_done(&t->text);
	buf_done(&t->messages);
}

static inline const char *told_text(const struct told *t)
{
	return t->text.p ? t->text.p : "";
}

static inline struct adapter *adapter_of(const char *yaml)
{
	struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct err err = {0};

	if (adapter_parse("test.yaml", span_str(yaml), &a, &conf, &err) < 0)
		fail_msg("%s", err.message);
	return a;
}

/* The problems of an adapter that does not load, as conf prints them; the caller's to free. */
static inline char *problems_of(const char *yaml)
{
	struct adapter *a = NULL;
	struct conf *conf = NULL;
	struct buf text = BUF_INIT;
	struct err err = {0};

	assert_true(adapter_parse("a.yaml", span_str(yaml), &a, &conf, &err) < 0);
	if (conf)
		conf_problems_print(conf, &text);
	else
		buf_adds(&text, err.message);
	conf_free(conf);
	return buf_take(&text);
}

static inline void problem_is(const char *yaml, const char *text)
{
	char *problems = problems_of(yaml);
	if (!strstr(problems, text))
		fail_msg("\"%s\" is not in: %s", text, problems);
	free(problems);
}

/* The whole file in pieces of `piece` bytes; the summary's notes follow in messages as "note 3
 * text". Returns what adapter_run_feed returned; on failure its message stands in messages. */
static inline int run_pieces(const struct adapter *a, struct span bytes, size_t piece,
			     struct told *t)
{
	struct adapter_input input = {.facility = "fac_test", .file_time = 1000 * USEC_PER_SEC};
	struct adapter_sink sink = {t, tell_events, tell_bad};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	struct err err = {0};
	int r;

	digest_setup();
	input.file = digest_of(bytes);
	r = adapter_run_new(a, &input, &sink, t->memory ? memory_table_memory(t->memory) : NULL,
			    &run, &err);
	while (r == 0) {
		size_t n = bytes.n < piece ? bytes.n : piece;
		r = adapter_run_feed(run, span_of(bytes.p, n), n == bytes.n, &err);
		if (n == bytes.n)
			break;
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	if (r < 0) {
		buf_addf(&t->messages, "%s\n", err.message);
		return r;
	}
	const struct adapter_summary *s = adapter_run_summary(run);
	for (size_t i = 0; i < s->n_notes; i++)
		buf_addf(&t->messages, "note %llu %s\n", (unsigned long long)s->notes[i].count,
			 s->notes[i].what);
	buf_addf(&t->messages, "records %llu events %llu bad %llu warnings %llu %s\n",
		 (unsigned long long)s->records, (unsigned long long)s->events,
		 (unsigned long long)s->bad, (unsigned long long)s->warnings, s->encoding);
	return 0;
}

static inline void expect_lines(const char *yaml, struct span bytes, const char *lines)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	static const size_t pieces[] = {SIZE_MAX, 1, 7};

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct told t = {0};
		if (run_pieces(a, bytes, pieces[i], &t) < 0)
			fail_msg("%s", t.messages.p);
		assert_string_equal(told_text(&t), lines);
		told_done(&t);
	}
}

/* The file fails as a whole with this text in its message. */
static inline void expect_refused(const char *yaml, struct span bytes, const char *message)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	struct told t = {0};

	assert_true(run_pieces(a, bytes, SIZE_MAX, &t) < 0);
	if (!strstr(t.messages.p, message))
		fail_msg("\"%s\" is not in: %s", message, t.messages.p);
	told_done(&t);
}

/* What the run said beside events: messages, notes, the summary. */
static inline void expect_said(const char *yaml, struct span bytes, const char *message)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	struct told t = {0};

	(void)run_pieces(a, bytes, SIZE_MAX, &t);
	if (!strstr(t.messages.p, message))
		fail_msg("\"%s\" is not in: %s", message, t.messages.p);
	told_done(&t);
}
