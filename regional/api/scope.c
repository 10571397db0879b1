#include "regional/api/scope.h"

#include <string.h>

static const char *const role_names[WHO_ROLE_COUNT] = {
    [WHO_STAFF] = "FACILITY_STAFF",
    [WHO_MANAGER] = "FACILITY_MANAGER",
    [WHO_COORDINATOR] = "REGIONAL_COORDINATOR",
    [WHO_ADMIN] = "SYSTEM_ADMIN",
};

const char *who_role_name(enum who_role r)
{
	return role_names[r];
}

bool who_role_parse(struct span s, enum who_role *ret)
{
	for (enum who_role r = WHO_STAFF; r < WHO_ROLE_COUNT; r++)
		if (span_eq_str(s, role_names[r])) {
			*ret = r;
			return true;
		}
	return false;
}

bool scope_sees(const struct who *who, const struct facility *home)
{
	switch (who->role) {
	case WHO_STAFF:
	case WHO_MANAGER: return who->facility_id[0] && strcmp(who->facility_id, home->id) == 0;
	case WHO_COORDINATOR:
		return who->region_id[0] && strcmp(who->region_id, home->region_id) == 0;
	case WHO_ADMIN: return true;
	case WHO_NOBODY:
	case WHO_ROLE_COUNT: break;
	}
	return false;
}

enum scope_answer scope_decide(const struct who *who, enum scope_access access,
			       const struct facility *home)
{
	if (access == ACCESS_OPEN)
		return SCOPE_ALLOWED;
	if (!who || who->role == WHO_NOBODY)
		return SCOPE_LOGIN;
	switch (access) {
	case ACCESS_SELF:
	case ACCESS_LIST: return SCOPE_ALLOWED;
	case ACCESS_FACILITY:
	case ACCESS_BEDS: return home && scope_sees(who, home) ? SCOPE_ALLOWED : SCOPE_HIDDEN;
	case ACCESS_CLOSED:
	case ACCESS_OPEN:
	case ACCESS_COUNT: break;
	}
	return SCOPE_FORBIDDEN;
}
