#include "adapters/csv_sniff.h"

static const char signs[] = ",;\t|";

static char most_of(struct span line)
{
	size_t counts[sizeof(signs)] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < line.n; i++) {
		const char *sign = line.p[i] ? strchr(signs, line.p[i]) : NULL;
		quoted = quoted != (line.p[i] == '"');
		if (sign && !quoted)
			counts[sign - signs]++;
	}
	for (size_t i = 1; signs[i]; i++)
		if (counts[i] > counts[best])
			best = i;
	return signs[best];
}

/* The next line and its end off *text; false if its end is not there. */
static bool take_line(struct span *text, bool last, struct span *ret_line)
{
	size_t n = 0, end;

	while (n < text->n && text->p[n] != '\n' && text->p[n] != '\r')
		n++;
	if (n == text->n && (!last || !n))
		return false;
	*ret_line = span_of(text->p, n);
	end = n < text->n ? n + 1 : n;
	if (end < text->n && text->p[n] == '\r' && text->p[end] == '\n')
		end++;
	*text = span_of(text->p + end, text->n - end);
	return true;
}

bool csv_sniff(struct span text, bool last, const struct csv_options *options, char *ret_delimiter)
{
	struct span line, comment = span_str(options->comment);
	uint64_t skip = options->skip_lines;

	if (text.n >= CSV_SNIFF_MAX) {
		text.n = CSV_SNIFF_MAX;
		last = true;
	}
	while (take_line(&text, last, &line)) {
		if (skip) {
			skip--;
			continue;
		}
		if (!span_trim(line).n || (comment.n && span_starts(line, comment)))
			continue;
		*ret_delimiter = most_of(line);
		return true;
	}
	*ret_delimiter = signs[0];
	return last;
}
