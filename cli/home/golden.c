#include "cli/home/golden.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define GOLDEN_MAX 10000

void golden_done(struct golden *g)
{
	arena_done(&g->arena);
	*g = (struct golden){0};
}

static const char *folder_of(const struct adapter *a, struct arena *arena)
{
	const char *path = adapter_path(a), *slash = strrchr(path, '/');

	return slash ? arena_printf(arena, "%.*s/tests/%s", (int)(slash - path), path,
				    adapter_name(a))
		     : arena_printf(arena, "tests/%s", adapter_name(a));
}

/* What people put beside exports is none. */
static int is_export(const struct dirent *e)
{
	const struct span name = span_str(e->d_name);

	return e->d_name[0] != '.' && !span_ends(name, SPAN(GOLDEN_SUFFIX)) &&
	       !span_ends(name, SPAN("~")) && strncasecmp(e->d_name, "README", 6) != 0;
}

static bool is_listed(const struct golden *g, const char *input)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->tests[i].input, input) == 0)
			return true;
	return false;
}

int golden_of(const struct adapter *a, struct golden *ret, struct err *err)
{
	const struct adapter_test *listed;
	struct dirent **names = NULL;
	struct stat st;

	*ret = (struct golden){.n = adapter_tests(a, &listed)};
	const char *folder = folder_of(a, &ret->arena);
	int n = scandir(folder, &names, is_export, alphasort);
	if (n < 0 && errno != ENOENT) {
		golden_done(ret);
		return err_errno(err, errno, "%s", folder);
	}
	ret->tests =
	    arena_array(&ret->arena, struct adapter_test, ret->n + (size_t)(n > 0 ? n : 0) + 1);
	if (ret->n > 0)
		memcpy(ret->tests, listed, ret->n * sizeof(*listed));
	for (int i = 0; i < n; i++) {
		const char *input = arena_printf(&ret->arena, "%s/%s", folder, names[i]->d_name);
		free(names[i]);
		if (lstat(input, &st) < 0 || !S_ISREG(st.st_mode) || is_listed(ret, input) ||
		    ret->n >= GOLDEN_MAX)
			continue;
		ret->tests[ret->n++] = (struct adapter_test){
		    input, arena_printf(&ret->arena, "%s" GOLDEN_SUFFIX, input)};
	}
	free(names);
	return 0;
}
