// Files that the region makes, into the reader's downloads.

import { t } from "./i18n.js";
import { fetchFile } from "./api.js";
import { toast } from "./toast.js";

function give(blob, name) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}

// Why there is no file, in words.
export const whyNot = (answer) => t(answer.status === 0 ? "unreachable" : answer.status === 403 ? "forbidden" : answer.status === 404 ? "not_found" : answer.status === 429 ? "busy" : answer.status === 503 ? "away" : "failed");

// Under the name that the region gives it. Says what went wrong, unless the caller does.
export async function save(where, options = {}) {
	const answer = await fetchFile(where, options);
	if (answer.ok)
		give(answer.blob, answer.name);
	else if (!answer.aborted && !options.quiet)
		toast(whyNot(answer), { bad: true });
	return answer;
}
