// Where one is: "#/homes/fac_x/history?as_of=…". The part after # is the page's own, so every address is one file to the server,
// and a filter in it can be kept, sent and gone back to.

import { Topic } from "./topic.js";

export const changedPlace = new Topic();

export function parse(hash) {
	const [where, search = ""] = hash.replace(/^#\/?/, "").split("?");
	return { parts: where.split("/").filter(Boolean).map(decode), query: Object.fromEntries(new URLSearchParams(search)) };
}

function decode(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

export function address(parts, query = {}) {
	const p = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== "" && v !== undefined && v !== null && v !== false));
	return `#/${parts.map(encodeURIComponent).join("/")}${p.size ? `?${p}` : ""}`;
}

let here = parse(location.hash);

export const place = () => here;

export function go(parts, query) {
	location.hash = address(parts, query);
}

// The query changes under the reader's hands: no step back for each letter.
export function replaceQuery(query) {
	history.replaceState(null, "", address(here.parts, query));
	here = parse(location.hash);
	changedPlace.changed();
}

addEventListener("hashchange", () => {
	here = parse(location.hash);
	changedPlace.changed();
});
