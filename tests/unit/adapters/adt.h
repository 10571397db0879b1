/* ADT messages read through the built-in HL7 adapter: messages in, lines of events out. Each
 * message has a record number of its own, and its own time: the record's number in minutes. */
#pragma once

#include "tests/unit/adapters/harness.h"

struct pv1 {
	const char *trigger, *class, *bed, *prior, *temporary, *visit, *pending;
};

struct fixture {
	struct buf file;
	int messages;
};

_unused_ static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){.messages = 0};
	*state = &f;
	return 0;
}

_unused_ static int teardown(void **state)
{
	struct fixture *f = *state;
	buf_done(&f->file);
	return 0;
}

_unused_ static const char *or_empty(const char *s)
{
	return s ? s : "";
}

_unused_ static void head(struct fixture *f, const char *trigger)
{
	int n = ++f->messages;
	buf_addf(&f->file,
		 "MSH|^~\\&|EHR|HOME|||20260101000000Z||ADT^%s|M%d|P|2.5\r"
		 "EVN||20260101%02d%02d00+0000\r",
		 trigger, n, n / 60, n % 60);
}

_unused_ static void pv1(struct fixture *f, const struct pv1 *p)
{
	buf_addf(&f->file, "PID|1||P^^^H||ZZCANARY^NAME\rPV1|1|%s|%s|||%s|||||%s||||||||%s%s%s\r",
		 p->class ? p->class : "I", or_empty(p->bed), or_empty(p->prior),
		 or_empty(p->temporary), or_empty(p->visit), "|||||||||||||||||||||||",
		 or_empty(p->pending));
}

/* adt(f, "A02", .bed = "W^1^B", .visit = "V1") */
_unused_ static void add_adt(struct fixture *f, struct pv1 p)
{
	head(f, p.trigger);
	pv1(f, &p);
}
#define adt(f, ...) add_adt(f, (struct pv1){__VA_ARGS__})

_unused_ static void a20(struct fixture *f, const char *bed, const char *code)
{
	head(f, "A20");
	buf_addf(&f->file, "NPU|%s|%s\r", bed, code);
}

/* "record.ordinal bed status reason", one a line; bad and warning lines as they are. */
_unused_ static char *shorten(const char *lines)
{
	struct buf out = BUF_INIT;
	struct span rest = span_str(lines), line, part[9];
	while (rest.n && span_cut(&rest, '\n', &line)) {
		if (!span_starts(line, SPAN("bad")) && !span_starts(line, SPAN("warn"))) {
			for (size_t i = 0; i < ARRAY_LEN(part); i++)
				if (!span_cut(&line, ' ', &part[i]))
					fail_msg("an event's line is short");
			buf_addf(&out, SPAN_FMT " " SPAN_FMT " " SPAN_FMT " " SPAN_FMT "\n",
				 SPAN_ARG(part[0]), SPAN_ARG(part[1]), (int)part[4].n - 2,
				 part[4].p + 2, SPAN_ARG(part[7]));
		} else {
			struct span words = line, word;
			for (int i = 0; span_cut(&words, ' ', &word); i++)
				if (i < 2 || i > 5)
					buf_addf(&out, "%s" SPAN_FMT, i ? " " : "", SPAN_ARG(word));
			buf_addc(&out, '\n');
		}
	}
	return buf_take(&out);
}

_unused_ static void run_with(struct fixture *f, const char *yaml, const char *lines,
			      const char *said)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	struct told t = {.memory = memory};
	if (run_pieces(a, buf_span(&f->file), SIZE_MAX, &t) < 0)
		fail_msg("%s", t.messages.p);
	char *text = shorten(told_text(&t));
	assert_string_equal(text, lines);
	if (said && !strstr(t.messages.p, said))
		fail_msg("\"%s\" is not in: %s", said, t.messages.p);
	assert_null(strstr(t.messages.p, "ZZCANARY"));
	free(text);
	told_done(&t);
}

#define YAML			  "adapter: t\nformat: hl7\nmatch: \"*\"\nzone: Europe/Oslo\n"
#define gives(f, lines)		  run_with(f, YAML, lines, NULL)
#define says(f, said)		  run_with(f, YAML, "", said)
#define gives_and(f, lines, said) run_with(f, YAML, lines, said)
#define with(f, hl7, lines)	  run_with(f, YAML "hl7: " hl7 "\n", lines, NULL)

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
