/* Values come in the server's binary form: integers big end first, times from the year 2000 on. A
 * column of another type than is asked for is a slip in the statement, not in the data. */
#include "store/pg_result.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/pg_oid.h"

void pg_result_free(struct pg_result *r)
{
	if (!r)
		return;
	PQclear(r->res);
	free(r);
}

int pg_rows(const struct pg_result *r)
{
	return r ? PQntuples(r->res) : 0;
}

int64_t pg_affected(const struct pg_result *r)
{
	int64_t n = 0;
	return r && span_to_i64(span_str(PQcmdTuples(r->res)), &n) ? n : 0;
}

bool pg_is_null(const struct pg_result *r, int row, int col)
{
	return PQgetisnull(r->res, row, col);
}

struct span pg_get_text(const struct pg_result *r, int row, int col)
{
	if (pg_is_null(r, row, col))
		return SPAN_NONE;
	struct span s =
	    span_of(PQgetvalue(r->res, row, col), (size_t)PQgetlength(r->res, row, col));
	switch (PQftype(r->res, col)) {
	case OID_JSONB: return span_of(s.p + 1, s.n - 1);
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_NAME:
	case OID_JSON:
	case OID_UNKNOWN:
	case OID_BYTEA: return s;
	default: assert(!"a column that is not text"); return SPAN_NONE;
	}
}

static uint64_t read_be(const char *p, int n)
{
	uint64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

int64_t pg_get_i64(const struct pg_result *r, int row, int col)
{
	if (pg_is_null(r, row, col))
		return 0;
	const char *p = PQgetvalue(r->res, row, col);
	switch (PQftype(r->res, col)) {
	case OID_INT2: return (int16_t)read_be(p, 2);
	case OID_INT4: return (int32_t)read_be(p, 4);
	case OID_OID: return (int64_t)read_be(p, 4);
	case OID_INT8: return (int64_t)read_be(p, 8);
	default: assert(!"a column that is not an integer"); return 0;
	}
}

double pg_get_double(const struct pg_result *r, int row, int col)
{
	if (pg_is_null(r, row, col))
		return 0;
	const char *p = PQgetvalue(r->res, row, col);
	if (PQftype(r->res, col) == OID_FLOAT4) {
		uint32_t bits = (uint32_t)read_be(p, 4);
		float v;
		memcpy(&v, &bits, sizeof(v));
		return (double)v;
	}
	assert(PQftype(r->res, col) == OID_FLOAT8);
	uint64_t bits = read_be(p, 8);
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

bool pg_get_bool(const struct pg_result *r, int row, int col)
{
	assert(PQftype(r->res, col) == OID_BOOL);
	return !pg_is_null(r, row, col) && *PQgetvalue(r->res, row, col);
}

usec_t pg_get_time(const struct pg_result *r, int row, int col)
{
	assert(PQftype(r->res, col) == OID_TIMESTAMPTZ);
	if (pg_is_null(r, row, col))
		return USEC_NONE;
	return (int64_t)read_be(PQgetvalue(r->res, row, col), 8) + PG_EPOCH_USEC;
}
