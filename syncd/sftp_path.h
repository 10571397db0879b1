/* Where a batch and its answer lie, seen from the account's folder (bed/batch_name.h). Pure. */
#pragma once

#define SFTP_PATH_MAX 1024

enum sftp_place {
	SFTP_PART,   /* inbox/.<name>.ndjson.zst.part */
	SFTP_INBOX,  /* inbox/<name>.ndjson.zst */
	SFTP_ANSWER, /* ack/<name>.json */
};

/* dir: "" or with a slash at its end; name without a suffix. Returns out. */
const char *sftp_path(enum sftp_place place, const char *dir, const char *name,
		      char out[SFTP_PATH_MAX]);
