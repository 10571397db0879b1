/* Which rows a connection as bedpost_api sees (migrations/0020_row_security.sql): set for whom it
 * asks before it asks; a connection that says nothing sees nothing. */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

/* For pg_options.setup: all homes, for what is shared and checked per reader. */
#define ROW_SCOPE_ALL "SET bedpost.role = 'ALL'"

/* role: as in the table users. facility, region: SPAN_NONE or empty where the role has none. */
int row_scope_set(struct pg *pg, struct span role, struct span facility, struct span region,
		  struct err *err);
/* Tokens, sessions and users only: who asks is not known yet. */
int row_scope_login(struct pg *pg, struct err *err);
/* From which address, for what is noted in access_log with a change: before each change. */
int row_scope_from(struct pg *pg, struct span source_ip, struct err *err);
