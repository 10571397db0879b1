/* A span: pointer and length into somebody else's bytes. Never owns, never NUL-terminated unless
 * said. p == NULL means "absent", which differs from empty (n == 0). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_NONE   ((struct span){NULL, 0})
#define SPAN(lit)   ((struct span){("" lit), sizeof(lit) - 1})
#define SPAN_FMT    "%.*s"
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct span span_of(const char *p, size_t n)
{
	return (struct span){p, n};
}

static inline struct span span_str(const char *s) /* NULL gives SPAN_NONE */
{
	return s ? (struct span){s, strlen(s)} : SPAN_NONE;
}

static inline bool span_is_empty(struct span s)
{
	return s.n == 0;
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_eq_str(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

/* memcpy() for what is mostly short: without a call. Returns the end. */
static inline char *span_put(char *to, struct span s)
{
	uint64_t first, last;
	uint32_t first_half, last_half;

	if (s.n > 2 * sizeof(first)) {
		memcpy(to, s.p, s.n);
	} else if (s.n >= sizeof(first)) {
		memcpy(&first, s.p, sizeof(first));
		memcpy(&last, s.p + s.n - sizeof(last), sizeof(last));
		memcpy(to, &first, sizeof(first));
		memcpy(to + s.n - sizeof(last), &last, sizeof(last));
	} else if (s.n >= sizeof(first_half)) {
		memcpy(&first_half, s.p, sizeof(first_half));
		memcpy(&last_half, s.p + s.n - sizeof(last_half), sizeof(last_half));
		memcpy(to, &first_half, sizeof(first_half));
		memcpy(to + s.n - sizeof(last_half), &last_half, sizeof(last_half));
	} else if (s.n) {
		to[0] = s.p[0];
		to[s.n / 2] = s.p[s.n / 2];
		to[s.n - 1] = s.p[s.n - 1];
	}
	return to + s.n;
}

bool span_eq_nocase(struct span a, struct span b); /* ASCII letters only */
int span_cmp(struct span a, struct span b);	   /* byte order, shorter first */
bool span_starts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
struct span span_trim_spaces(struct span s);
/* ASCII white space off both ends; nearly always there is none. */
static inline struct span span_trim(struct span s)
{
	if (s.n && ((unsigned char)s.p[0] <= ' ' || (unsigned char)s.p[s.n - 1] <= ' '))
		return span_trim_spaces(s);
	return s;
}
/* Takes the part before the first sep off *rest; false when *rest was absent. The last part leaves
 * *rest absent. */
bool span_cut(struct span *rest, char sep, struct span *ret_part);
bool span_in_list(struct span s, const char *list); /* "a,b,c" */
bool span_to_i64(struct span s, int64_t *ret);	    /* decimal, whole span, no overflow */
bool span_to_u64(struct span s, uint64_t *ret);
bool span_to_double(struct span s, double *ret); /* locale-independent */
bool span_is_ascii(struct span s);
/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms)? ret_bad: offset of the first bad byte;
 * may be NULL. */
bool span_is_utf8(struct span s, size_t *ret_bad);
/* Its length without a UTF-8 sequence that was cut off at the end. */
size_t span_utf8_whole(struct span s);
uint64_t span_hash(struct span s); /* FNV-1a 64: for tables in memory, never stored */
