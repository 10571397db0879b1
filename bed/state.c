#include "bed/state.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
	const struct bed_state *x = a, *y = b;

	return span_cmp(x->bed_id, y->bed_id);
}

struct digest state_digest(struct bed_state *beds, size_t n)
{
	struct digest_stream d;

	if (n > 1)
		qsort(beds, n, sizeof(*beds), by_id);
	digest_begin(&d);
	for (size_t i = 0; i < n; i++) {
		const char *status = bed_status_name(beds[i].status);
		if (!status)
			continue;
		digest_add(&d, beds[i].bed_id);
		digest_add(&d, SPAN("\x1F"));
		digest_add(&d, span_str(status));
		digest_add(&d, SPAN("\x0A"));
	}
	return digest_end(&d);
}
