#include "watcher/naming.h"

#include "base/log.h"

void naming_of(const struct watcher *w, unsigned folder, const char *name, struct file_name *ret)
{
	const struct adapter *a = catalog_pick(&w->catalog, name, w->folders[folder]->adapters);

	outbox_file_name(w->outbox, name, a ? adapter_pattern(a, name) : NULL, ret);
}

struct log_text naming_quote(const struct watcher *w, const struct queue_file *f)
{
	struct file_name name;

	naming_of(w, f->folder, f->name, &name);
	return log_quote(span_str(name.shown));
}
