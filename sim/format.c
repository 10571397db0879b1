#include "sim/format.h"

const struct sim_format *sim_format_named(const char *name)
{
	static const struct sim_format *const all[] = {&sim_format_csv, &sim_format_hl7,
						       &sim_format_xml};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

struct tm format_local(usec_t at, const struct zone *zone)
{
	time_t local = (time_t)(at / USEC_PER_SEC + zone_offset_at(zone, at));
	struct tm tm;

	(void)gmtime_r(&local, &tm);
	return tm;
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
