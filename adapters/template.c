#include "adapters/template.h"

#include "adapters/condition.h"

static int problem_at(struct template_problem *p, size_t offset, const char *message)
{
	p->offset = offset;
	return err_set(&p->err, ERR_INVALID, "%s", message);
}

static int compile_ref(struct span text, const struct mapping_resolver *resolver,
		       struct arena *arena, size_t offset, struct template_part *ret,
		       struct template_problem *problem)
{
	struct span name = span_trim(text);

	if (!name.n)
		return problem_at(problem, offset, "no field between the braces");
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f)
			return problem_at(problem, offset, "a control character in a field's name");
	if (memchr(name.p, '{', name.n))
		return problem_at(problem, offset,
				  "a { within a field: the one before lacks its }");
	ret->is_ref = true;
	int r = resolver->resolve(resolver->ctx, name, &ret->ref, &problem->err);
	if (r < 0) {
		problem->offset = offset;
		return r;
	}
	ret->ref.text = arena_strndup(arena, name.p, name.n);
	return 0;
}

/* The literal at *rest up to a brace that is a reference's, with doubled braces made single. */
static int take_literal(struct span text, size_t *at, struct arena *arena, struct span *ret,
			struct template_problem *problem)
{
	char *to = arena_alloc(arena, text.n - *at + 1), *start = to;

	while (*at < text.n) {
		char c = text.p[*at];
		bool doubled = *at + 1 < text.n && text.p[*at + 1] == c;
		if (c == '{' && !doubled)
			break;
		if (c == '}' && !doubled)
			return problem_at(problem, *at,
					  "a } without its {; a literal brace is written }}");
		*to++ = c;
		*at += c == '{' || c == '}' ? 2 : 1;
	}
	*to = '\0';
	*ret = span_of(start, (size_t)(to - start));
	return 0;
}

int template_compile(struct span text, const struct mapping_resolver *resolver, struct arena *arena,
		     struct template *ret, struct template_problem *ret_problem)
{
	struct template_part parts[TEMPLATE_PARTS_MAX] = {0};
	struct template t = {0};
	size_t at = 0;
	int r;

	*ret_problem = (struct template_problem){0};
	while (at < text.n) {
		if (t.n + 1 >= TEMPLATE_PARTS_MAX)
			return problem_at(ret_problem, at, "too many parts in one template");
		struct span literal = SPAN_NONE;
		r = take_literal(text, &at, arena, &literal, ret_problem);
		if (r < 0)
			return r;
		if (literal.n)
			parts[t.n++].literal = literal;
		if (at == text.n)
			break;
		const char *end = memchr(text.p + at, '}', text.n - at);
		if (!end)
			return problem_at(ret_problem, at,
					  "a { without its }; a literal brace is written {{");
		struct span name = span_of(text.p + at + 1, (size_t)(end - text.p) - at - 1);
		r = compile_ref(name, resolver, arena, at + 1, &parts[t.n], ret_problem);
		if (r < 0)
			return r;
		t.n++;
		t.refs++;
		at += name.n + 2;
	}
	struct template_part *copy = arena_array(arena, struct template_part, t.n + 1);
	memcpy(copy, parts, t.n * sizeof(*copy));
	t.parts = copy;
	*ret = t;
	return 0;
}

_hot_ static struct span render(const struct template *t, const struct record *r,
				struct arena *arena)
{
	struct span values[TEMPLATE_PARTS_MAX];
	size_t total = 0;
	bool any = t->refs == 0;

	if (t->only && !condition_holds(t->only, r, arena))
		return SPAN_NONE;
	for (size_t i = 0; i < t->n; i++) {
		const struct template_part *part = &t->parts[i];
		values[i] =
		    part->is_ref ? span_trim(record_get(r, &part->ref, arena)) : part->literal;
		any = any || (part->is_ref && values[i].n);
		total += values[i].n;
	}
	if (!any)
		return SPAN_NONE;
	if (t->n == 1)
		return values[0];
	char *to = arena_alloc(arena, total + 1), *start = to;
	for (size_t i = 0; i < t->n; i++)
		to = span_put(to, values[i]);
	*to = '\0';
	return span_of(start, total);
}

_hot_ struct span template_render(const struct template *t, const struct record *r,
				  struct arena *arena)
{
	struct span text;

	if (t->refs == 1 && t->n == 1 && !t->only) {
		text = span_trim(record_get(r, &t->parts[0].ref, arena));
		text = text.n ? text : SPAN_NONE;
	} else {
		text = render(t, r, arena);
	}
	while (!text.n && t->otherwise) {
		t = t->otherwise;
		text = render(t, r, arena);
	}
	return text;
}

const char *template_name(const struct template *t, const char *many)
{
	for (size_t i = 0; t->refs == 1 && !t->otherwise && i < t->n; i++)
		if (t->parts[i].is_ref)
			return t->parts[i].ref.text;
	return many;
}
