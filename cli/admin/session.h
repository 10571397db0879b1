/* An administrator's connection to the region's database. */
#pragma once

#include "base/err.h"
#include "cli/command.h"
#include "store/pg.h"

/* Every command on the database takes --database CONNINFO; without it region.yaml (--config) says
 * where it is. */
#define SESSION_OPTION(type)                                                                       \
	{                                                                                          \
		"database", 'd', COMMAND_STRING, offsetof(type, database), "CONNINFO",             \
		    "PostgreSQL, instead of what region.yaml says"                                 \
	}

/* As the login role itself, whatever the schema: for migrations. */
int session_open_raw(const struct command_line *line, const char *database, struct pg **ret,
		     struct err *err);
/* As bedpost_owner, on this program's schema (CONFLICT otherwise). */
int session_open(const struct command_line *line, const char *database, struct pg **ret,
		 struct err *err);
/* command_failed(); but what store/ finds wrong in what was given is a usage error. */
int session_refused(const struct err *err);
/* Who acts, for the access log: "shell:<account>". */
const char *session_who(void);
