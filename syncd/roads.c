/* What was learned of a road (failures, probes) outlives a new enrolment; that the preferred one is
 * worth a probe is what a new enrolment says. */
#include "syncd/roads.h"

#include <string.h>

#include "base/cleanup.h"
#include "syncd/transport_child.h"
#include "syncd/transport_https.h"

static int open_one(enum home_transport which, const struct enrolment *e, const char *agent,
		    bool is_only, struct transport **ret, struct err *err)
{
	const struct https_options https = {.enrolment = e, .agent = agent};
	const struct sftp_options sftp = {
	    .to = enrolment_sftp(e), .answer_timeout = is_only ? 0 : SFTP_ANSWER_TIMEOUT_OTHER};

	if (which == HOME_HTTPS)
		return transport_https_new(&https, ret, err);
	if (!enrolment_sftp(e))
		return err_set(err, ERR_INVALID,
			       "home.yaml names the transport sftp, but the enrolment has no part "
			       "\"sftp\"; bedpost-admin facility renew --sftp URL makes one");
	return transport_child_new(&sftp, ret, err);
}

static int open_all(struct roads *r, const struct home *home, const char *agent, struct err *err)
{
	int result = enrolment_load(home->enrolment, &r->enrolment, err);

	if (result < 0)
		return result;
	if (strcmp(enrolment_facility(r->enrolment), home->facility) != 0)
		return err_set(err, ERR_INVALID, "%s is the enrolment of %s, but this home is %s",
			       home->enrolment, enrolment_facility(r->enrolment), home->facility);
	for (; r->n < home->n_transports; r->n++) {
		result = open_one(home->transports[r->n], r->enrolment, agent,
				  home->n_transports < 2, &r->transports[r->n], err);
		if (result < 0)
			return result;
	}
	return 0;
}

int roads_open(struct roads *r, const struct home *home, const char *agent, struct err *err)
{
	_cleanup_(roads_done) struct roads fresh = {0};
	int result = open_all(&fresh, home, agent, err);

	if (result < 0)
		return result;
	if (r->n == 0) {
		road_init(&fresh.road, fresh.n, (unsigned)home->failover_after);
	} else {
		fresh.road = r->road;
		road_probe_soon(&fresh.road, clock_monotonic());
	}
	struct roads old = *r;
	*r = fresh;
	fresh = old;
	return 0;
}

void roads_done(struct roads *r)
{
	for (size_t i = 0; i < r->n; i++)
		transport_free(r->transports[i]);
	enrolment_free(r->enrolment);
	*r = (struct roads){0};
}

struct transport *roads_choose(struct roads *r, usec_t now)
{
	return r->transports[road_choose(&r->road, now)];
}

struct transport *roads_used(const struct roads *r)
{
	return r->transports[r->road.used];
}

struct transport *roads_current(const struct roads *r)
{
	return r->transports[r->road.current];
}

bool roads_is_https(const struct transport *t)
{
	return strcmp(t->ops->name, home_transport_name(HOME_HTTPS)) == 0;
}

const char *roads_url(const struct roads *r, const struct transport *t)
{
	return roads_is_https(t) ? enrolment_url(r->enrolment) : enrolment_sftp(r->enrolment)->url;
}
