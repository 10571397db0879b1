/* First line: a time format. The rest: a value. What is read lies within the years that can be
 * written, and goes round through RFC 3339; the value is also read as RFC 3339 and as a duration.
 */
#include <assert.h>
#include <stdint.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void goes_round(usec_t at, const struct zone *zone)
{
	char text[CLOCK_RFC3339_MAX];
	usec_t back = USEC_NONE;

	assert(clock_parse_rfc3339(span_str(clock_format_rfc3339(at, text)), &back, NULL) == 0 &&
	       back == at);
	/* beyond the first and last day, local time has no year to be written in */
	if (at > -62135500000 * USEC_PER_SEC && at < 253402200000 * USEC_PER_SEC)
		assert(clock_parse_rfc3339(span_str(clock_format_local(at, zone, text)), &back,
					   NULL) == 0 &&
		       back == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct zone *oslo;
	struct clock_format *f = NULL;
	struct clock_reading r, without_zone;
	struct span value = span_of((const char *)data, n), format;
	char text[256];
	struct err err;
	usec_t usec;

	if (!oslo)
		assert(zone_load("Europe/Oslo", &oslo, NULL) == 0);
	if (n == 0 || !span_cut(&value, '\n', &format) || format.n >= sizeof(text))
		return 0;
	memcpy(text, format.p, format.n);
	text[format.n] = '\0';
	if (clock_parse_rfc3339(value, &usec, NULL) == 0)
		goes_round(usec, oslo);
	assert(!clock_parse_duration(value, &usec) || usec >= 0);
	if (clock_format_compile(text, &f, &err) < 0) {
		assert(!f && err.message[0]);
		return 0;
	}
	if (clock_read(f, value, oslo, &r, &err) == 0) {
		goes_round(r.at, oslo);
		assert((clock_read(f, value, NULL, &without_zone, NULL) == 0) == r.had_offset);
		assert(!r.had_offset || (r.doubt == CLOCK_SURE && without_zone.at == r.at));
	} else {
		assert(err.code == ERR_INVALID && err.message[0]);
	}
	clock_format_free(f);
	return 0;
}
