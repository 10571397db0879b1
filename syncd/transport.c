/* What a status means stands apart from the libraries so that all roads tell it alike, and it can
 * be read and tested by itself. */
#include "syncd/transport.h"

#include <assert.h>
#include <errno.h>

#include <jansson.h>

enum reply_kind transport_kind_of_status(int status)
{
	switch (status) {
	case 200: return REPLY_ANSWERED;
	case 400:
	case 413:
	case 415:
	case 422: return REPLY_REFUSED;
	case 409: return REPLY_EPOCH;
	case 408:
	case 425:
	case 429: return REPLY_TRANSIENT;
	default: break;
	}
	/* Other 2xx, 3xx and 4xx come from something that is not our region: a proxy, a portal, a
	 * wrong address. */
	return status >= 500 ? REPLY_TRANSIENT : REPLY_PERSON;
}

static const char *words_of_status(int status)
{
	switch (status) {
	case 400: return "the region cannot read the batch";
	case 401:
	case 403: return "the region does not let this home in";
	case 404: return "there is no region at this address";
	case 409: return "the region knows other events under this epoch";
	case 413: return "the region finds the batch too large";
	case 422: return "the region refuses the batch";
	case 429: return "the region asks for fewer requests";
	case 503: return "the region is not ready";
	default: break;
	}
	if (status >= 500)
		return "the region has trouble of its own";
	return status >= 300 && status < 400 ? "something redirects us away from the region"
					     : "an unexpected answer";
}

void transport_fill_status(struct transport_reply *r, int status)
{
	r->status = status;
	r->kind = transport_kind_of_status(status);
	if (r->kind == REPLY_ANSWERED)
		return;
	enum err_code code = r->kind == REPLY_TRANSIENT ? ERR_UNAVAILABLE
			     : r->kind == REPLY_PERSON	? ERR_DENIED
			     : r->kind == REPLY_EPOCH	? ERR_CONFLICT
							: ERR_INVALID;
	(void)err_set(&r->why, code, "%s (status %d)", words_of_status(status), status);
}

int transport_status_of_file(struct span json)
{
	json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	json_t *status = json_object_get(root, "status");
	int n = json_is_integer(status) ? (int)json_integer_value(status) : 200;

	json_decref(root);
	return n;
}

int transport_step(struct transport *t, struct pollfd *fds, size_t n_fds, int timeout_ms,
		   bool *ret_done, struct err *err)
{
	for (size_t i = 0; i < n_fds; i++)
		fds[i].revents = 0;
	return t->ops->step(t, fds, n_fds, timeout_ms, ret_done, err);
}

int transport_poll(struct pollfd *fds, size_t n_fds, struct pollfd own, int timeout_ms,
		   struct err *err)
{
	struct pollfd all[TRANSPORT_FDS_MAX + 1];

	assert(n_fds <= TRANSPORT_FDS_MAX);
	for (size_t i = 0; i < n_fds; i++)
		all[i] = (struct pollfd){.fd = fds[i].fd, .events = POLLIN};
	all[n_fds] = own;
	if (poll(all, n_fds + 1, timeout_ms) < 0 && errno != EINTR)
		return err_errno(err, errno, "poll");
	for (size_t i = 0; i < n_fds; i++)
		fds[i].revents = all[i].revents;
	return 0;
}
