/* In the order of the command line, within a folder by name. */
#include "cli/home/yaml_files.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

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
			add(ret, line->operands[i]);
	}
	return code;
}
