/* What is to become of a file that was read: the adapter's verdict on the file as a whole, and for
 * a census how far it is off. By itself, for programs that link no adapters. */
#include "base/kill_point.h"
#include "outbox/intake_inside.h"

/* Does a census say what can hardly be? */
static int judge_census(struct intake *i, const struct adapter *a, struct intake_judged *ret,
			struct err *err)
{
	const struct hold_counts *n = &i->census.counts;
	int r = census_end(&i->census, err);

	if (r < 0 || !i->census.outbox || !adapter_holds(a, n->changed + n->vanished, n->known))
		return r;
	ret->fate = INTAKE_HOLD;
	ret->reason = "census_far_off";
	census_describe(&i->census, ret->message, sizeof(ret->message));
	return 0;
}

int intake_judge(struct intake *i, const struct adapter *a, const struct adapter_summary *s,
		 struct intake_judged *ret, struct err *err)
{
	int r = 0;

	*ret = (struct intake_judged){.fate = INTAKE_TAKE};
	ret->reason = adapter_judge(a, s, ret->message);
	if (ret->reason)
		ret->fate = INTAKE_REJECT;
	else
		r = judge_census(i, a, ret, err);
	kill_point("after_judge");
	return r;
}
