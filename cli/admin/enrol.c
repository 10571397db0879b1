/* The file is made while the row's transaction is open, and taken back if that does not commit.
 * After a crash between the two there can be a file without a row, never a row without a file; the
 * next run takes such a file as its own. */
#include "cli/admin/enrol.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/admin/ca.h"
#include "cli/admin/ssh_key.h"
#include "base/files.h"
#include "syncd/enrolment.h"
#include "store/facilities.h"

void enrol_result_done(struct enrol_result *r)
{
	buf_done(&r->ssh_key);
}

/* The road over SFTP: as asked for, with a new key, else as in the old enrolment, if any. */
static void fill_sftp(struct enrolment_parts *parts, const struct enrol_request *rq,
		      const struct enrolment *old, struct buf *key)
{
	const struct enrolment_sftp *before = old ? enrolment_sftp(old) : NULL;

	if (rq->sftp_url) {
		ssh_key_make(key);
		parts->sftp_url = rq->sftp_url;
		parts->sftp_host_key = span_str(rq->sftp_host_key);
		parts->sftp_key = buf_span(key);
	} else if (before) {
		parts->sftp_url = before->url;
		parts->sftp_host_key = span_str(before->host_key_text);
		parts->sftp_key = span_str(before->key);
	}
}

static int write_enrolment(struct ca *ca, const char *facility, const char *url,
			   const struct enrol_request *rq, usec_t now, const struct enrolment *old,
			   bool replace, struct enrol_result *ret, struct err *err)
{
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	_cleanup_(buf_done) struct buf text = BUF_INIT, key = BUF_INIT;
	int r =
	    ca_issue_client(ca, facility, now, rq->valid ? rq->valid : CA_CLIENT_VALID, &leaf, err);

	if (r < 0)
		return r;
	struct enrolment_parts parts = {.facility = facility,
					.url = url,
					.ca = ca_cert_pem(ca),
					.cert = buf_span(&leaf.cert),
					.key = buf_span(&leaf.key),
					.expires = leaf.until};
	fill_sftp(&parts, rq, old, &key);
	struct ca_cert_info info = {0};
	r = ca_inspect(ca, buf_span(&leaf.cert), now, &info, err);
	if (r == 0)
		r = enrolment_format(&parts, &text, err);
	if (r == 0 && parts.sftp_url)
		r = ssh_key_public(parts.sftp_key, facility, &ret->ssh_key, err);
	if (r == 0)
		r = (replace ? files_replace : files_create)(rq->out, 0600, buf_span(&text), err);
	if (text.p)
		explicit_bzero(text.p, text.n);
	if (key.p)
		explicit_bzero(key.p, key.n);
	ret->until = leaf.until;
	memcpy(ret->fingerprint, info.fingerprint, sizeof(ret->fingerprint));
	return r;
}

static bool same_sftp(const struct enrolment_sftp *there, const struct enrol_request *rq)
{
	if (!there || !rq->sftp_url)
		return !there && !rq->sftp_url;
	return strcmp(there->url, rq->sftp_url) == 0 &&
	       span_eq(span_trim(span_str(there->host_key_text)),
		       span_trim(span_str(rq->sftp_host_key)));
}

/* The file that is there, if it is this home's and its certificate is still good. */
static int check_kept(struct ca *ca, const char *facility, const struct enrol_request *rq,
		      usec_t now, struct enrol_result *ret, struct err *err)
{
	_cleanup_(enrolment_freep) struct enrolment *e = NULL;
	struct ca_cert_info info = {0};
	int r = enrolment_load(rq->out, &e, err);

	if (r == 0)
		r = ca_inspect(ca, enrolment_cert(e), now, &info, err);
	if (r < 0)
		return err_prefix(err, "%s is there already and is no enrolment of %s", rq->out,
				  facility);
	size_t n = strlen(rq->url);
	while (n > 0 && rq->url[n - 1] == '/')
		n--;
	bool same_url = span_eq(span_of(rq->url, n), span_str(enrolment_url(e)));
	if (strcmp(enrolment_facility(e), facility) != 0 || strcmp(info.name, facility) != 0 ||
	    !info.ours || !same_url || !same_sftp(enrolment_sftp(e), rq))
		return err_set(
		    err, ERR_EXISTS,
		    "%s is there already, with another home, url, SFTP or CA, or is out of date; "
		    "facility renew makes a new one",
		    rq->out);
	ret->until = info.until;
	memcpy(ret->fingerprint, info.fingerprint, sizeof(ret->fingerprint));
	return enrolment_sftp(e)
		   ? ssh_key_public(span_str(enrolment_sftp(e)->key), facility, &ret->ssh_key, err)
		   : 0;
}

