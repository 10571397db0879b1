// The table: one element per row, kept, and only what changed in it touched. Roles are written out, for on narrow pages the
// rows are laid out as cards, which would take them away.

import { beginsDown } from "./filters.js";
import { currentLanguage, named, t } from "./i18n.js";
import { counts, keyOf } from "./model.js";

export const shownFirst = 300;

const columns = [
	["name", "facility"], ["ward", "ward"], ["level", "care_level"], ["free", "free"], ["reserved", "reserved"],
	["occupied", "occupied"], ["maintenance", "maintenance"], ["unconfirmed", "unconfirmed"], ["age", "age"], ["status", "status"],
];
const isNumber = (sort) => ["reserved", "occupied", "maintenance", "unconfirmed"].includes(sort);

export function element(tag, attributes = {}, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		e.setAttribute(name, value);
	e.append(...children);
	return e;
}

function icon(status) {
	const shapes = {
		fresh: "M3 8.5l3.2 3.2L13 5",
		stale: "M8 4.5V8l2.5 1.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
		offline: "M4 4l8 8M12 4l-8 8",
	};
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(svg.namespaceURI, "path");
	path.setAttribute("d", shapes[status]);
	svg.append(path);
	return svg;
}

export function ageInWords(ms) {
	if (ms === null)
		return t("never");
	const minutes = Math.floor(ms / 60e3);
	if (minutes < 1)
		return t("now");
	const [n, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 48 * 60 ? [Math.floor(minutes / 60), "hour"]
		: [Math.floor(minutes / 1440), "day"];
	return new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "always", style: "short" }).format(-n, unit);
}

function setText(e, text) {
	if (e.textContent !== String(text))
		e.textContent = text;
}

export class Table {
	#rows = new Map(); // key → {tr, cells, values}
	#limit = shownFirst;

	constructor(table, onSort) {
		this.body = table.tBodies[0];
		this.head = table.tHead.rows[0];
		this.onSort = onSort;
	}

	showAll() {
		this.#limit = Infinity;
	}

	drawHead(filter) {
		if (!this.head.cells.length)
			for (const [sort] of columns) {
				const button = element("button", { type: "button" });
				button.addEventListener("click", () => this.onSort(sort));
				this.head.append(element("th", { scope: "col", role: "columnheader", class: isNumber(sort) ? "n" : sort }, button));
			}
		columns.forEach(([sort, label], i) => {
			const th = this.head.cells[i];
			setText(th.firstChild, t(label));
			if (filter.sort === sort)
				th.setAttribute("aria-sort", filter.down ? "descending" : "ascending");
			else
				th.removeAttribute("aria-sort");
		});
	}

	#make(row) {
		const cells = {};
		const tr = element("tr", { role: "row" });
		for (const [sort] of columns) {
			cells[sort] = element(sort === "name" ? "th" : "td", {
				class: isNumber(sort) ? `n ${sort}` : sort, role: sort === "name" ? "rowheader" : "cell",
			});
			if (sort === "name")
				cells.name.scope = "row";
			tr.append(cells[sort]);
		}
		cells.name.append(element("span", { class: "home" }), element("span", { class: "place" }));
		cells.free.append(element("span", { class: "number" }, element("b"), element("span")), element("span", { class: "bar", role: "img" },
			...counts.map((c) => element("i", { class: c }))));
		cells.status.append(element("span", { class: "badge" }));
		return { tr, cells, free: row.available_beds };
	}

	#draw(model, row, kept, isNews) {
		const { tr, cells } = kept;
		const home = model.facilities.get(row.facility_id);
		const values = Object.fromEntries(counts.map((c) => [c, row[`${c}_beds`]]));
		setText(cells.name.firstChild, row.name);
		setText(cells.name.lastChild, [home?.address?.city ?? home?.address?.text, home?.region_name].filter(Boolean).join(", "));
		setText(cells.ward, named(row.ward));
		setText(cells.level, named(row.care_level));
		const [number, bar] = cells.free.children;
		setText(number.firstChild, row.available_beds);
		setText(number.lastChild, ` ${t("free_of", { free: "", total: row.total_beds }).trim()}`);
		bar.setAttribute("aria-label", t("bar", { free: values.available, ...values }));
		counts.forEach((c, i) => {
			bar.children[i].style.flexGrow = values[c];
			bar.children[i].hidden = !values[c];
		});
		for (const c of counts.slice(1)) {
			setText(cells[c], values[c]);
			cells[c].dataset.label = t(c);
			cells[c].classList.toggle("zero", !values[c]);
		}
		tr.classList.toggle("none", !row.available_beds);
		this.tick(model, row, kept);
		if (isNews)
			this.#flash(tr);
	}

	#flash(tr) {
		tr.classList.remove("news");
		void tr.offsetWidth; // begins the animation anew
		tr.classList.add("news");
	}

	tick(model, row, { tr, cells }) {
		const status = model.status(row);
		setText(cells.age, ageInWords(model.age(row)));
		cells.age.title = row.as_of ? new Date(row.as_of).toLocaleString(currentLanguage()) : "";
		const badge = cells.status.firstChild;
		if (badge.dataset.status !== status || badge.dataset.language !== currentLanguage()) {
			badge.dataset.status = status;
			badge.dataset.language = currentLanguage();
			badge.replaceChildren(icon(status), t(status));
		}
		tr.dataset.status = status;
	}

	// Ages grow without any news.
	tickAll(model) {
		for (const [key, kept] of this.#rows)
			this.tick(model, model.rows.get(key), kept);
	}

	// Draws rows in this order; news: keys that have just changed.
	draw(model, rows, news = new Set()) {
		const shown = rows.slice(0, this.#limit);
		const keys = new Set(shown.map(keyOf));
		for (const [key, kept] of this.#rows)
			if (!keys.has(key)) {
				kept.tr.remove();
				this.#rows.delete(key);
			}
		let at = this.body.firstChild;
		for (const row of shown) {
			const key = keyOf(row);
			const isNew = !this.#rows.has(key);
			if (isNew)
				this.#rows.set(key, this.#make(row));
			const kept = this.#rows.get(key);
			this.#draw(model, row, kept, news.has(key));
			if (kept.tr === at)
				at = at.nextSibling;
			else
				this.body.insertBefore(kept.tr, at);
		}
		return shown.length;
	}
}
