// Files that the region makes, into the reader's downloads.

import { t } from "./i18n.js";
import { fetchFile } from "./api.js";
import { toast } from "./toast.js";

const pagesMax = 100; // of a log: a hundred thousand lines

function give(blob, name) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}

const whyNot = (answer) => t(answer.status === 0 ? "unreachable" : answer.status === 403 ? "forbidden" : answer.status === 404 ? "not_found" : answer.status === 429 ? "busy" : answer.status === 503 ? "away" : "failed");

// Under the name that the region gives it. Says what went wrong, unless the caller does.
export async function save(where, options = {}) {
	const answer = await fetchFile(where, options);
	if (answer.ok)
		give(answer.blob, answer.name);
	else if (!answer.aborted && !options.quiet)
		toast(whyNot(answer), { bad: true });
	return answer;
}

// All pages of a CSV as one file, or none: half a log would pass for the whole of it. The first line of the others is the head again.
export async function saveAll(where) {
	const parts = [];
	let next = "", name = "", n = 0;
	do {
		const answer = await fetchFile(next ? `${where}&cursor=${encodeURIComponent(next)}` : where);
		if (!answer.ok) {
			toast(whyNot(answer), { bad: true });
			return;
		}
		const text = await answer.blob.text();
		parts.push(n ? text.slice(text.indexOf("\r\n") + 2) : text);
		name ||= answer.name;
		next = answer.next;
		n++;
	} while (next && n < pagesMax);
	give(new Blob(parts, { type: "text/csv;charset=utf-8" }), name);
	if (next)
		toast(t("csv_cut", { lines: pagesMax * 1000 }), { bad: true });
}
