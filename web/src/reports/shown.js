// A report that the region wrote as a page, taken into this one: its texts, tables and drawings, in this page's looks. It is
// read as a document of its own, where nothing is loaded and nothing runs, and only what a report is made of is taken over.

import { draw, html, useLayoutEffect, useRef } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Icon } from "../lib/parts.js";

const kinds = new Set("DL DT DD UL LI P SECTION DIV FIGURE FIGCAPTION H2 WBR TABLE THEAD TBODY TFOOT TR TH TD svg line polyline polygon circle text".split(" "));
const attributes = /^(class|scope|viewBox|role|aria-label|x|y|x1|y1|x2|y2|cx|cy|r|points|font-size|text-anchor)$/;

function taken(from) {
	const name = from.tagName === "H2" ? "h3" : from.tagName.toLowerCase();
	const made = document.createElementNS(from.namespaceURI, from.namespaceURI.endsWith("svg") ? from.tagName : name);
	for (const { name: key, value } of from.attributes)
		if (attributes.test(key))
			made.setAttribute(key, value);
	for (const child of from.childNodes)
		if (child.nodeType === Node.TEXT_NODE)
			made.append(child.data);
		else if (child.nodeType === Node.ELEMENT_NODE && kinds.has(child.tagName))
			made.append(taken(child));
	return made;
}

// A wide table is scrolled by itself, also by the keyboard, and its heading names it. On a phone its rows are cards (style/reports.css):
// each value stands under its column's title.
function dressed(section, key, title, onTable) {
	const scroll = section.querySelector(".scroll"), heading = section.querySelector("h3");
	scroll?.setAttribute("tabindex", "0");
	scroll?.setAttribute("role", "region");
	scroll?.setAttribute("aria-label", title);
	section.querySelector("table")?.setAttribute("aria-label", title);
	section.querySelectorAll("thead th").forEach((head, i) =>
		head.closest("table").style.setProperty(`--c${i + 1}`, JSON.stringify(head.textContent)));
	const tools = document.createElement("span");
	heading.append(" ", tools);
	draw(html`<button type="button" class="link" aria-label=${`CSV: ${title}`} onClick=${() => onTable(key)}><${Icon} name="download" />CSV</button>`, tools);
	return section;
}

// Its own looks stay behind: they would be refused here anyway, and loudly.
export const parse = (text) => new DOMParser().parseFromString(text.replace(/<style>[^<]*<\/style>/, "").replace(/(<table [^>]*) style="[^"]*"/g, "$1"), "text/html");

export function Shown({ page, onTable }) {
	const box = useRef(null);
	useLayoutEffect(() => {
		const parts = [...page.querySelectorAll("header > dl, header > ul, main > .charts, main > section")].map((part) => {
			const heading = part.querySelector("h2[id]"), made = taken(part);
			for (const figure of made.querySelectorAll("figure")) // wider than a phone: moved by the keyboard too
				figure.setAttribute("tabindex", "0");
			return heading ? dressed(made, heading.id, heading.textContent, onTable) : made;
		});
		box.current.replaceChildren(...parts);
		box.current.parentElement.focus();
	}, [page]);
	return html`<article class="report card" tabindex="-1" aria-label=${page.querySelector("h1")?.textContent ?? t("rep_title")}>
		<header><h2>${page.querySelector("h1")?.textContent}</h2><p class="soft">${page.querySelector(".sub")?.textContent}</p></header>
		<div ref=${box}></div>
	</article>`;
}
