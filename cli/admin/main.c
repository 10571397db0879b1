/* bedpost-admin: the command lists put together. */
#include "config.h"

#include <assert.h>

#include "base/digest.h"
#include "cli/admin/commands.h"
#include "regional/conf.h"

#define COMMANDS_MAX 64

int main(int argc, char **argv)
{
	const struct command *const lists[] = {
	    commands_audit,	 commands_ca,		commands_db,	commands_region,
	    commands_facility,	 commands_token,	commands_user,	commands_access,
	    commands_alert_rule, commands_subscription, commands_alert, commands_feed,
	    commands_oidc};
	struct command all[COMMANDS_MAX] = {0};
	size_t n = 0;

	digest_setup();
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct command *c = lists[i]; c->name; c++) {
			assert(n + 1 < COMMANDS_MAX);
			all[n++] = *c;
		}
	return command_main(
	    &(struct command_program){
		.name = "bedpost-admin",
		.version = PACKAGE_VERSION,
		.help = "Sets up a region: certificates, schema, homes, users, tokens.",
		.config = REGIONAL_CONF_PATH,
		.commands = all},
	    argc, argv);
}
