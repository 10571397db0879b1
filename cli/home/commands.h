/* The commands of bedpost; each gives its exit code. */
#pragma once

#include "cli/command.h"

struct try_options {
	const char *adapter, *format, *facility, *zone;
	int64_t limit;
};

struct new_options {
	const char *name, *facility, *zone, *output;
};

struct replay_options {
	const char *adapter, *from;
	int64_t file;
	bool dry_run, refused, far_off;
};

#define EXPLAIN_LIMIT 1000 /* without -n; of a bed 20 */
struct explain_options {
	const char *from;
	int64_t file, line, limit;
};

struct test_options {
	const char *facility, *junit;
	bool update;
};

struct list_options {
	int64_t limit, file, after;
	bool all, dead;
	const char *ward, *status;
};

struct archive_options {
	const char *key, *out;
	int64_t limit;
};

struct status_options {
	bool watch;
};

struct bed_set_options {
	const char *was, *reason, *by, *key;
};

struct board_pin_options {
	bool remove, from_stdin;
};

struct doctor_options {
	bool write;
};

int adapter_check(const struct command_line *line);
int adapter_diff(const struct command_line *line);
int adapter_new(const struct command_line *line);
int adapter_reference_show(const struct command_line *line);
int adapter_try(const struct command_line *line);
int adapter_test(const struct command_line *line);
int explain(const struct command_line *line);
int files_list(const struct command_line *line);
int files_show(const struct command_line *line);
int files_release(const struct command_line *line);
int files_reject(const struct command_line *line);
int archive_key(const struct command_line *line);
int archive_list(const struct command_line *line);
int archive_open(const struct command_line *line);
int quarantine_list(const struct command_line *line);
int quarantine_show(const struct command_line *line);
int quarantine_replay(const struct command_line *line);
int outbox_status_show(const struct command_line *line);
int outbox_list(const struct command_line *line);
int outbox_export(const struct command_line *line);
int outbox_verify(const struct command_line *line);
int beds_list(const struct command_line *line);
int bed_set(const struct command_line *line);
int board_pin(const struct command_line *line);
int board_list(const struct command_line *line);
int status_show(const struct command_line *line);
int doctor(const struct command_line *line);
