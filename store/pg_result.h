/* What pg.h calls a result, for pg.c and pg_result.c alone. */
#pragma once

#include <libpq-fe.h>

#include "store/pg.h"

struct pg_result {
	PGresult *res;
};
