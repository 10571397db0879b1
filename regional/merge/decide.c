/* One question per function, in the order of the header's table. */
#include "regional/merge/decide.h"

#include "base/span.h"

static const char *const policy_names[POLICY_COUNT] = {
    [POLICY_HOLD] = "hold",
    [POLICY_SOURCE_WINS] = "source_wins",
    [POLICY_LATEST_WINS] = "latest_wins",
};

const char *conflict_policy_name(enum conflict_policy p)
{
	return policy_names[p];
}

bool conflict_policy_parse(struct span s, enum conflict_policy *ret)
{
	for (int i = 0; i < POLICY_COUNT; i++) {
		if (span_eq_str(s, policy_names[i])) {
			*ret = (enum conflict_policy)i;
			return true;
		}
	}
	return false;
}

static const char *reason_to_reject(const struct decide_bed *bed, const struct decide_event *e,
				    const struct decide_policy *policy, usec_t now)
{
	if (!e->event)
		return e->unreadable;
	if (e->foreign)
		return "facility_id names another home";
	if (e->event->changed_at > now + DECIDE_AHEAD_MAX)
		return "changed_at lies more than 5 minutes in the future";
	if (!bed->known && !policy->auto_register)
		return "the bed is not registered at the region";
	return NULL;
}

bool decide_wants_history(const struct decide_bed *bed, const struct event *e)
{
	return bed->known && e->changed_at < bed->confirmed_at;
}

bool decide_is_from_person(const struct event *e)
{
	return span_eq_str(e->source.adapter, "board") || span_eq_str(e->source.adapter, "api");
}

static struct decision settle_by_policy(const struct decide_bed *bed, const struct event *e,
					enum conflict_policy policy, bool older)
{
	bool takes = !older && (policy == POLICY_LATEST_WINS || !decide_is_from_person(e));

	return (struct decision){
	    .outcome = OUTCOME_CONFLICT,
	    .reason = takes ? "does not fit; taken by the home's policy"
			    : "does not fit; set aside by the home's policy",
	    .takes = takes,
	    .in_history = takes,
	    .chain = bed->unconfirmed ? CHAIN_JOINS : CHAIN_SETTLED,
	};
}

static struct decision conflict(const struct decide_bed *bed, const struct event *e,
				const struct decide_policy *policy, bool older)
{
	if (policy->conflict != POLICY_HOLD)
		return settle_by_policy(bed, e, policy->conflict, older);
	if (bed->unconfirmed)
		return (struct decision){.outcome = OUTCOME_CONFLICT,
					 .reason = "belongs to the bed's open conflict",
					 .chain = CHAIN_JOINS};
	return (struct decision){
	    .outcome = OUTCOME_CONFLICT,
	    .reason = older
			  ? "older than what is known of the bed and does not fit what it was then"
			  : "previous_status is not the bed's",
	    .chain = CHAIN_OPENS};
}

static struct decision decide_older(const struct decide_bed *bed, const struct event *e,
				    enum bed_status then, const struct decide_policy *policy)
{
	if (e->previous_status == BED_UNKNOWN || then == BED_UNKNOWN || e->previous_status == then)
		return (struct decision){.outcome = OUTCOME_LATE, .in_history = true};
	if (e->new_status == then)
		return (struct decision){.outcome = OUTCOME_CONVERGED, .in_history = true};
	return conflict(bed, e, policy, true);
}

static struct decision decide_newer(const struct decide_bed *bed, const struct event *e,
				    const struct decide_policy *policy)
{
	if (e->previous_status == BED_UNKNOWN || e->previous_status == bed->status)
		return (struct decision){
		    .outcome = OUTCOME_APPLIED, .takes = true, .in_history = true};
	/* It goes on from the branch that was set aside: not even the same new status brings the
	 * two together. */
	if (bed->unconfirmed && e->previous_status == bed->branch)
		return conflict(bed, e, policy, false);
	if (e->new_status == bed->status)
		return (struct decision){
		    .outcome = OUTCOME_CONVERGED, .confirms = true, .in_history = true};
	return conflict(bed, e, policy, false);
}

struct decision decide(const struct decide_bed *bed, const struct decide_event *e,
		       enum bed_status then, const struct decide_policy *policy, usec_t now)
{
	if (e->seen)
		return (struct decision){.outcome = OUTCOME_DUPLICATE};
	const char *why = reason_to_reject(bed, e, policy, now);
	if (why)
		return (struct decision){.outcome = OUTCOME_REJECTED, .reason = why};
	if (!bed->known)
		return (struct decision){.outcome = OUTCOME_APPLIED,
					 .registers = true,
					 .takes = true,
					 .in_history = true};
	return decide_wants_history(bed, e->event) ? decide_older(bed, e->event, then, policy)
						   : decide_newer(bed, e->event, policy);
}