static int note_certificate(struct pg *pg, const char *who, const char *facility, bool only,
			    const struct enrol_result *result, struct err *err)
{
	return facilities_enrolled(pg, who,
				   &(struct facilities_certificate){span_str(facility),
								    result->fingerprint,
								    result->until, only},
				   err);
}

static int add_in_transaction(struct pg *pg, struct ca *ca, const char *who,
			      const struct registry_facility *f, const struct enrol_request *rq,
			      usec_t now, struct enrol_result *ret, struct err *err)
{
	int r = registry_facility_add(pg, who, f, &ret->row, err);

	if (r < 0)
		return r;
	ret->file_kept = files_exist(rq->out);
	r = ret->file_kept ? check_kept(ca, f->id.p, rq, now, ret, err)
			   : write_enrolment(ca, f->id.p, rq->url, rq, now, NULL, false, ret, err);
	return r == 0 ? note_certificate(pg, who, f->id.p, false, ret, err) : r;
}

int enrol_add(struct pg *pg, const char *who, const struct registry_facility *f,
	      const struct enrol_request *rq, usec_t now, struct enrol_result *ret, struct err *err)
{
	_cleanup_(ca_freep) struct ca *ca = NULL;
	_cleanup_(enrol_result_done) struct enrol_result result = {0};
	int r = ca_open(rq->ca_dir, &ca, err);

	if (r == 0)
		r = pg_exec(pg, "BEGIN", err);
	if (r < 0)
		return r;
	r = add_in_transaction(pg, ca, who, f, rq, now, &result, err);
	bool written = result.fingerprint[0] && !result.file_kept;
	if (r < 0)
		(void)pg_exec(pg, "ROLLBACK", NULL);
	else
		r = pg_exec(pg, "COMMIT", err);
	if (r < 0) {
		if (written)
			(void)unlink(rq->out);
		return r;
	}
	*ret = result;
	result.ssh_key = BUF_INIT; /* the caller's now */
	return 0;
}

static int renew_in_transaction(struct pg *pg, struct ca *ca, const char *who, const char *facility,
				const struct enrol_request *rq, bool only, usec_t now,
				struct enrol_result *ret, struct err *err)
{
	_cleanup_(enrolment_freep) struct enrolment *old = NULL;
	const char *url = rq->url;
	bool replace = files_exist(rq->out);
	int r = only ? registry_facility_is_there(pg, span_str(facility), err)
		     : registry_facility_renewed(pg, who, span_str(facility), err);

	if (r < 0)
		return r;
	if (replace) {
		r = enrolment_load(rq->out, &old, err);
		if (r < 0)
			return err_prefix(err, "%s is there already and is no enrolment", rq->out);
		if (strcmp(enrolment_facility(old), facility) != 0)
			return err_set(err, ERR_EXISTS, "%s is the enrolment of %s", rq->out,
				       enrolment_facility(old));
		url = url ? url : enrolment_url(old);
	}
	if (!url)
		return err_set(err, ERR_INVALID, "%s is not there yet, so --url URL is needed",
			       rq->out);
	r = write_enrolment(ca, facility, url, rq, now, old, replace, ret, err);
	return r == 0 ? note_certificate(pg, who, facility, only, ret, err) : r;
}

/* The file is written before the commit, and stays if that fails. Where only certificates that were
 * noted are taken, the one in it is good after the commit: the same command again makes another. */
int enrol_renew(struct pg *pg, const char *who, const char *facility,
		const struct enrol_request *rq, bool only, usec_t now, struct enrol_result *ret,
		struct err *err)
{
	_cleanup_(ca_freep) struct ca *ca = NULL;
	_cleanup_(enrol_result_done) struct enrol_result result = {.row = REGISTRY_SAME};
	int r = ca_open(rq->ca_dir, &ca, err);

	if (r == 0)
		r = pg_exec(pg, "BEGIN", err);
	if (r < 0)
		return r;
	r = renew_in_transaction(pg, ca, who, facility, rq, only, now, &result, err);
	if (r < 0)
		(void)pg_exec(pg, "ROLLBACK", NULL);
	else
		r = pg_exec(pg, "COMMIT", err);
	if (r < 0)
		return r;
	*ret = result;
	result.ssh_key = BUF_INIT; /* the caller's now */
	return 0;
}
