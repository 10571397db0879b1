/* A template: text with references to fields between braces, "bed_{AVD}_{ROM}", compiled once. "{{"
 * and "}}" are literal braces. */
#pragma once

#include "adapters/mapping.h"
#include "adapters/record.h"
#include "base/arena.h"
#include "base/err.h"

#define TEMPLATE_PARTS_MAX 32

struct template_part {
	bool is_ref;
	struct span literal;
	struct field_ref ref;
};

struct condition;

struct template
{
	const struct template_part *parts;
	size_t n, refs;
	const struct condition *only;	  /* else it is empty; NULL: none */
	const struct template *otherwise; /* taken where this one is empty; NULL: none */
};

/* What is wrong, and where in the text. */
struct template_problem {
	size_t offset;
	struct err err;
};

/* Everything is copied to the arena. INVALID with *ret_problem filled. */
int template_compile(struct span text, const struct mapping_resolver *resolver, struct arena *arena,
		     struct template *ret, struct template_problem *ret_problem);

/* The text for a record: field values without the white space around them. SPAN_NONE if there are
 * references and all of them are empty or absent: then the template as a whole is empty, and what
 * is otherwise to be taken is. The span may point into the record. */
struct span template_render(const struct template *t, const struct record *r, struct arena *arena);

/* What messages call it: the reference as written if it is the only one, else `many`. */
const char *template_name(const struct template *t, const char *many);
