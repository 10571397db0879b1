#include "cli/who.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

const char *who_acts(void)
{
	static char who[80];
	const struct passwd *account = getpwuid(getuid());

	if (account)
		(void)snprintf(who, sizeof(who), "shell:%s", account->pw_name);
	else
		(void)snprintf(who, sizeof(who), "shell:%ld", (long)getuid());
	return who;
}
