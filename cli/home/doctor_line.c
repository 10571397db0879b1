/* From the enrolment to the region, a step at a time: the first that fails is the one to mend. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"

#include "cli/home/certificates.h"
#include "cli/home/doctor.h"
#include "cli/home/verdict.h"
#include "cli/home/words.h"
#include "outbox/status_file.h"
#include "syncd/enrolment.h"
#include "syncd/probe.h"

#define RENEW                                                                                      \
	"ask the region for a new enrolment (bedpost-admin facility renew), put it in place, "     \
	"then "                                                                                    \
	"systemctl reload bedpost-syncd"

/* ---- the enrolment ---- */

static void check_file(struct doctor *d)
{
	const char *path = d->home->enrolment;
	struct stat st;

	if (stat(path, &st) < 0 || !d->knows_service)
		return;
	if (d->may_ask && !doctor_access(d, path, R_OK))
		finding_add(d->found, FINDING_FAIL, "enrolment_owner",
			    "chown it to the services' account, mode 0600",
			    "%s may not read the enrolment %s.", d->service_name, path);
	else if (st.st_uid != d->service && st.st_uid != 0)
		finding_add(
		    d->found, FINDING_WARN, "enrolment_owner",
		    "chown it to the services' account, mode 0600",
		    "The enrolment %s, which holds a private key, belongs to another account.",
		    path);
}

static void check_dates(struct doctor *d, const struct certificates *c)
{
	usec_t now = clock_now();
	char at[WORDS_MAX];

	if (c->until <= now)
		finding_add(d->found, FINDING_FAIL, "certificate_expired", RENEW,
			    "The home's certificate has ended: %s.",
			    words_moment(c->until, now, at));
	else if (c->from > now)
		finding_add(d->found, FINDING_FAIL, "certificate_early",
			    "set this computer's clock (timedatectl)",
			    "The home's certificate is not good before %s: is the clock right?",
			    words_moment(c->from, now, at));
	else if (c->until - now < VERDICT_EXPIRY_AHEAD)
		finding_add(d->found, FINDING_WARN, "certificate_expires", RENEW,
			    "The home's certificate ends soon: %s.",
			    words_moment(c->until, now, at));
	else
		finding_add(d->found, FINDING_OK, "certificate", NULL,
			    "The home's certificate is good until %s.",
			    words_moment(c->until, now, at));
	if (c->ca_until - now < 3 * VERDICT_EXPIRY_AHEAD)
		finding_add(d->found, FINDING_WARN, "ca_expires",
			    "ask the region for an enrolment from its new CA",
			    "The region's CA in the enrolment ends: %s.",
			    words_moment(c->ca_until, now, at));
}

static void check_certificates(struct doctor *d, const struct enrolment *e)
{
	struct certificates c;
	struct err err;

	if (certificates_read(enrolment_ca(e), enrolment_cert(e), enrolment_key(e), &c, &err) < 0) {
		finding_add(d->found, FINDING_FAIL, "certificate", RENEW,
			    "The enrolment's certificates cannot be read: %s", err.message);
		return;
	}
	if (!c.is_from_ca)
		finding_add(d->found, FINDING_FAIL, "certificate_ca", RENEW,
			    "The home's certificate is not from the CA in the same file.");
	if (!c.has_key)
		finding_add(d->found, FINDING_FAIL, "certificate_key", RENEW,
			    "The private key in the enrolment is not that of the certificate.");
	if (strcmp(c.name, d->home->facility) != 0)
		finding_add(d->found, FINDING_FAIL, "certificate_name", RENEW,
			    "The home's certificate names %s, and home.yaml says %s.", c.name,
			    d->home->facility);
	check_dates(d, &c);
}

/* NULL: it cannot be used, which has been said. */
static struct enrolment *load(struct doctor *d)
{
	struct enrolment *e = NULL;
	struct err err;

	if (enrolment_load(d->home->enrolment, &e, &err) == 0)
		return e;
	if (err.code == ERR_NOT_FOUND)
		finding_add(
		    d->found, FINDING_FAIL, "enrolment_missing",
		    "put the file that the region made there (bedpost-admin facility add), owned "
		    "by the services' account, mode 0600",
		    "There is no enrolment: %s", err.message);
	else if (err.code == ERR_DENIED && !d->may_ask)
		finding_add(d->found, FINDING_SKIP, "enrolment",
			    "run the doctor as root or as the services' account",
			    "The enrolment may not be read by you, as it should be: %s",
			    err.message);
	else
		finding_add(d->found, FINDING_FAIL, "enrolment",
			    err.code == ERR_DENIED ? "chmod 600 it, owned by the services' account"
						   : RENEW,
			    "The enrolment cannot be used: %s", err.message);
	return NULL;
}

void doctor_enrolment(struct doctor *d)
{
	_cleanup_(enrolment_freep) struct enrolment *e = load(d);

	check_file(d);
	if (!e)
		return;
	if (strcmp(enrolment_facility(e), d->home->facility) != 0)
		finding_add(
		    d->found, FINDING_FAIL, "enrolment_facility",
		    "put this home's own enrolment there, or mend \"facility\" in home.yaml",
		    "The enrolment is of %s, and home.yaml says %s.", enrolment_facility(e),
		    d->home->facility);
	else
		finding_add(d->found, FINDING_OK, "enrolment", NULL, "%s is of %s.",
			    d->home->enrolment, d->home->facility);
	check_certificates(d, e);
}

/* ---- the roads ---- */

struct step {
	const char *code, *good, *todo;
	const char
	    *hung_up; /* what to do instead where the line ended before the step could tell */
};

