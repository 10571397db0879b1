#include "cli/home/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *words_duration(usec_t d, char out[WORDS_MAX])
{
	int64_t s = (d < 0 ? -d : d) / USEC_PER_SEC, min = s / 60, h = min / 60;

	if (s < 120)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " s", s);
	else if (min < 120)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " min", min);
	else if (h < 48 && min % 60)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " h %" PRId64 " min", h, min % 60);
	else if (h < 48)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " h", h);
	else
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " days", h / 24);
	return out;
}

const char *words_number(uint64_t n, char out[WORDS_MAX])
{
	char plain[24];
	int digits = snprintf(plain, sizeof(plain), "%" PRIu64, n), at = 0;

	for (int i = 0; i < digits; i++) {
		if (i > 0 && (digits - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = plain[i];
	}
	out[at] = '\0';
	return out;
}

const char *words_bytes(int64_t n, char out[WORDS_MAX])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double value = (double)n;
	size_t unit = 0;

	while (value >= 1024 && unit < 4) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(out, WORDS_MAX, unit && value < 10 ? "%.1f %s" : "%.0f %s", value,
		       units[unit]);
	return out;
}

const char *words_moment(usec_t at, usec_t now, char out[WORDS_MAX])
{
	char text[CLOCK_RFC3339_MAX], ago[WORDS_MAX];

	if (at == USEC_NONE) {
		(void)snprintf(out, WORDS_MAX, "never");
		return out;
	}
	(void)clock_format_rfc3339(at - at % USEC_PER_SEC, text);
	(void)snprintf(out, WORDS_MAX, "%.24s (%.24s %s)", text, words_duration(now - at, ago),
		       at > now ? "from now" : "ago");
	return out;
}
