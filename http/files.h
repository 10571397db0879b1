/* Static files from one folder, kept in memory in plain and gzip form, read again when they change
 * on disk. */
#pragma once

#include "base/err.h"
#include "http/httpd.h"

#define FILES_MAX      ((size_t)8 << 20) /* one file; a larger one is not served */
#define FILES_KEPT_MAX 256		 /* files in memory; more are not served */

struct files;
int files_open(const char *root, struct files **ret, struct err *err);
void files_close(struct files *f); /* NULL allowed */
DEFINE_CLEANUP(struct files *, files_close)
/* A file whose name ends in its content's sum, as esbuild makes it ("more-JZPSBIJF.js"), may be
 * kept for ever; any other is asked for anew, unless the caller has set Cache-Control. */
/* Answers with the file at path below the root ("" and "x/" are their index.html), 304, or 404. No
 * part of a path may begin with a dot; links are not followed; only the types in files.c are
 * served. Any thread. */
void files_answer(struct files *f, struct httpd_rq *rq, struct span path);
