/* In the order of the command line, within a folder by name. */
#include "cli/home/yaml_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home/place.h"

#define FILES_MAX 4096

void yaml_files_done(struct yaml_files *y)
{
	arena_done(&y->arena);
	*y = (struct yaml_files){0};
}

static int is_yaml(const struct dirent *e)
{
	struct span name = span_str(e->d_name);

	return e->d_name[0] != '.' &&
	       (span_ends(name, SPAN(".yaml")) || span_ends(name, SPAN(".yml")));
}

static void add(struct yaml_files *y, const char *path)
{
	if (y->n < FILES_MAX)
		y->path[y->n++] = path;
}

static int add_folder(struct yaml_files *y, const char *dir)
{
	struct dirent **names;
	struct err err;
	int n = scandir(dir, &names, is_yaml, alphasort);

	if (n < 0) {
		(void)err_errno(&err, errno, "%s", dir);
		return command_failed(&err);
	}
	for (int i = 0; i < n; i++) {
		add(y, arena_printf(&y->arena, "%s/%s", dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
	return EXIT_OK;
}

const char *yaml_files_find(const struct home *home, const char *name, struct arena *a)
{
	if (!home || strchr(name, '/') || access(name, F_OK) == 0)
		return name;
	const char *path = arena_printf(a, "%s/%s", home->adapters, name);
	return access(path, F_OK) == 0 ? path : name;
}

/* home.yaml is looked for only where it is asked. */
static int add_named(struct yaml_files *y, struct place *place, const struct command_line *line,
		     const char *name)
{
	bool is_here = strchr(name, '/') || access(name, F_OK) == 0;
	int code = is_here || place->home ? EXIT_OK : place_find_home(place, line);

	if (code == EXIT_OK)
		add(y, yaml_files_find(place->home, name, &y->arena));
	return code;
}

int yaml_files_of(const struct command_line *line, struct yaml_files *ret)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	int code = EXIT_OK;

	*ret = (struct yaml_files){0};
	ret->path = arena_array(&ret->arena, const char *, FILES_MAX);
	if (line->n == 0) {
		code = place_open_home(&place, line);
		return code == EXIT_OK ? add_folder(ret, place.home->adapters) : code;
	}
	for (size_t i = 0; i < line->n && code == EXIT_OK; i++) {
		struct stat st;
		if (stat(line->operands[i], &st) == 0 && S_ISDIR(st.st_mode))
			code = add_folder(ret, line->operands[i]);
		else
			code = add_named(ret, &place, line, line->operands[i]);
	}
	return code;
}