static const struct step https_steps[] = {
    [PROBE_RESOLVE] =
	{"https_dns", "the region's name is known",
	 "check this computer's name server (resolvectl status), and the address in the "
	 "enrolment"},
    [PROBE_CONNECT] =
	{"https_tcp", "the region's port can be reached",
	 "check network and firewall: this computer must reach that port; ask the region "
	 "whether its server runs"},
    [PROBE_SECURE] =
	{"https_tls", "TLS: the region's certificate and the home's are accepted",
	 "if it is the home's certificate: " RENEW
	 ". If it is the other side's: something stands between (a proxy that looks into "
	 "TLS?), or the region has a new CA"},
    [PROBE_LOGIN] = {NULL, NULL, NULL},
    [PROBE_ANSWER] =
	{"https_answer", "the region answers",
	 "the region's server runs but does not answer as one: ask the region; check the "
	 "address in the enrolment"},
    [PROBE_WRITE] = {NULL, NULL, NULL},
};

static const struct step sftp_steps[] = {
    [PROBE_RESOLVE] =
	{"sftp_dns", "the SFTP server's name is known",
	 "check this computer's name server (resolvectl status), and the address in the "
	 "enrolment"},
    [PROBE_CONNECT] = {"sftp_tcp", "the SFTP server's port can be reached",
		       "check network and firewall: this computer must reach that port"},
    [PROBE_SECURE] =
	{"sftp_host_key", "SSH: the server's host key is the one in the enrolment",
	 "ask the region whether its SFTP server has a new key; if so, for a new "
	 "enrolment. If not, do not go on: tell the region",
	 "no key was shown: ask the region what the log of its SSH server says of this "
	 "home, and whether a firewall or another program answers at that port"},
    [PROBE_LOGIN] =
	{"sftp_login", "the server takes the home's key",
	 "ask the region to enter the home's public key (bedpost-admin facility renew shows "
	 "it)"},
    [PROBE_ANSWER] =
	{"sftp_folders", "inbox/ and ack/ are there",
	 "ask the region to set up the home's folder: inbox/ and ack/ with the rights that "
	 "docs/operations.md tells"},
    [PROBE_WRITE] = {"sftp_write", "inbox/ can be written",
		     "ask the region to let the account write into inbox/"},
};

static const char *todo_of(const struct step *s, const struct err *why)
{
	if (why->code == ERR_DAMAGED)
		return verdict_damaged;
	return s->hung_up && why->code == ERR_UNAVAILABLE ? s->hung_up : s->todo;
}

static void tell_steps(struct doctor *d, const char *road, const struct step *steps,
		       const struct probe *p)
{
	for (int i = PROBE_RESOLVE; i < PROBE_DONE && i <= (int)p->reached; i++) {
		const struct step *s = &steps[i];
		if (!s->code || (i == PROBE_WRITE && !d->write))
			continue;
		if (i == (int)p->reached)
			finding_add(d->found, FINDING_FAIL, s->code, todo_of(s, &p->why),
				    "%s: %s%s%s%s", road, p->why.message, p->address[0] ? " [" : "",
				    p->address, p->address[0] ? "]" : "");
		else
			finding_add(d->found, FINDING_OK, s->code, NULL, "%s: %s%s%s%s.", road,
				    s->good, i == PROBE_CONNECT ? " (" : "",
				    i == PROBE_CONNECT ? p->address : "",
				    i == PROBE_CONNECT ? ")" : "");
	}
}

static void try_https(struct doctor *d, const struct enrolment *e)
{
	size_t before;
	struct probe p;

	probe_https(e, "bedpost doctor " PACKAGE_VERSION, &p);
	tell_steps(d, "https", https_steps, &p);
	if (!p.has_clock)
		return;
	before = d->found->n;
	verdict_clock(p.clock_ahead, d->found);
	if (d->found->n == before)
		finding_add(d->found, FINDING_OK, "clock", NULL,
			    "This computer's clock agrees with the region's.");
}

static void try_sftp(struct doctor *d, const struct enrolment *e)
{
	struct probe p;

	if (!enrolment_sftp(e)) {
		finding_add(
		    d->found, FINDING_FAIL, "sftp_enrolment",
		    "ask the region for an enrolment with SFTP (bedpost-admin facility renew "
		    "--sftp URL), or take sftp out of \"transports\"",
		    "sftp: home.yaml names it, and the enrolment has no part for it.");
		return;
	}
	probe_sftp(e, d->write, &p);
	tell_steps(d, "sftp", sftp_steps, &p);
}

static void check_contact(struct doctor *d)
{
	const struct facts *f = d->facts;
	usec_t longest = 2 * d->home->heartbeat + STATUS_FILE_SILENCE;
	char at[WORDS_MAX];

	if (!f->has_outbox)
		return;
	if (f->outbox.answered == USEC_NONE)
		finding_add(d->found, FINDING_WARN, "contact",
			    "see the steps above, and that "
			    "bedpost-syncd runs",
			    "The region has never answered this home.");
	else
		finding_add(
		    d->found, f->now - f->outbox.answered > longest ? FINDING_WARN : FINDING_OK,
		    "contact",
		    f->now - f->outbox.answered > longest
			? "see the steps above, and that bedpost-syncd runs"
			: NULL,
		    "The region last answered %s.", words_moment(f->outbox.answered, f->now, at));
}

void doctor_line(struct doctor *d)
{
	_cleanup_(enrolment_freep) struct enrolment *e = NULL;
	struct err err;

	if (enrolment_load(d->home->enrolment, &e, &err) < 0)
		finding_add(d->found, FINDING_SKIP, "roads", NULL,
			    "The roads are not tried: there is no enrolment to try them with.");
	for (size_t i = 0; e && i < d->home->n_transports; i++) {
		if (d->home->transports[i] == HOME_HTTPS)
			try_https(d, e);
		else
			try_sftp(d, e);
	}
	check_contact(d);
}
