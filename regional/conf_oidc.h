/* The section oidc of region.yaml. */
#pragma once

#include "base/conf.h"
#include "regional/oidc/provider.h"

extern const struct conf_key conf_oidc_keys[];

/* An absent section leaves ret->issuer NULL. Problems gather in doc. */
void conf_oidc_read(struct conf *doc, const struct conf_node *section,
		    struct provider_options *ret);
