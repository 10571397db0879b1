/* bedpost adapter reference: the keys of an adapter, as this very program reads them. */
#include "adapters/adapter_reference.h"

#include "cli/home/commands.h"
#include "cli/table.h"

int adapter_reference_show(const struct command_line *line)
{
	struct buf text = BUF_INIT, json = BUF_INIT;

	adapter_reference(&text);
	if (line->json) {
		buf_adds(&json, "{\"markdown\":");
		table_add_json_text(&json, buf_span(&text));
		buf_adds(&json, "}\n");
	}
	const struct buf *out = line->json ? &json : &text;
	(void)fwrite(out->p, 1, out->n, stdout);
	buf_done(&text);
	buf_done(&json);
	return EXIT_OK;
}
