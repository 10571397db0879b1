/* What a process may still do once it is confined: the files named here, on the network at most one
 * port, and the system calls that it needs. For ever, and for all threads that are started after.
 *
 *     files     Landlock (Linux 5.13; binding and connecting from 6.7): no other file is opened,
 * made, renamed, removed or run calls     seccomp, through libseccomp: no program is started, no
 * process traced, no socket made but local ones, or the board's
 *
 * A kernel or a build without one of them does without; what is in force is told. A build with
 * sanitizers confines nothing: their reports read /proc and start helpers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CONFINE_PATHS_MAX 1024

enum confine_access {
	CONFINE_READ,  /* a file, or a folder with all below it */
	CONFINE_WRITE, /* a folder with all below it: read, make, write, rename, remove; run nothing
			*/
};

struct confine_path {
	const char *path;
	enum confine_access access;
};

struct confine {
	struct confine_path paths[CONFINE_PATHS_MAX];
	size_t n_paths;
	bool listens; /* TCP on `port` may be listened on; 0: on any */
	uint16_t port;
};

/* A path that is not there is left out. The string stays the caller's. */
void confine_allow(struct confine *c, const char *path, enum confine_access access);

struct confined {
	int files;		/* Landlock's version; 0: not in force */
	bool calls;		/* seccomp is in force */
	char why_not_files[96]; /* "" where it is */
	char why_not_calls[96];
};

/* What cannot be had is told in *ret: the process goes on without. */
void confine_enter(const struct confine *c, struct confined *ret);

/* The half that libseccomp does (confine_calls.c). */
bool confine_calls(const struct confine *c, char why_not[static 96]);

/* No core file, and nobody else of the account looks into this memory: for every program that reads
 * dropped files. */
void confine_memory(void);
