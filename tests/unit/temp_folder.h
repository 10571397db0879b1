/* A folder of the test's own under /tmp. */
#pragma once

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define TEMP_FOLDER "/tmp/bedpost-test-XXXXXX"

static inline void temp_folder_make(char path[static sizeof(TEMP_FOLDER)])
{
	memcpy(path, TEMP_FOLDER, sizeof(TEMP_FOLDER));
	assert_non_null(mkdtemp(path));
}

static inline int temp_folder_remove_one(const char *path, _unused_ const struct stat *st,
					 _unused_ int type, _unused_ struct FTW *at)
{
	return remove(path);
}

/* With all that is in it. */
static inline void temp_folder_remove(const char *path)
{
	(void)nftw(path, temp_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
