/* --role, --facility and --region of a token or a user. */
#pragma once

#include "cli/command.h"

#define SCOPE_OPTIONS(type)                                                                        \
	{                                                                                          \
	    "role",                                                                                \
	    0,                                                                                     \
	    COMMAND_STRING,                                                                        \
	    offsetof(type, role),                                                                  \
	    "ROLE",                                                                                \
	    "FACILITY_STAFF, FACILITY_MANAGER, REGIONAL_COORDINATOR or SYSTEM_ADMIN"},             \
	    {"facility",     0,                                                                    \
	     COMMAND_STRING, offsetof(type, facility),                                             \
	     "ID",	     "the home of a FACILITY_ role"},                                      \
	{                                                                                          \
		"region", 0, COMMAND_STRING, offsetof(type, region), "ID",                         \
		    "the region of a REGIONAL_ role"                                               \
	}

/* EXIT_OK if they fit each other; else it has said why not. */
int scope_check(const char *role, const char *facility, const char *region);
