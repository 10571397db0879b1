/* What may be said of a value instead of the value: messages, notes and proposals name its class.
 */
#pragma once

#include "base/span.h"

/* "empty" "digits" "letters" "date-like" "mixed" "too long" "not utf-8" */
const char *value_class(struct span value);
/* Does it look like a person's name or number? */
bool value_class_is_person(struct span value);
