/* Numbers of built-in types on PostgreSQL's wire (pg_type.dat; they never change), and where its
 * time begins. */
#pragma once

#include <stdint.h>

#define PG_EPOCH_USEC                                                                              \
	(INT64_C(946684800) * 1000000) /* 2000-01-01 in our time: PostgreSQL counts from there */

enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_OID = 26,
	OID_JSON = 114,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_UNKNOWN = 705,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_TIMESTAMPTZ = 1184,
	OID_JSONB = 3802,
};
