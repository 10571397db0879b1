#include "syncd/sftp_path.h"

#include <stdio.h>

#include "bed/batch_name.h"

static const struct {
	const char *before, *after;
} places[] = {
    [SFTP_PART] = {"inbox/.", BATCH_NAME_SUFFIX BATCH_NAME_PARTIAL},
    [SFTP_INBOX] = {"inbox/", BATCH_NAME_SUFFIX},
    [SFTP_ANSWER] = {"ack/", BATCH_NAME_ANSWER},
};

const char *sftp_path(enum sftp_place place, const char *dir, const char *name,
		      char out[SFTP_PATH_MAX])
{
	(void)snprintf(out, SFTP_PATH_MAX, "%s%s%s%s", dir, places[place].before, name,
		       places[place].after);
	return out;
}
