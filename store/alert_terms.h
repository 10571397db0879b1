/* The words of alerts, each list once: rules with what they are measured in, what somebody who
 * acknowledges may say, ways to be told, languages. The schema's CHECKs name the same
 * (tests/system/test_alert_rules.py holds them together). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum alert_rule {
	ALERT_LOW,
	ALERT_CRITICAL,
	ALERT_OFFLINE,
	ALERT_CONFLICT,
	ALERT_CLOCK_SKEW,
	ALERT_DIGEST_MISMATCH,
	ALERT_GAP,
	ALERT_FEED_SILENT,
	ALERT_RULE_COUNT,
};

enum alert_measure {
	ALERT_WITHOUT, /* no threshold: one is too many, or none too few */
	ALERT_BEDS,
	ALERT_SECONDS,
	ALERT_EVENTS,
};

struct alert_term {
	const char *name;
	enum alert_measure measure;
	int64_t threshold; /* the built-in one; ALERT_OFFLINE: region.yaml's offline_after */
	bool of_ward;	   /* of each ward; else of the home as a whole */
	const char *opens; /* when, for people */
};

const struct alert_term *alert_term(enum alert_rule r);
const char *alert_rule_name(enum alert_rule r);
bool alert_rule_parse(struct span s, enum alert_rule *ret);
void alert_rule_list(struct buf *out); /* "low, critical, … or feed_silent" */

/* NULL at the end. */
extern const char *const alert_channels[];  /* webhook, email, push */
extern const char *const alert_languages[]; /* en, nb */
extern const char *const alert_notes[];	    /* seen, in_progress … */
/* The list's own string; NULL: not among them. */
const char *alert_word(const char *const *list, struct span s);
void alert_words(const char *const *list, struct buf *out); /* "en or nb" */
