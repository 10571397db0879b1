/* The commands of bedpost-admin, one list per noun; main.c puts them together. */
#pragma once

#include "cli/command.h"

extern const struct command commands_access[], commands_alert[], commands_alert_rule[],
    commands_audit[], commands_ca[], commands_db[], commands_facility[], commands_feed[],
    commands_oidc[], commands_region[], commands_subscription[], commands_token[], commands_user[];
