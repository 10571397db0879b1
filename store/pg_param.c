/* Parameters in PostgreSQL's binary form; see pg.h. No call of libpq here: these are bytes only. */
#include "store/pg.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "store/pg_oid.h"

static const struct {
	unsigned oid, array_oid;
} type_oids[] = {
    [PG_TEXT] = {OID_TEXT, 1009},   [PG_INT4] = {OID_INT4, 1007},
    [PG_INT8] = {OID_INT8, 1016},   [PG_FLOAT8] = {OID_FLOAT8, 1022},
    [PG_BOOL] = {OID_BOOL, 1000},   [PG_TIMESTAMPTZ] = {OID_TIMESTAMPTZ, 1185},
    [PG_BYTEA] = {OID_BYTEA, 1001}, [PG_JSONB] = {OID_JSONB, 3807},
};

/* ---- parameters ---- */

static void add_param(struct pg_params *p, unsigned type, const char *value, size_t n)
{
	assert(p->n < PG_PARAMS_MAX);
	assert(n <= INT32_MAX);
	p->types[p->n] = type;
	p->values[p->n] = value;
	p->lengths[p->n] = (int)n;
	p->n++;
}

static void add_encoded(struct pg_params *p, unsigned type, const void *bytes, size_t n)
{
	char *copy = arena_alloc(p->arena, n);
	memcpy(copy, bytes, n);
	add_param(p, type, copy, n);
}

void pg_add_text(struct pg_params *p, struct span s)
{
	add_param(p, OID_TEXT, s.p, s.n);
}

void pg_add_i32(struct pg_params *p, int32_t v)
{
	uint32_t be = htobe32((uint32_t)v);
	add_encoded(p, OID_INT4, &be, sizeof(be));
}

void pg_add_i64(struct pg_params *p, int64_t v)
{
	uint64_t be = htobe64((uint64_t)v);
	add_encoded(p, OID_INT8, &be, sizeof(be));
}

static uint64_t double_to_be(double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	return htobe64(bits);
}

void pg_add_double(struct pg_params *p, double v)
{
	uint64_t be = double_to_be(v);
	add_encoded(p, OID_FLOAT8, &be, sizeof(be));
}

void pg_add_bool(struct pg_params *p, bool v)
{
	add_param(p, OID_BOOL, v ? "\1" : "\0", 1);
}

void pg_add_time(struct pg_params *p, usec_t at)
{
	if (at == USEC_NONE) {
		pg_add_null(p, PG_TIMESTAMPTZ);
		return;
	}
	uint64_t be = htobe64((uint64_t)(at - PG_EPOCH_USEC));
	add_encoded(p, OID_TIMESTAMPTZ, &be, sizeof(be));
}

void pg_add_bytes(struct pg_params *p, struct span s)
{
	add_param(p, OID_BYTEA, s.p, s.n);
}

#define JSONB_VERSION '\1' /* leads every jsonb on the wire */

void pg_add_json(struct pg_params *p, struct span json)
{
	if (!json.p) {
		pg_add_null(p, PG_JSONB);
		return;
	}
	char *copy = arena_alloc(p->arena, json.n + 1);
	copy[0] = JSONB_VERSION;
	memcpy(copy + 1, json.p, json.n);
	add_param(p, OID_JSONB, copy, json.n + 1);
}

void pg_add_null(struct pg_params *p, enum pg_type type)
{
	add_param(p, type_oids[type].oid, NULL, 0);
}

/* An array on the wire, all numbers big-endian 32 bits:
 *
 *     dimensions (1) | has nulls | element type | items | lower bound (1)
 *     then per item: length (-1: null) | bytes
 */
#define ARRAY_HEADER 20

static void put_u32(char *to, uint32_t v)
{
	uint32_t be = htobe32(v);
	memcpy(to, &be, sizeof(be));
}

void pg_array_begin(struct pg_array *a, enum pg_type type)
{
	buf_clear(&a->bytes);
	a->type = type;
	a->n = 0;
	a->has_null = false;
	(void)buf_reserve(&a->bytes, ARRAY_HEADER);
	a->bytes.n = ARRAY_HEADER;
}

void pg_array_done(struct pg_array *a)
{
	buf_done(&a->bytes);
}

static void array_item(struct pg_array *a, const void *bytes, size_t n)
{
	char *to = buf_reserve(&a->bytes, 4 + n);
	put_u32(to, (uint32_t)n);
	memcpy(to + 4, bytes, n);
	a->bytes.n += 4 + n;
	a->n++;
}

void pg_array_null(struct pg_array *a)
{
	put_u32(buf_reserve(&a->bytes, 4), UINT32_MAX);
	a->bytes.n += 4;
	a->n++;
	a->has_null = true;
}

void pg_array_text(struct pg_array *a, struct span s)
{
	if (!s.p) {
		pg_array_null(a);
	} else if (a->type == PG_JSONB) {
		char *to = buf_reserve(&a->bytes, 5 + s.n);
		put_u32(to, (uint32_t)s.n + 1);
		to[4] = JSONB_VERSION;
		memcpy(to + 5, s.p, s.n);
		a->bytes.n += 5 + s.n;
		a->n++;
	} else {
		assert(a->type == PG_TEXT || a->type == PG_BYTEA);
		array_item(a, s.p, s.n);
	}
}

void pg_array_i64(struct pg_array *a, int64_t v)
{
	uint32_t be32 = htobe32((uint32_t)v);
	uint64_t be64 = htobe64((uint64_t)v);

	if (a->type == PG_INT4) {
		assert(v >= INT32_MIN && v <= INT32_MAX);
		array_item(a, &be32, sizeof(be32));
	} else {
		assert(a->type == PG_INT8);
		array_item(a, &be64, sizeof(be64));
	}
}

void pg_array_bool(struct pg_array *a, bool v)
{
	assert(a->type == PG_BOOL);
	array_item(a, v ? "\1" : "\0", 1);
}

void pg_array_double(struct pg_array *a, double v)
{
	uint64_t be = double_to_be(v);
	assert(a->type == PG_FLOAT8);
	array_item(a, &be, sizeof(be));
}

void pg_array_time(struct pg_array *a, usec_t at)
{
	assert(a->type == PG_TIMESTAMPTZ);
	if (at == USEC_NONE) {
		pg_array_null(a);
		return;
	}
	uint64_t be = htobe64((uint64_t)(at - PG_EPOCH_USEC));
	array_item(a, &be, sizeof(be));
}

void pg_add_array(struct pg_params *p, struct pg_array *a)
{
	char *head = a->bytes.p;

	put_u32(head, 1);
	put_u32(head + 4, a->has_null);
	put_u32(head + 8, type_oids[a->type].oid);
	put_u32(head + 12, a->n);
	put_u32(head + 16, 1);
	add_param(p, type_oids[a->type].array_oid, a->bytes.p, a->bytes.n);
}
