/* The home that a command speaks of. */
#pragma once

#include "cli/command.h"
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
