/* The home that a command speaks of. */
#pragma once

#include "cli/command.h"
#include "cli/table.h"
#include "outbox/home.h"
#include "outbox/outbox.h"

struct place {
	struct home *home;
	struct outbox *outbox; /* read only */
};
#define PLACE_INIT ((struct place){0})
void place_done(struct place *p);

/* Each gives 0, or has printed what is wrong and gives the exit code. */
int place_open(struct place *p, const struct command_line *line); /* home.yaml and the outbox */
int place_open_home(struct place *p, const struct command_line *line); /* home.yaml alone */
/* As place_open_home(), but where there is no home.yaml,
 * p->home stays NULL and that is no error. */
int place_find_home(struct place *p, const struct command_line *line);

/* A command that lists: opens the home and its outbox, lets add() fill the rows, and prints them,
 * as JSON {"<key>":[…]}. What add() reads may stand in the arena. Gives the exit code. */
typedef int place_add_fn(const struct place *p, const struct command_line *line, struct arena *a,
			 struct table *t, struct err *err);
int place_list(const struct command_line *line, const char *key, const struct table_column *columns,
	       place_add_fn *add);
/* After n rows of a list with list_options, the last of which has this id: how to see more. A full
 * page is not the last one, as a rule. */
void place_tell_more(const struct command_line *line, size_t n, int64_t last);
