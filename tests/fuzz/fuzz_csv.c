/* First byte: the signs and the piece size. The rest: a CSV file. In one piece and in many it makes
 * the same rows; rows lie one behind the other, and no field is longer than the file. */
#include <assert.h>
#include <stdint.h>

#include "adapters/csv.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void scan(const struct csv_options *options, struct span text, size_t piece, struct buf *out)
{
	_cleanup_(csv_freep) struct csv *c = csv_new(options);
	uint64_t line = 0, offset = 0;
	size_t total = text.n;
	struct csv_row row;
	enum csv_step step;
	bool last;

	do {
		size_t n = text.n < piece ? text.n : piece;
		last = n == text.n;
		csv_feed(c, span_of(text.p, n), last);
		text = span_of(text.p + n, text.n - n);
		while ((step = csv_next(c, &row)) != CSV_MORE) {
			assert(row.line > line && row.offset >= offset && row.offset <= total);
			line = row.line;
			offset = row.offset;
			buf_addf(out, "%llu %llu %d %zu\n", (unsigned long long)line,
				 (unsigned long long)offset, row.fault, row.field);
			assert((step == CSV_BAD) == (row.fault != CSV_SOUND));
			for (size_t i = 0; step == CSV_ROW && i < row.n; i++) {
				assert(row.fields[i].n <= total);
				buf_add(out, row.fields[i]);
				buf_addc(out, '|');
			}
		}
	} while (!last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct csv_options options[] = {
	    {.delimiter = ',', .quote = '"'},
	    {.delimiter = ';', .quote = '"', .comment = "#", .skip_lines = 1},
	    {.delimiter = '\t', .quote = '\''},
	    {.delimiter = '|'},
	};
	struct buf whole = BUF_INIT, pieces = BUF_INIT;

	if (n < 1)
		return 0;
	const struct csv_options *o = &options[data[0] & 3];
	struct span text = span_of((const char *)data + 1, n - 1);
	scan(o, text, SIZE_MAX, &whole);
	scan(o, text, (data[0] >> 2) + 1u, &pieces);
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
