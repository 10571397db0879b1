/* Reads a CSV file with libcsv and prints rows, bytes, seconds of the processor and by the clock:
 * fields found, not mapped. A program of its own, for libcsv's names are those of adapters/csv.h.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <csv.h>

#include "base/buf.h"
#include "tests/bench/bench_time.h"

static void take_field(void *text, size_t n, void *ctx)
{
	(void)text;
	(void)n;
	(void)ctx;
}

static void end_row(int end, void *ctx)
{
	(void)end;
	++*(uint64_t *)ctx;
}

static bool read_file(const char *path, struct buf *out)
{
	char piece[65536];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, span_of(piece, n));
	(void)fclose(f);
	return true;
}

int main(int argc, char **argv)
{
	_cleanup_(buf_done) struct buf file = BUF_INIT;
	struct csv_parser parser;
	uint64_t rows = 0;

	if (argc < 2 || !read_file(argv[1], &file) || csv_init(&parser, 0) != 0)
		return 1;
	csv_set_delim(&parser, ';');
	struct bench_time start = bench_now();
	(void)csv_parse(&parser, file.p, file.n, take_field, end_row, &rows);
	(void)csv_fini(&parser, take_field, end_row, &rows);
	struct bench_time spent = bench_since(start);
	printf("%llu %zu %f %f\n", (unsigned long long)rows, file.n, spent.cpu, spent.wall);
	csv_free(&parser);
	return 0;
}
