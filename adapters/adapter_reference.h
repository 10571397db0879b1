/* Every key of an adapter as Markdown, from the tables that read them: docs/adapters.md holds this
 * very text, and `bedpost adapter reference` prints it. */
#pragma once

#include "base/buf.h"

void adapter_reference(struct buf *out);
