/* bedpost-report schedule FILE: what is due and not made yet. */
#pragma once

#include "cli/command.h"

extern const struct command run_schedule_command;
