/* PUT /api/facilities/{id}/beds/{bed}/status: staff sets a bed of their home, at the region. */
#include "regional/api/changes.h"

/* A person's own word; the codes that say how a file came to be are not for them. */
static bool read_reason(struct span text, enum reason *ret)
{
	*ret = REASON_MANUAL;
	if (!text.p)
		return true;
	return reason_parse(text, ret) && *ret != REASON_CENSUS && *ret != REASON_RESOLVED;
}

void bed_status_put(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct change c = {.facility_id = rq->params[0], .bed_id = rq->params[1]};
	struct span reason;

	(void)pg;
	if (!changes_read_version(rq, true, &c.version) ||
	    !changes_read_body(rq, "reason", &c.status, &reason))
		return;
	if (!read_reason(reason, &c.reason)) {
		httpd_problem(rq, 400, "bad-body",
			      "reason: expected a code such as admit, discharge, cleaning, closed, "
			      "opened or manual; never free text");
		return;
	}
	changes_make(a, rq, who, &c);
}
