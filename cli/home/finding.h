/* What `bedpost status` and `bedpost doctor` find, each with what to do about it, from the same
 * list for people and as JSON. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

enum finding_level { FINDING_OK, FINDING_SKIP, FINDING_WARN, FINDING_FAIL };
const char *finding_level_name(enum finding_level l); /* "ok" "skip" "warn" "fail" */

struct finding {
	enum finding_level level;
	const char *code; /* stable: "watcher_not_running" */
	const char *text; /* one sentence or two */
	const char *todo; /* NULL: nothing */
};

#define FINDINGS_MAX 512
struct findings {
	struct arena arena;
	struct finding item[FINDINGS_MAX];
	size_t n; /* what does not fit is not kept */
};
#define FINDINGS_INIT ((struct findings){.n = 0})
void findings_done(struct findings *f);

/* todo: a literal or NULL. */
void finding_add(struct findings *f, enum finding_level level, const char *code, const char *todo,
		 const char *format, ...) _printf_(5, 6);

enum finding_level findings_worst(const struct findings *f);
/* The exit code: 0 nothing or ok, EXIT_WARN, EXIT_FAILED. */
int findings_exit(const struct findings *f);
size_t findings_count(const struct findings *f, enum finding_level level);

/* "warn  text" and "      what to do: …", the worst first if sorted is asked for; those below
 * `least` are left out. */
void findings_to_text(const struct findings *f, enum finding_level least, bool worst_first,
		      struct buf *out);
void finding_to_text(const struct finding *i, struct buf *out);
/* [{"level":…,"code":…,"text":…,"todo":…},…] */
void findings_to_json(const struct findings *f, struct buf *out);
