#include "cli/home/finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/exit.h"
#include "cli/table.h"

const char *finding_level_name(enum finding_level l)
{
	switch (l) {
	case FINDING_OK: return "ok";
	case FINDING_SKIP: return "skip";
	case FINDING_WARN: return "warn";
	case FINDING_FAIL: return "fail";
	}
	return "fail";
}

void findings_done(struct findings *f)
{
	arena_done(&f->arena);
	f->n = 0;
}

void finding_add(struct findings *f, enum finding_level level, const char *code, const char *todo,
		 const char *format, ...)
{
	char text[2048];
	va_list ap;

	if (f->n == FINDINGS_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	f->item[f->n++] = (struct finding){level, code, arena_strdup(&f->arena, text), todo};
}

enum finding_level findings_worst(const struct findings *f)
{
	enum finding_level worst = FINDING_OK;

	for (size_t i = 0; i < f->n; i++)
		if (f->item[i].level > worst)
			worst = f->item[i].level;
	return worst == FINDING_SKIP ? FINDING_OK : worst;
}

int findings_exit(const struct findings *f)
{
	switch (findings_worst(f)) {
	case FINDING_OK:
	case FINDING_SKIP: return EXIT_OK;
	case FINDING_WARN: return EXIT_WARN;
	case FINDING_FAIL: break;
	}
	return EXIT_FAILED;
}

size_t findings_count(const struct findings *f, enum finding_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->item[i].level == level;
	return n;
}

void finding_to_text(const struct finding *i, struct buf *out)
{
	buf_addf(out, "%-5s ", finding_level_name(i->level));
	(void)table_add_visible(out, span_str(i->text));
	if (i->todo) {
		buf_adds(out, "\n      what to do: ");
		(void)table_add_visible(out, span_str(i->todo));
	}
	buf_addc(out, '\n');
}

void findings_to_text(const struct findings *f, enum finding_level least, bool worst_first,
		      struct buf *out)
{
	if (!worst_first) {
		for (size_t i = 0; i < f->n; i++)
			if (f->item[i].level >= least)
				finding_to_text(&f->item[i], out);
		return;
	}
	for (int level = FINDING_FAIL; level >= (int)least; level--)
		for (size_t i = 0; i < f->n; i++)
			if ((int)f->item[i].level == level)
				finding_to_text(&f->item[i], out);
}

void findings_to_json(const struct findings *f, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *it = &f->item[i];
		buf_addf(out, "%s{\"level\":\"%s\",\"code\":\"%s\",\"text\":", i ? ",\n" : "",
			 finding_level_name(it->level), it->code);
		table_add_json_text(out, span_str(it->text));
		buf_adds(out, ",\"todo\":");
		if (it->todo)
			table_add_json_text(out, span_str(it->todo));
		else
			buf_adds(out, "null");
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}
