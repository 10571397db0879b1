/* strptime() reads English day and month names because no program of the
 * house leaves the C locale. */
#include "syncd/backoff.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"

static usec_t even_up_to(usec_t top, uint64_t random)
{
	return (usec_t)(((unsigned __int128)random * (uint64_t)(top + 1)) >> 64);
}

static usec_t ceiling(usec_t base, usec_t cap, unsigned failures)
{
	usec_t top = base;

	for (unsigned i = 1; i < failures && top < cap; i++)
		top *= 2;
	return top < cap ? top : cap;
}

static usec_t drawn(enum backoff_why why, unsigned failures, uint64_t random)
{
	if (why == BACKOFF_TRANSIENT)
		return even_up_to(ceiling(BACKOFF_BASE, BACKOFF_CAP, failures), random);

	usec_t top = ceiling(BACKOFF_PERSON_BASE, BACKOFF_PERSON_CAP, failures);
	return top / 2 + even_up_to(top / 2, random);
}

usec_t backoff_delay(enum backoff_why why, unsigned failures, usec_t retry_after, uint64_t random)
{
	usec_t delay = drawn(why, failures, random);

	if (retry_after <= 0)
		return delay;
	if (retry_after > RETRY_AFTER_MAX)
		retry_after = RETRY_AFTER_MAX;
	usec_t spread = retry_after / 10 > USEC_PER_SEC ? retry_after / 10 : USEC_PER_SEC;
	usec_t asked = retry_after + even_up_to(spread, random);
	return asked > delay ? asked : delay;
}

static bool http_date_parse(struct span s, usec_t *ret_at)
{
	static const char *const forms[] = {
	    "%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
	    "%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
	    "%a %b %e %H:%M:%S %Y",	 /* asctime() */
	};
	char text[48];

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);
		if (end && *end == '\0') {
			*ret_at = (usec_t)timegm(&tm) * USEC_PER_SEC;
			return true;
		}
	}
	return false;
}

bool retry_after_parse(struct span value, usec_t now, usec_t *ret_delay)
{
	uint64_t seconds;
	usec_t at;

	value = span_trim(value);
	if (span_is_empty(value))
		return false;
	if (span_to_u64(value, &seconds)) {
		*ret_delay = seconds > (uint64_t)(RETRY_AFTER_MAX / USEC_PER_SEC)
				 ? RETRY_AFTER_MAX
				 : (usec_t)seconds * USEC_PER_SEC;
		return true;
	}
	if (!http_date_parse(value, &at))
		return false;
	usec_t delay = at > now ? at - now : 0;
	*ret_delay = delay > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : delay;
	return true;
}
