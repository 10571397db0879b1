// The filters: in the form, in the address, and as values.

import { named, t } from "./i18n.js";

// What a click on a column's head sorts by first: names upwards, numbers downwards.
export const sorts = ["name", "ward", "level", "free", "reserved", "occupied", "maintenance", "unconfirmed", "age", "status"];
export const beginsDown = (sort) => !["name", "ward", "level"].includes(sort);

const empty = { q: "", region: "", ward: "", level: "", min: 0, sort: "name", down: false };

export function fromAddress(search) {
	const p = new URLSearchParams(search);
	const filter = { ...empty };
	for (const key of ["q", "region", "ward", "level"])
		filter[key] = p.get(key) ?? "";
	filter.min = Math.max(0, Math.min(999, Number.parseInt(p.get("min") ?? "0", 10) || 0));
	const sort = p.get("sort") ?? "name";
	filter.sort = sorts.includes(sort) ? sort : "name";
	filter.down = p.has("sort") ? p.get("dir") === "down" : false;
	return filter;
}

export function toAddress(filter) {
	const p = new URLSearchParams();
	for (const key of ["q", "region", "ward", "level"])
		if (filter[key])
			p.set(key, filter[key]);
	if (filter.min)
		p.set("min", filter.min);
	if (filter.sort !== "name" || filter.down) {
		p.set("sort", filter.sort);
		p.set("dir", filter.down ? "down" : "up");
	}
	return p.size ? `?${p}` : location.pathname;
}

export const isFiltering = (f) => Boolean(f.q || f.region || f.ward || f.level || f.min);

export const reset = (filter) => ({ ...empty, sort: filter.sort, down: filter.down });

function fill(select, options, chosen) {
	const have = [...select.options].map((o) => `${o.value}\n${o.text}`).join("\n\n");
	// What the address asks for stays chosen even if no row has it yet.
	if (chosen && !options.some(([value]) => value === chosen))
		options.push([chosen, named(chosen)]);
	if (have !== options.map((o) => o.join("\n")).join("\n\n"))
		select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
	select.value = chosen;
}

// Offers what the rows hold, and shows the filter's values.
export function show(form, filter, model, language) {
	const f = form.elements;
	const rows = [...model.rows.values()];
	const collator = new Intl.Collator(language);
	const offer = (codes) => [["", t("all")], ...[...new Set(codes)].map((c) => [c, named(c)])
		.sort((a, b) => collator.compare(a[1], b[1]))];
	const regions = new Map([...model.facilities.values()].map((x) => [x.region_id, x.region_name]));
	fill(f.region, [["", t("all")], ...[...regions].sort((a, b) => collator.compare(a[1], b[1]))], filter.region);
	document.getElementById("region-field").hidden = regions.size < 2 && !filter.region;
	fill(f.ward, offer(rows.map((r) => r.ward)), filter.ward);
	fill(f.level, [["", t("all")], ...["light", "medium", "intensive"].map((c) => [c, named(c)])], filter.level);
	fill(f.sort, [["name up", t("by_name")], ["free down", t("by_free")], ["age down", t("by_age")],
		...(["name up", "free down", "age down"].includes(`${filter.sort} ${filter.down ? "down" : "up"}`) ? []
			: [[`${filter.sort} ${filter.down ? "down" : "up"}`, t({ name: "facility", level: "care_level" }[filter.sort] ?? filter.sort)]])],
	`${filter.sort} ${filter.down ? "down" : "up"}`);
	if (f.q !== document.activeElement)
		f.q.value = filter.q;
	if (f.min !== document.activeElement)
		f.min.value = filter.min || "";
}

export function fromForm(form) {
	const f = form.elements;
	const [sort, way] = f.sort.value.split(" ");
	return {
		q: f.q.value, region: f.region.value, ward: f.ward.value, level: f.level.value,
		min: Math.max(0, Number.parseInt(f.min.value, 10) || 0), sort, down: way === "down",
	};
}
