#include "tests/unit/http/client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <sys/socket.h>
#include <sys/time.h>

int client_connect(unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct timeval deadline = {.tv_sec = CLIENT_DEADLINE_SECONDS};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void client_send_span(int fd, struct span bytes)
{
	while (bytes.n) {
		ssize_t sent = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (sent <= 0)
			return; /* the test sees it in the answer */
		bytes = span_of(bytes.p + sent, bytes.n - (size_t)sent);
	}
}

void client_send(int fd, const char *bytes)
{
	client_send_span(fd, span_str(bytes));
}

static bool read_more(int fd, struct buf *out)
{
	char *to = buf_reserve(out, 65536);
	ssize_t n = recv(fd, to, 65536, 0);

	if (n <= 0)
		return false;
	out->n += (size_t)n;
	out->p[out->n] = '\0';
	return true;
}

static bool is_whole(const struct buf *b, bool head_only)
{
	const char *end = b->p ? strstr(b->p, "\r\n\r\n") : NULL, *length;

	if (!end)
		return false;
	if (head_only)
		return true;
	length = strcasestr(b->p, "\r\nContent-Length:");
	if (length && length < end)
		return b->n - (size_t)(end + 4 - b->p) >= strtoul(length + 17, NULL, 10);
	return strncmp(b->p + 9, "304", 3) == 0 || strncmp(b->p + 9, "204", 3) == 0 ||
	       strstr(end, "\r\n0\r\n\r\n");
}

int client_read(int fd, struct buf *out, bool head_only)
{
	while (!is_whole(out, head_only))
		if (!read_more(fd, out))
			return 0;
	return atoi(out->p + 9);
}

bool client_read_until(int fd, struct buf *out, const char *text)
{
	while (!out->p || !strstr(out->p, text))
		if (!read_more(fd, out))
			return false;
	return true;
}

int client_ask(unsigned port, const char *request, struct buf *out)
{
	_cleanup_(closep) int fd = client_connect(port);

	buf_clear(out);
	if (fd < 0)
		return 0;
	client_send(fd, request);
	return client_read(fd, out, strncmp(request, "HEAD", 4) == 0);
}
