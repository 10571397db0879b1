#include "regional/feed/hub_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_listed(const char *list, const char *name)
{
	char item[IDENT_MAX + 3];

	if (!list)
		return true;
	(void)snprintf(item, sizeof(item), ",%s,", name);
	return strstr(list, item) != NULL;
}

bool hub_scope_sees(const struct hub_scope *scope, const struct facility *f)
{
	return (!scope->facility_id[0] || strcmp(scope->facility_id, f->id) == 0) &&
	       (!scope->region_id[0] || strcmp(scope->region_id, f->region_id) == 0) &&
	       is_listed(scope->filter.regions, f->region_id) &&
	       is_listed(scope->filter.facilities, f->id);
}

bool hub_scope_sees_row(const struct hub_scope *scope, const struct facility *f,
			const struct avail *a)
{
	return hub_scope_sees(scope, f) && is_listed(scope->filter.wards, a->ward) &&
	       (!scope->filter.levels || scope->filter.levels & 1U << a->care_level);
}

static const char *copy_list(const char *list)
{
	char *copy = list ? strdup(list) : NULL;

	if (list && !copy)
		abort();
	return copy;
}

struct hub_scope hub_scope_copy(const struct hub_scope *scope)
{
	struct hub_scope copy = *scope;

	copy.filter.regions = copy_list(scope->filter.regions);
	copy.filter.facilities = copy_list(scope->filter.facilities);
	copy.filter.wards = copy_list(scope->filter.wards);
	return copy;
}

void hub_scope_done(struct hub_scope *scope)
{
	free((char *)scope->filter.regions);
	free((char *)scope->filter.facilities);
	free((char *)scope->filter.wards);
}

static int compare_lists(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

int hub_scope_compare(const struct hub_scope *a, const struct hub_scope *b)
{
	int c = strcmp(a->facility_id, b->facility_id);

	if (c == 0)
		c = strcmp(a->region_id, b->region_id);
	if (c == 0)
		c = compare_lists(a->filter.regions, b->filter.regions);
	if (c == 0)
		c = compare_lists(a->filter.facilities, b->filter.facilities);
	if (c == 0)
		c = compare_lists(a->filter.wards, b->filter.wards);
	return c ? c : (int)a->filter.levels - (int)b->filter.levels;
}
