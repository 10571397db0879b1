/* A TCP connection is tried apart from what is spoken over it, for no library tells the two apart
 * for sure. */
#include "syncd/probe.h"

#include <poll.h>

#include "syncd/dial.h"

bool probe_tcp(const char *host, uint16_t port, struct probe *p, int *ret_fd)
{
	usec_t deadline = clock_monotonic() + PROBE_TIMEOUT;
	enum dial_progress at = DIAL_WAIT;
	struct dial *dial = NULL;

	p->reached = PROBE_RESOLVE;
	if (dial_start(host, port, &dial, &p->why) < 0)
		return false;
	while ((at = dial_step(dial, ret_fd, &p->why)) == DIAL_WAIT &&
	       clock_monotonic() < deadline) {
		struct pollfd fd = {.fd = dial_fd(dial), .events = POLLOUT};
		(void)poll(&fd, 1, DIAL_LOOK_MS);
	}
	if (dial_is_named(dial))
		p->reached = PROBE_CONNECT;
	dial_address(dial, p->address, sizeof(p->address));
	dial_free(dial);
	if (at == DIAL_WAIT)
		(void)err_set(&p->why, ERR_TIMEOUT, "nobody answers within %d seconds",
			      (int)(PROBE_TIMEOUT / USEC_PER_SEC));
	return at == DIAL_CONNECTED;
}
