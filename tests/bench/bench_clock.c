/* How many times a second clock_read() reads a value: make tests/bench/bench_clock &&
 * tests/bench/bench_clock [million reads]. The values run through the year, so that both offsets
 * and every month take their part. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define VALUES	  4096
#define VALUE_MAX 32

/* A format of clock.h and how snprintf writes a value of it from year, month, day, hour, minute,
 * second. */
struct kind {
	const char *format, *print;
};

static const struct kind kinds[] = {
    {"hl7", "%04d%02d%02d%02d%02d%02d"},
    {"%d.%m.%Y %H:%M", "%3$02d.%2$02d.%1$04d %4$02d:%5$02d"},
    {"rfc3339", "%04d-%02d-%02dT%02d:%02d:%02dZ"},
};

static void bench(const struct kind *kind, const struct zone *zone, long reads)
{
	static char values[VALUES][VALUE_MAX];
	_cleanup_(clock_format_freep) struct clock_format *f = NULL;
	struct err err;
	uint64_t sum = 0;

	if (clock_format_compile(kind->format, &f, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		exit(1);
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	for (int i = 0; i < VALUES; i++)
		(void)snprintf(values[i], VALUE_MAX, kind->print, 2026, i % 12 + 1, i % 28 + 1,
			       i % 24, i % 60, i % 59);
#pragma GCC diagnostic pop
	usec_t start = clock_monotonic();
	for (long i = 0; i < reads; i++) {
		struct clock_reading r;
		if (clock_read(f, span_str(values[i % VALUES]), zone, &r, &err) < 0) {
			fprintf(stderr, "%s: %s\n", kind->format, err.message);
			exit(1);
		}
		sum += (uint64_t)r.at;
	}
	double seconds = (double)(clock_monotonic() - start) / 1e6;
	printf("%-16s %6.1f million reads/s %6.1f ns each (checksum %llx)\n", kind->format,
	       (double)reads / seconds / 1e6, seconds / (double)reads * 1e9,
	       (unsigned long long)sum);
}

int main(int argc, char **argv)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;
	long reads = (argc > 1 ? atol(argv[1]) : 20) * 1000000;
	struct err err;
	usec_t start = clock_monotonic();

	if (zone_load("Europe/Oslo", &zone, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	printf("zone_load        %6.1f ms\n", (double)(clock_monotonic() - start) / 1e3);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		bench(&kinds[i], zone, reads);
	return 0;
}
