#include "cli/admin/scope.h"

#include "store/registry.h"

int scope_check(const char *role, const char *facility, const char *region)
{
	struct span r = span_str(role);

	if (!role || !registry_role_is_known(r))
		return command_error(
		    EXIT_USAGE,
		    "--role is FACILITY_STAFF, FACILITY_MANAGER, REGIONAL_COORDINATOR or "
		    "SYSTEM_ADMIN");
	if (registry_role_is_of_facility(r) != (facility != NULL))
		return command_error(EXIT_USAGE,
				     facility ? "%s is for no one home: leave --facility out"
					      : "%s wants --facility ID",
				     role);
	if (registry_role_is_of_region(r) != (region != NULL))
		return command_error(EXIT_USAGE,
				     region ? "%s is for no region: leave --region out"
					    : "%s wants --region ID",
				     role);
	return EXIT_OK;
}
