/* What the API's manual says of each route: beside the tables of api.c, from which openapi.c takes
 * method, path, roles, media types and the errors that follow from them. */
#pragma once

#include <stdbool.h>

#define MANUAL_PARAMETERS_MAX 12
#define MANUAL_ANSWERS_MAX    6

struct manual_parameter {
	const char *name; /* NULL: no more */
	const char *in;	  /* "path", "query", "header" */
	const char *schema;
	const char *text;
};

struct manual_answer {
	int status; /* 0: no more */
	const char *text;
	const char *schema; /* JSON; NULL: none said */
};

struct manual {
	const char *method, *pattern; /* as in api_routes */
	const char *summary;
	const char *body; /* JSON schema of a JSON body; NULL: none */
	bool body_optional;
	struct manual_parameter parameters[MANUAL_PARAMETERS_MAX];
	struct manual_answer answers[MANUAL_ANSWERS_MAX]; /* beyond the errors that follow */
};

extern const struct manual api_manual[];       /* ends with method NULL */
extern const struct manual api_manual_admin[]; /* the same, of /api/admin */
extern const char manual_schemas[];	       /* JSON object: components.schemas */
extern const char manual_admin_schemas[];      /* more members of it */
