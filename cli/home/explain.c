/* bedpost explain: which file or bed is meant. */
#include "cli/home/explain.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "bed/ident.h"
#include "watcher/dropped.h"

static bool is_regular(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int by_id(struct explaining *x, int64_t id)
{
	struct listing_file f;
	struct err err;

	if (listing_file(x->place.outbox, id, &x->arena, &f, &err) < 0)
		return command_failed(&err);
	return explain_file(x, &f, 0);
}

/* The file that lies at this path, if its bytes were ever taken; 0 if not. */
static int64_t id_of_bytes(struct explaining *x, const char *path)
{
	_cleanup_(dropped_done) struct dropped d = DROPPED_INIT;
	struct err err;
	int64_t id = 0;

	if (!is_regular(path) || dropped_open(&d, AT_FDCWD, path, &err) < 0 || d.is_too_big)
		return 0;
	if (trace_file_with(x->place.outbox, &d.digest, &id, &err) < 0)
		return 0;
	return id;
}

/* The newest of this name; the others are named. */
static int by_name(struct explaining *x, const char *name)
{
	struct listing_file *files = NULL;
	struct err err;
	size_t n = 0;

	if (listing_files_named(x->place.outbox, name, 0, &x->arena, &files, &n, &err) < 0)
		return command_failed(&err);
	if (n > 0)
		return explain_file(x, &files[0], n - 1);
	if (is_regular(name))
		return command_error(EXIT_MISSING,
				     "a file of these bytes was never taken; bedpost adapter try "
				     "tells what would be made of it");
	return command_error(EXIT_MISSING,
			     "no bed, and no file of this name, is known here (bedpost bed list, "
			     "bedpost files)");
}

static bool is_bed(struct explaining *x, const char *operand)
{
	struct trace_event *events;
	struct listing_bed bed;
	struct err err;
	uint64_t all = 0;
	size_t n;

	if (!ident_is_valid(span_str(operand)))
		return false;
	if (trace_bed(x->place.outbox, operand, &x->arena, &bed, &err) == 0)
		return true;
	return trace_of_bed(x->place.outbox, operand, 1, &x->arena, &events, &n, &all, &err) == 0 &&
	       all > 0;
}

static int find_and_explain(struct explaining *x, const char *operand)
{
	if (!operand)
		return by_id(x, x->options->file);
	int64_t id = id_of_bytes(x, operand);
	if (id > 0) {
		if (!x->from)
			x->from = operand;
		return by_id(x, id);
	}
	return is_bed(x, operand) ? explain_bed(x, operand) : by_name(x, operand);
}

static void adapter_is_off(_unused_ void *ctx, _unused_ const char *path, _unused_ const char *text)
{
	/* It is said where a file needs it. */
}

static void tear_down(struct explaining *x)
{
	catalog_done(&x->catalog);
	zone_free(x->zone);
	arena_done(&x->arena);
	place_done(&x->place);
}

int explain(const struct command_line *line)
{
	_cleanup_(tear_down) struct explaining x = {.options = line->options, .json = line->json};
	struct err err;

	if ((line->n == 1) == (x.options->file > 0))
		return command_error(EXIT_USAGE, "say a FILE, a BED, or --file ID");
	int code = place_open(&x.place, line);
	if (code != EXIT_OK)
		return code;
	const struct home *home = x.place.home;
	x.from = x.options->from;
	if (zone_load(home->zone, &x.zone, &err) < 0 ||
	    catalog_load(&x.catalog, home->adapters, home->facility, adapter_is_off, NULL, &err) <
		0)
		return command_failed(&err);
	return find_and_explain(&x, line->n == 1 ? line->operands[0] : NULL);
}
