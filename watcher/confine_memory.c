/* By itself, so that a program which is not confined needs no libseccomp for it. */
#include "watcher/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void confine_memory(void)
{
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	(void)prctl(PR_SET_DUMPABLE, 0);
}
