// Homes, users, thresholds, subscriptions; the audit log and the access log.

import { html, useEffect, useState } from "../lib/html.js";
import { number, t } from "../lib/i18n.js";
import { get, query as asQuery } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { Failed, Icon, Typed, useInSight, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { address, replaceQuery } from "../lib/router.js";
import { saveAll } from "../lib/save.js";
import { fromField, toField } from "../lib/time.js";
import { useTopics } from "../lib/topic.js";
import { Form } from "./form.js";
import { logs, things } from "./things.js";

// The pages of a list, one after another.
function usePages(where, key) {
	const [answer, again] = useAnswer(where);
	const [more, setMore] = useState({ of: null, rows: [], next: null });
	useEffect(() => setMore({ of: null, rows: [], next: null }), [answer]);
	const rows = answer?.ok ? [...answer.data[key], ...more.rows] : [];
	const next = answer?.ok ? (more.of ? more.next : answer.data.next) : null;
	async function goOn() {
		const page = await get(`${where}${where.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(next)}`);
		if (page.ok)
			setMore({ of: where, rows: [...more.rows, ...page.data[key]], next: page.data.next });
	}
	return { answer, again, rows, next, goOn };
}

// A long identifier is broken where its words meet, and copied as it is.
const broken = (value) => (typeof value === "string" && value.includes("_") ? value.split(/(?<=_)/).map((part, i) => html`${i > 0 && html`<wbr />`}${part}`) : value);

function List({ columns, rows, keyOf, onOpen, titleOf, caption }) {
	return html`<div class="wide" tabindex="0" role="region" aria-label=${caption}><table class="events plain"><caption class="sr">${caption}</caption>
		<thead><tr>${columns.map(([text]) => html`<th key=${text} scope="col">${t(text)}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr key=${keyOf(row)}>${columns.map(([text, value], i) => html`<td key=${text} data-label=${t(text)}>${i === 0 && onOpen ? html`<button type="button" class="link" aria-label=${titleOf(row)} onClick=${() => onOpen(row)}>${value(row)}</button>` : broken(value(row))}</td>`)}</tr>`)}</tbody>
	</table></div>`;
}

// How many of how many; + where there are more that were not fetched yet.
const Count = ({ shown, all, more }) => html`<p class="soft small" role="status">${t("shown_of", { shown, all: `${number(all)}${more ? "+" : ""}` })}</p>`;

function Things({ kind, query }) {
	const { answer, again, rows, next, goOn } = usePages(`api/admin/${kind.name}?limit=500`, kind.key);
	const [open, setOpen] = useState(null); // {thing} or {} for a new one
	if (!answer)
		return html`<${Waiting} />`;
	if (!answer.ok)
		return html`<${Failed} answer=${answer} again=${again} />`;
	const text = (query.q ?? "").toLowerCase();
	const shown = text ? rows.filter((row) => kind.columns.some(([, value]) => String(value(row) ?? "").toLowerCase().includes(text))) : rows;
	const close = () => setOpen(null);
	return html`<div class="filters line"><label class="field"><span>${t("search")}</span><input type="search" name="q" value=${query.q ?? ""} onInput=${(e) => replaceQuery({ ...query, q: e.target.value })} /></label>
			<button type="button" name="add" onClick=${() => setOpen({})}><${Icon} name="plus" />${t(kind.one)}</button></div>
		<${Count} shown=${shown.length} all=${rows.length} more=${next} />
		${shown.length ? html`<${List} columns=${kind.columns} rows=${shown} keyOf=${(row) => row.id} titleOf=${kind.titleOf} caption=${t(kind.text)} onOpen=${(thing) => setOpen({ thing })} />` : html`<p class="empty">${t("nothing_here")}</p>`}
		${next && html`<p class="more"><button type="button" class="quiet" onClick=${goOn}>${t("more")}</button></p>`}
		${open && html`<${Form} key=${open.thing?.id ?? "new"} kind=${kind} thing=${open.thing} onClose=${close} onDone=${() => { close(); again(); }} />`}`;
}

function Log({ log, query }) {
	const filters = Object.fromEntries(log.filters.map(([name]) => [name, query[name] ?? ""]));
	const { answer, again, rows, next, goOn } = usePages(`${log.where}${asQuery({ ...filters, limit: 100 })}`, "rows");
	const set = (name, value) => replaceQuery({ ...query, [name]: value });
	const [busy, setBusy] = useState(false);
	return html`<div class="filters line">${log.filters.map(([name, text, kind]) => html`<label key=${name} class="field"><span>${t(text)}</span>${kind === "time" ? html`<input type="datetime-local" name=${name} value=${filters[name] ? toField(filters[name]) : ""} onChange=${(e) => set(name, fromField(e.target.value))} />`
			: kind ? html`<select name=${name} onChange=${(e) => set(name, e.target.value)}>${kind().map(([code, each]) => html`<option key=${code} value=${code} selected=${code === filters[name]}>${each}</option>`)}</select>`
				: html`<${Typed} name=${name} value=${filters[name]} onDone=${(text) => set(name, text)} />`}</label>`)}
			${log.csv && html`<button type="button" class="quiet" name="csv" disabled=${busy} onClick=${async () => { setBusy(true); await saveAll(`${log.where}${asQuery({ ...filters, limit: 1000, format: "csv" })}`); setBusy(false); }}><${Icon} name="download" />${busy ? t("loading") : "CSV"}</button>`}</div>
		${!answer ? html`<${Waiting} />` : !answer.ok ? html`<${Failed} answer=${answer} again=${again} />` : rows.length ? html`<${List} columns=${log.columns} rows=${rows} keyOf=${log.keyOf} caption=${t(log.text)} /><${Count} shown=${rows.length} all=${rows.length} more=${next} />` : html`<p class="empty">${t("nothing_here")}</p>`}
		${next && html`<p class="more"><button type="button" class="quiet" onClick=${goOn}>${t("more")}</button></p>`}`;
}

export function Admin({ parts, query }) {
	useTopics(picture.changedHomes);
	const offered = [...things, ...logs].filter((each) => each.offered());
	const here = offered.find((each) => each.name === parts[1]) ?? offered[0];
	const tabs = useInSight(here.name);
	return html`<div class="admin-page"><h1>${t(offered.length > 1 ? "nav_admin" : here.text)}</h1>
		${offered.length > 1 && html`<nav ref=${tabs} class="tabs" aria-label=${t("nav_admin")}>${offered.map((each) => html`<a key=${each.name} href=${address(["admin", each.name])} aria-current=${each === here ? "page" : undefined}>${t(each.text)}</a>`)}</nav>`}
		${here.fields ? html`<${Things} key=${here.name} kind=${here} query=${query} />` : html`<${Log} key=${here.name} log=${here} query=${query} />`}
	</div>`;
}
