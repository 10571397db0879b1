/* Which addresses the daemon lets itself be sent to by its configuration. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

#define URL_MAX 2048

/* https://…, or http:// to this machine itself; no spaces or control characters. */
bool url_is_safe(struct span url);
