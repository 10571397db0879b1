/* Texts as people look for them and put them in order. */
#pragma once

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/span.h"

/* Without case and accents; æ, ø and å as they are typed without a Norwegian keyboard ("ae", "o",
 * "a"). What is not UTF-8 becomes U+FFFD. In the arena. */
struct span fold_text(struct span s, struct arena *a);
/* The words of a folded text: letters and numbers, with dots and hyphens inside. At most `max`;
 * they lie in s. */
size_t fold_words(struct span s, struct span *ret, size_t max);
bool fold_has(struct span folded, struct span word); /* anywhere in it */

/* The order of a language's words, numbers by their value. For one thread. */
struct fold_order;
int fold_order_open(const char *language, struct fold_order **ret, struct err *err);
void fold_order_close(struct fold_order *o); /* NULL allowed */
DEFINE_CLEANUP(struct fold_order *, fold_order_close)
/* Keys compare by strcmp() as the texts do. In the arena. */
const char *fold_order_key(struct fold_order *o, struct span s, struct arena *a);
