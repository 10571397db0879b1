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

static bool is_of(const struct who *who, unsigned roles)
{
	return roles & (1U << who->role);
}

enum {
	STAFF = 1 << WHO_STAFF,
	MANAGER = 1 << WHO_MANAGER,
	COORDINATOR = 1 << WHO_COORDINATOR,
	ADMIN = 1 << WHO_ADMIN
};

/* A home that one sees, and may or may not do this with. */
static enum scope_answer with_home(const struct who *who, const struct facility *home,
				   unsigned roles)
{
	if (!home || !scope_sees(who, home))
		return SCOPE_HIDDEN;
	return is_of(who, roles) ? SCOPE_ALLOWED : SCOPE_FORBIDDEN;
}

static enum scope_answer without_home(const struct who *who, unsigned roles)
{
	return is_of(who, roles) ? SCOPE_ALLOWED : SCOPE_FORBIDDEN;
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
	case ACCESS_BEDS: return with_home(who, home, STAFF | MANAGER | COORDINATOR | ADMIN);
	case ACCESS_SET_BED: return with_home(who, home, STAFF | MANAGER);
	case ACCESS_REVIEW: return with_home(who, home, MANAGER | COORDINATOR | ADMIN);
	case ACCESS_REVIEWS: return without_home(who, MANAGER | COORDINATOR | ADMIN);
	case ACCESS_SETTLES: return without_home(who, MANAGER | ADMIN);
	case ACCESS_SETTLE: return with_home(who, home, MANAGER | ADMIN);
	case ACCESS_AUDIT:
	case ACCESS_ADMIN: return without_home(who, ADMIN);
	case ACCESS_SUBSCRIBES: return without_home(who, MANAGER | COORDINATOR | ADMIN);
	case ACCESS_CLOSED:
	case ACCESS_OPEN:
	case ACCESS_COUNT: break;
	}
	return SCOPE_FORBIDDEN;
}
