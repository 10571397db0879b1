/* In the shape that both the old Ant schema and Jenkins' ask for. */
#include "cli/home/junit.h"

#include "base/files.h"
#include "cli/table.h"

void junit_done(struct junit *j)
{
	buf_done(&j->suites);
	buf_done(&j->cases);
	*j = JUNIT_INIT;
}

static void add_escaped(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		default: buf_addc(out, s.p[i]); break;
		}
	}
}

/* Bytes that XML cannot hold are shown as \xHH; line ends stay. */
static void add_text(struct buf *out, const char *text)
{
	struct buf visible = BUF_INIT;

	for (struct span rest = span_str(text), line; span_cut(&rest, '\n', &line);) {
		buf_clear(&visible);
		(void)table_add_visible(&visible, line);
		if (visible.n > 0)
			add_escaped(out, buf_span(&visible));
		if (rest.n > 0)
			buf_addc(out, '\n');
	}
	buf_done(&visible);
}

static double seconds(usec_t took)
{
	return (double)took / (double)USEC_PER_SEC;
}

void junit_case(struct junit *j, const char *suite, const char *name, enum junit_result result,
		const char *text, usec_t took)
{
	static const char *const tags[] = {NULL, "failure", "error"};

	j->n++;
	j->failures += result == JUNIT_FAILED;
	j->errors += result == JUNIT_ERROR;
	j->took += took;
	buf_adds(&j->cases, "    <testcase name=\"");
	add_text(&j->cases, name);
	buf_adds(&j->cases, "\" classname=\"bedpost.");
	add_text(&j->cases, suite);
	buf_addf(&j->cases, "\" time=\"%.6f\"", seconds(took));
	if (result == JUNIT_PASSED) {
		buf_adds(&j->cases, "/>\n");
		return;
	}
	buf_addf(&j->cases, ">\n      <%s message=\"%s\" type=\"%s\">", tags[result],
		 result == JUNIT_FAILED ? "not as expected" : "cannot be read", tags[result]);
	add_text(&j->cases, text);
	buf_addf(&j->cases, "</%s>\n    </testcase>\n", tags[result]);
}

void junit_suite(struct junit *j, const char *name, usec_t now)
{
	char at[CLOCK_RFC3339_MAX];

	if (j->n == 0)
		return;
	buf_addf(&j->suites, "  <testsuite id=\"%zu\" name=\"", j->n_suites++);
	add_text(&j->suites, name);
	(void)clock_format_rfc3339(now - now % USEC_PER_SEC, at);
	at[19] = '\0'; /* the schema knows no zone */
	buf_addf(&j->suites,
		 "\" package=\"bedpost\" hostname=\"localhost\" timestamp=\"%s\" tests=\"%zu\" "
		 "failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n    <properties/>\n",
		 at, j->n, j->failures, j->errors, seconds(j->took));
	buf_add(&j->suites, buf_span(&j->cases));
	buf_adds(&j->suites, "    <system-out/>\n    <system-err/>\n  </testsuite>\n");
	j->all += j->n;
	j->all_failures += j->failures;
	j->all_errors += j->errors;
	j->all_took += j->took;
	j->n = j->failures = j->errors = 0;
	j->took = 0;
	buf_clear(&j->cases);
}

int junit_write(const struct junit *j, const char *path, struct err *err)
{
	struct buf out = BUF_INIT;

	buf_addf(&out,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bedpost adapter "
		 "test\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n",
		 j->all, j->all_failures, j->all_errors, seconds(j->all_took));
	if (j->suites.n > 0)
		buf_add(&out, buf_span(&j->suites));
	buf_adds(&out, "</testsuites>\n");
	int r = files_replace(path, 0644, buf_span(&out), err);
	buf_done(&out);
	return r;
}
