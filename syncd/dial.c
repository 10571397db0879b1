/* getaddrinfo_a() has no descriptor to wait for, so it is looked at from time to time: a new
 * connection is seldom and a name takes milliseconds. A request that cannot be cancelled belongs to
 * the library's thread until it is over; its memory is then left to it. */
#include "syncd/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

struct dial {
	struct gaicb request;
	struct gaicb *list[1];
	struct addrinfo hints;
	char host[256], port[8];
	const struct addrinfo *address; /* being tried; NULL: the name is looked up */
	int fd;
};

int dial_start(const char *host, uint16_t port, struct dial **ret, struct err *err)
{
	if (strlen(host) >= sizeof((*ret)->host))
		return err_set(err, ERR_INVALID, "the host's name is too long");
	struct dial *d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	d->fd = -1;
	(void)snprintf(d->host, sizeof(d->host), "%s", host);
	(void)snprintf(d->port, sizeof(d->port), "%u", port);
	d->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	if (strspn(host, "0123456789.") == strlen(host) || strchr(host, ':'))
		d->hints.ai_flags = AI_NUMERICHOST;
	d->request =
	    (struct gaicb){.ar_name = d->host, .ar_service = d->port, .ar_request = &d->hints};
	d->list[0] = &d->request;
	int code = getaddrinfo_a(GAI_NOWAIT, d->list, 1, NULL);
	if (code != 0) {
		free(d);
		return err_set(err, ERR_UNAVAILABLE, "the region's name cannot be looked up (%s)",
			       gai_strerror(code));
	}
	*ret = d;
	return 0;
}

static int begin_connect(struct dial *d)
{
	const struct addrinfo *a = d->address;
	int yes = 1;

	d->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) < 0 && errno != EINPROGRESS)
		return errno;
	return 0;
}

/* Tries addresses, from the one in d on, until one does not fail at once. */
static enum dial_progress try_addresses(struct dial *d, int errnum, struct err *err)
{
	while (d->address) {
		closep(&d->fd);
		d->fd = -1;
		errnum = begin_connect(d);
		if (errnum == 0)
			return DIAL_WAIT;
		d->address = d->address->ai_next;
	}
	(void)err_set(err, ERR_UNAVAILABLE, "the region's server cannot be reached (%s)",
		      strerror(errnum));
	return DIAL_FAILED;
}

static enum dial_progress look_up(struct dial *d, struct err *err)
{
	int code = gai_error(&d->request);

	if (code == EAI_INPROGRESS)
		return DIAL_WAIT;
	if (code != 0) {
		(void)err_set(err, ERR_UNAVAILABLE, "the region's name does not resolve (%s)",
			      gai_strerror(code));
		return DIAL_FAILED;
	}
	d->address = d->request.ar_result;
	return try_addresses(d, 0, err);
}

enum dial_progress dial_step(struct dial *d, int *ret_fd, struct err *err)
{
	struct pollfd ready = {.fd = d->fd, .events = POLLOUT};
	socklen_t n = sizeof(int);
	int errnum = 0;

	if (!d->address)
		return look_up(d, err);
	if (poll(&ready, 1, 0) < 1)
		return DIAL_WAIT;
	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &errnum, &n) < 0)
		errnum = errno;
	if (errnum) {
		d->address = d->address->ai_next;
		return try_addresses(d, errnum, err);
	}
	*ret_fd = TAKE_FD(d->fd);
	return DIAL_CONNECTED;
}

int dial_fd(const struct dial *d)
{
	return d->fd;
}

bool dial_is_named(const struct dial *d)
{
	return gai_error((struct gaicb *)&d->request) == 0;
}

void dial_address(const struct dial *d, char *out, size_t size)
{
	const struct addrinfo *a = d->address ? d->address : NULL;

	out[0] = '\0';
	if (!a && dial_is_named(d))
		a = d->request.ar_result;
	if (a)
		(void)getnameinfo(a->ai_addr, a->ai_addrlen, out, (socklen_t)size, NULL, 0,
				  NI_NUMERICHOST);
}

void dial_free(struct dial *d)
{
	if (!d)
		return;
	closep(&d->fd);
	d->fd = -1;
	if (gai_error(&d->request) == EAI_INPROGRESS && gai_cancel(&d->request) != EAI_CANCELED &&
	    gai_error(&d->request) == EAI_INPROGRESS)
		return;
	if (d->request.ar_result)
		freeaddrinfo(d->request.ar_result);
	free(d);
}
