#include "base/csv_cell.h"

static bool wants_quotes(struct span s, char separator)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '"' || s.p[i] == separator || s.p[i] == '\n' || s.p[i] == '\r')
			return true;
	return false;
}

/* What spreadsheets read as the beginning of a formula (also behind the quotes). */
static bool looks_like_formula(struct span s)
{
	return s.n > 0 && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@' ||
			   s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n');
}

void csv_cell_add(struct span text, char separator, struct buf *out)
{
	bool quotes = wants_quotes(text, separator);

	if (quotes)
		buf_addc(out, '"');
	if (looks_like_formula(text))
		buf_addc(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, text.p[i]);
	}
	if (quotes)
		buf_addc(out, '"');
}
