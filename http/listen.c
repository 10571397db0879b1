#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/arena.h"

#define BACKLOG 1024

static int split_address(const char *listen, struct arena *a, const char **ret_host,
			 const char **ret_port, struct err *err)
{
	const char *colon = strrchr(listen, ':');
	uint64_t port;

	if (!colon || !span_to_u64(span_str(colon + 1), &port) || port > 65535)
		return err_set(err, ERR_INVALID, "listen address \"%s\": expected host:port",
			       listen);
	struct span host = span_of(listen, (size_t)(colon - listen));
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_of(host.p + 1, host.n - 2);
	else if (memchr(host.p, ':', host.n))
		return err_set(err, ERR_INVALID, "listen address \"%s\": write [%.*s]:%s", listen,
			       SPAN_ARG(host), colon + 1);
	*ret_host = host.n ? arena_strndup(a, host.p, host.n) : NULL;
	*ret_port = colon + 1;
	return 0;
}

int listen_open(const char *listen_at, int *ret, unsigned *ret_port, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM},
			*found;
	const char *host = NULL, *port = NULL;
	_cleanup_(closep) int fd = -1;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} at = {0};
	socklen_t n = sizeof(at);

	int r = split_address(listen_at, &a, &host, &port, err);
	if (r < 0)
		return r;
	if (!host)
		hints.ai_family = AF_INET6; /* takes IPv4 too */
	r = getaddrinfo(host, port, &hints, &found);
	if (r)
		return err_set(err, ERR_UNAVAILABLE, "listen address \"%s\": %s", listen_at,
			       gai_strerror(r));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0;
	if (ok && !host)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
	ok = ok && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
	     getsockname(fd, &at.any, &n) == 0;
	freeaddrinfo(found);
	if (!ok)
		return err_errno(err, errno, "listen on %s", listen_at);
	/* sin_port and sin6_port stand at the same place. */
	*ret_port = ntohs(at.in.sin_port);
	*ret = TAKE_FD(fd);
	return 0;
}

void listen_raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}
