/* SIGKILL rather than abort(): nothing is flushed, no handler runs, just as when the machine's
 * power goes. */
#include "base/kill_point.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"

enum { NOT_READ, DISARMED, ARMED };

static _Atomic int kill_state = NOT_READ;
static char kill_name[64];
static _Atomic uint64_t kill_passages; /* still to go before it kills */

void kill_point_arm(const char *spec)
{
	struct span rest = span_str(spec), name;
	uint64_t passages = 1;

	if (!spec || !span_cut(&rest, ':', &name) || name.n == 0 || name.n >= sizeof(kill_name)) {
		kill_state = DISARMED;
		return;
	}
	if (rest.p && !span_to_u64(rest, &passages))
		passages = 1;
	memcpy(kill_name, name.p, name.n);
	kill_name[name.n] = '\0';
	kill_passages = passages > 0 ? passages : 1;
	kill_state = ARMED;
}

void kill_point(const char *name)
{
	if (kill_state == DISARMED)
		return;
	if (kill_state == NOT_READ)
		kill_point_arm(getenv("BEDPOST_KILL_AT"));
	if (kill_state != ARMED || strcmp(name, kill_name) != 0)
		return;
	if (--kill_passages == 0)
		(void)kill(getpid(), SIGKILL);
}
