/* Every HL7 file of the corpus through the built-in adapter, whole and in pieces: what must come of
 * each stands in hl7_corpus.txt. */
#include "tests/unit/adapters/harness.h"

#include <ftw.h>
#include <stdlib.h>

#define EVENT_LINES_MAX 20 /* of longer files the summary is enough */
#define FILES_MAX	1000
#define OPEN_MAX	16

static char *paths[FILES_MAX];
static size_t n_paths;

static const char *source_path(char out[4096], const char *path)
{
	const char *srcdir = getenv("srcdir");
	(void)snprintf(out, 4096, "%s/%s", srcdir ? srcdir : ".", path);
	return out;
}

static int collect(const char *path, _unused_ const struct stat *stat, int type)
{
	if (type == FTW_F && n_paths < FILES_MAX)
		paths[n_paths++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *read_file(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "rb");
	struct buf b = BUF_INIT;
	size_t n;
	if (!file)
		fail_msg("%s cannot be read", path);
	while ((n = fread(buf_reserve(&b, 65536), 1, 65536, file)) > 0)
		b.n += n;
	(void)fclose(file);
	*ret_n = b.n;
	return buf_take(&b);
}

/* The last line of the messages is the summary, or why the file was refused. */
static struct span last_line(struct span text)
{
	if (text.n)
		text.n--;
	const char *at = text.n ? memrchr(text.p, '\n', text.n) : NULL;
	return at ? span_of(at + 1, (size_t)(text.p + text.n - at - 1)) : text;
}

static void read_in_pieces(const struct adapter *a, struct span bytes, size_t piece,
			   struct buf *out)
{
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	struct told t = {.memory = memory};
	size_t lines = 0;
	(void)run_pieces(a, bytes, piece, &t);
	for (size_t i = 0; i < t.text.n; i++)
		lines += t.text.p[i] == '\n';
	if (lines <= EVENT_LINES_MAX)
		buf_adds(out, told_text(&t));
	buf_addf(out, SPAN_FMT "\n", SPAN_ARG(last_line(buf_span(&t.messages))));
	told_done(&t);
}

static void every_file_of_the_corpus_gives_what_it_should(void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct buf got = BUF_INIT;
	char path[4096], folder[4096];
	size_t n;
	(void)state;
	assert_int_equal(adapter_builtin(FORMAT_HL7, "Europe/Oslo", &a, NULL), 0);
	(void)source_path(folder, "tests/corpus/");
	assert_int_equal(ftw(source_path(path, "tests/corpus/hl7"), collect, OPEN_MAX), 0);
	assert_int_equal(ftw(source_path(path, "tests/corpus/hostile"), collect, OPEN_MAX), 0);
	qsort(paths, n_paths, sizeof(paths[0]), by_name);
	for (size_t i = 0; i < n_paths; i++) {
		struct buf whole = BUF_INIT, pieces = BUF_INIT;
		char *bytes = read_file(paths[i], &n);
		read_in_pieces(a, span_of(bytes, n), SIZE_MAX, &whole);
		read_in_pieces(a, span_of(bytes, n), 13, &pieces);
		assert_string_equal(whole.p, pieces.p);
		buf_addf(&got, "== %s\n%s", paths[i] + strlen(folder), whole.p);
		free(bytes);
		free(paths[i]);
		buf_done(&whole);
		buf_done(&pieces);
	}
	char *expected = read_file(source_path(path, "tests/unit/adapters/hl7_corpus.txt"), &n);
	if (strcmp(got.p, expected) != 0) {
		FILE *file = fopen("hl7_corpus.got", "w");
		if (file) {
			(void)fputs(got.p, file);
			(void)fclose(file);
		}
		fail_msg("what came of the corpus differs from hl7_corpus.txt; see hl7_corpus.got");
	}
	free(expected);
	buf_done(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_file_of_the_corpus_gives_what_it_should),
	};
	return cmocka_run_group_tests_name("hl7_corpus", tests, NULL, NULL);
}
