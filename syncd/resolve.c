/* getaddrinfo_a() has no descriptor to wait for, so it is looked at from time to time: a new
 * connection is seldom and a name takes milliseconds. A request that cannot be cancelled belongs to
 * the library's thread until it is over; its memory is then left to it. */
#include "syncd/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct resolve {
	struct gaicb request;
	struct gaicb *list[1];
	struct addrinfo hints;
	char host[256], port[8];
};

int resolve_start(const char *host, uint16_t port, struct resolve **ret, struct err *err)
{
	if (strlen(host) >= sizeof((*ret)->host))
		return err_set(err, ERR_INVALID, "the host's name is too long");
	struct resolve *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	(void)snprintf(r->host, sizeof(r->host), "%s", host);
	(void)snprintf(r->port, sizeof(r->port), "%u", port);
	r->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	if (strspn(host, "0123456789.") == strlen(host) || strchr(host, ':'))
		r->hints.ai_flags = AI_NUMERICHOST;
	r->request =
	    (struct gaicb){.ar_name = r->host, .ar_service = r->port, .ar_request = &r->hints};
	r->list[0] = &r->request;
	int code = getaddrinfo_a(GAI_NOWAIT, r->list, 1, NULL);
	if (code != 0) {
		free(r);
		return err_set(err, ERR_UNAVAILABLE, "the region's name cannot be looked up (%s)",
			       gai_strerror(code));
	}
	*ret = r;
	return 0;
}

bool resolve_done(struct resolve *r, int *ret_result, const struct addrinfo **ret_list,
		  struct err *err)
{
	int code = gai_error(&r->request);

	if (code == EAI_INPROGRESS)
		return false;
	*ret_result = 0;
	*ret_list = r->request.ar_result;
	if (code != 0)
		*ret_result =
		    err_set(err, ERR_UNAVAILABLE, "the region's name does not resolve (%s)",
			    gai_strerror(code));
	return true;
}

void resolve_free(struct resolve *r)
{
	if (!r)
		return;
	if (gai_error(&r->request) == EAI_INPROGRESS && gai_cancel(&r->request) != EAI_CANCELED &&
	    gai_error(&r->request) == EAI_INPROGRESS)
		return;
	if (r->request.ar_result)
		freeaddrinfo(r->request.ar_result);
	free(r);
}
