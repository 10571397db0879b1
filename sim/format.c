#include "sim/format.h"

#include <time.h>

const struct sim_format *sim_format_named(const char *name)
{
	static const struct sim_format *const all[] = {&sim_format_csv, &sim_format_hl7,
						       &sim_format_xml};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

void format_add_local(struct buf *out, const char *format, usec_t at, const struct zone *zone)
{
	time_t local = (time_t)(at / USEC_PER_SEC + zone_offset_at(zone, at));
	char text[64];
	struct tm tm;

	(void)gmtime_r(&local, &tm);
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"");
	size_t n = strftime(text, sizeof(text), format, &tm);
	_Pragma("GCC diagnostic pop");
	buf_add(out, span_of(text, n));
}

bool format_is_second_time(usec_t at, const struct zone *zone)
{
	int32_t now = zone_offset_at(zone, at);

	for (usec_t back = 30 * USEC_PER_MIN; back <= 2 * USEC_PER_HOUR; back += 30 * USEC_PER_MIN)
		if ((usec_t)(zone_offset_at(zone, at - back) - now) * USEC_PER_SEC >= back)
			return true;
	return false;
}

const char *format_staff(uint64_t n)
{
	static const char *const names[] = {"hansen.k", "bjerke.a",   "lunde.m",
					    "aas.t",	"berg-lie.o", "strand.e"};

	return names[n % ARRAY_LEN(names)];
}
