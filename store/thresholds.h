/* Alert rules as the API keeps them: one row a place and rule (store/alerts.h has the same rows for
 * the shell). Each change is one statement with its note in access_log. */
#pragma once

#include "store/alerts.h"
#include "store/edit.h"

/* Rows as in edit.h, by id; the shape is docs/api.md's. id 0: any; facility SPAN_NONE: any. */
int thresholds_page(struct pg *pg, int64_t id, struct span facility, const struct edit_page *page,
		    struct arena *a, struct pg_result **ret, struct err *err);
/* EXISTS: something is set for the same place and rule already.
 * NOT_FOUND: no such region or home. */
int thresholds_add(struct pg *pg, const char *who, const struct alerts_rule *rule, int64_t *ret_id,
		   struct err *err);
/* Keys of the patch: threshold, enabled. */
int thresholds_change(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		      struct err *err);
int thresholds_remove(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		      struct err *err);
