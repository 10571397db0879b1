#include "store/alert_terms.h"

static const struct alert_term terms[ALERT_RULE_COUNT] = {
    [ALERT_LOW] = {"low", ALERT_BEDS, 2, true, "a ward has fewer free beds than the threshold"},
    [ALERT_CRITICAL] = {"critical", ALERT_WITHOUT, 0, true, "a ward with beds has none free"},
    [ALERT_OFFLINE] = {"offline", ALERT_SECONDS, 0, false,
		       "a home was not heard of for longer than the threshold"},
    [ALERT_CONFLICT] = {"conflict", ALERT_WITHOUT, 0, false, "a conflict of the home is open"},
    [ALERT_CLOCK_SKEW] = {"clock_skew", ALERT_SECONDS, 120, false,
			  "a home's clock is off by more than the threshold"},
    [ALERT_DIGEST_MISMATCH] = {"digest_mismatch", ALERT_SECONDS, 300, false,
			       "home and region hold different states for longer than the "
			       "threshold"},
    [ALERT_GAP] = {"gap", ALERT_EVENTS, 1000, false,
		   "more events than the threshold are missing, or fewer for two minutes"},
    [ALERT_FEED_SILENT] = {"feed_silent", ALERT_SECONDS, INT64_C(7) * 86400, false,
			   "a home is heard of, but nothing came from its EHR for longer than the "
			   "threshold"},
};

const char *const alert_channels[] = {"webhook", "email", "push", NULL};
const char *const alert_languages[] = {"en", "nb", NULL};
const char *const alert_notes[] = {"seen",    "in_progress", "passed_on",
				   "planned", "false_alarm", NULL};

const struct alert_term *alert_term(enum alert_rule r)
{
	return &terms[r];
}

const char *alert_rule_name(enum alert_rule r)
{
	return terms[r].name;
}

bool alert_rule_parse(struct span s, enum alert_rule *ret)
{
	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++)
		if (span_eq_str(s, terms[r].name)) {
			*ret = r;
			return true;
		}
	return false;
}

static const char *before(size_t i, size_t n)
{
	return i == 0 ? "" : i + 1 < n ? ", " : " or ";
}

void alert_rule_list(struct buf *out)
{
	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++)
		buf_addf(out, "%s%s", before(r, ALERT_RULE_COUNT), terms[r].name);
}

const char *alert_word(const char *const *list, struct span s)
{
	for (; *list; list++)
		if (span_eq_str(s, *list))
			return *list;
	return NULL;
}

void alert_words(const char *const *list, struct buf *out)
{
	size_t n = 0;

	while (list[n])
		n++;
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", before(i, n), list[i]);
}
