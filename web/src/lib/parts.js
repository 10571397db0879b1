// Small things that every page shows.

import { html, still, useEffect, useRef, useState } from "./html.js";
import { number, t } from "./i18n.js";
import { useTick } from "./minute.js";
import { counts, picture } from "./picture.js";
import { ageInWords, exact } from "./time.js";

const shapes = {
	fresh: "M3 8.5l3.2 3.2L13 5",
	stale: "M8 4.5V8l2.5 1.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
	offline: "M2 5.2a9 9 0 0 1 12 0M4.4 8.2a5.4 5.4 0 0 1 7.2 0M8 12.2v.1M2.5 13.5l11-11",
	closed: "M4.6 7.2V5.4a3.4 3.4 0 0 1 6.8 0v1.8M3.2 7.2h9.6v6.4H3.2z",
	available: "M1.8 3.5v9M1.8 10.5h12.4v2M14.2 10.5V8.8a2 2 0 0 0-2-2H6.5v3.7",
	occupied: "M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.8c.4-2.8 2.4-4.2 5-4.2s4.6 1.4 5 4.2",
	reserved: "M4 2h8v12l-4-3-4 3z",
	maintenance: "M10.2 2.2a3.6 3.6 0 0 0-3.4 5L2.4 11.6a1.4 1.4 0 0 0 2 2l4.4-4.4a3.6 3.6 0 0 0 5-4.4L11.6 7 9 6.9 8.9 4.4z",
	unconfirmed: "M5.6 5.8a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2.9-1.2 1.7M8 12.6v.1",
	alert: "M8 2.2l6.4 11.2H1.6zM8 6.4v3.2M8 11.6v.1",
	search: "M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4zM10.8 10.8L14.4 14.4",
	pin: "M8 14.4s4.8-4.3 4.8-7.8a4.8 4.8 0 0 0-9.6 0c0 3.5 4.8 7.8 4.8 7.8zM8 8.3a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z",
	home: "M2 7.6L8 2.4l6 5.2M3.6 6.4v7.2h8.8V6.4",
	close: "M4 4l8 8M12 4l-8 8",
	download: "M8 2v8M4.8 7.2L8 10.4l3.2-3.2M2.4 13.6h11.2",
	person: "M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.8c.4-2.8 2.4-4.2 5-4.2s4.6 1.4 5 4.2",
	back: "M9.6 3.2L4.8 8l4.8 4.8",
	conflict: "M2 5.2h9.6M8.8 2.4l2.8 2.8-2.8 2.8M14 10.8H4.4M7.2 8l-2.8 2.8 2.8 2.8",
	report: "M3.4 1.8h6.2l3 3v9.4H3.4zM5.8 11.4V9M8 11.4V6.8M10.2 11.4V8",
	plus: "M8 3v10M3 8h10", minus: "M3 8h10",
	fit: "M2.4 6V2.4H6M10 2.4h3.6V6M13.6 10v3.6H10M6 13.6H2.4V10",
};

export const Icon = still(({ name }) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${shapes[name]} /></svg>`);

// Bedpost's own sign, as in static/icon.svg; drawn here, for a picture in a file is a page of its own to a browser.
export const Mark = ({ size }) => html`<svg viewBox="0 0 32 32" width=${size} height=${size} aria-hidden="true"><rect width="32" height="32" rx="7" fill="#0b6e69" />
	<path d="M6 8v17M6 20h20v5M26 20v-3a4 4 0 0 0-4-4h-8v7" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" /><circle cx="10" cy="15.4" r="2.2" fill="#fff" /></svg>`;

// What number one sees and whether to trust it: in a sign, in words, and how old.
export function Trust({ of }) {
	useTick();
	const status = picture.status(of);
	// Said when somebody points at it: a date in full costs as much as the row.
	return html`<span class="trust" data-status=${status} onPointerEnter=${(e) => { e.currentTarget.title = exact(of.as_of); }}>
		<span class="badge"><${Icon} name=${status} />${t(status)}</span>
		${status !== "closed" && html`<span class="age">${ageInWords(picture.age(of))}</span>`}
	</span>`;
}

export function Ago({ at }) {
	useTick();
	return html`<time datetime=${at} title=${exact(at)}>${ageInWords(at ? Math.max(0, picture.now() - Date.parse(at)) : null)}</time>`;
}

export const Bar = still(({ available, reserved, occupied, maintenance, unconfirmed }) => {
	const values = { available, reserved, occupied, maintenance, unconfirmed };
	return html`<span class="bar" role="img" aria-label=${t("bar", values)} title=${t("bar", values)}>
		${counts.map((c) => values[c] > 0 && html`<i key=${c} class=${c} style=${`flex-grow:${values[c]}`}></i>`)}
	</span>`;
});

// "3 of 12" with its bar.
export const Free = still(({ row }) => html`<span class=${`free${row.available_beds ? "" : " none"}`}>
	<span class="number"><b>${number(row.available_beds)}</b> <span>${t("of_total", { total: row.total_beds })}</span></span>
	<${Bar} ...${Object.fromEntries(counts.map((c) => [c, row[`${c}_beds`]]))} />
</span>`);

// A choice of few, all of them in sight: one click each.
export function Choice({ label, name, options, value, onChoose }) {
	const box = useRef(null);
	// Where the choices do not fit they are moved under the finger: the chosen one is always in sight.
	useEffect(() => {
		const all = box.current, one = all.scrollWidth > all.clientWidth && all.querySelector(":checked")?.parentElement;
		if (one)
			all.scrollLeft += one.getBoundingClientRect().left - all.getBoundingClientRect().left - 24;
	}, [value, options.length]);
	return html`<fieldset class="choice"><legend>${label}</legend><div class="choices" ref=${box}>
		${options.map(([code, text]) => html`<label key=${code}><input type="radio" name=${name} value=${code} checked=${code === value}
			onChange=${() => onChoose(code)} /><span>${text}</span></label>`)}
	</div></fieldset>`;
}

// A field whose text counts when it is done: Enter, or the field is left. Until then it stays as typed, however often the page is drawn anew.
export function Typed({ value, onDone, ...rest }) {
	const [text, setText] = useState(value);
	useEffect(() => setText(value), [value]);
	return html`<input type="search" ...${rest} value=${text} onInput=${(e) => setText(e.target.value)} onChange=${(e) => onDone(e.target.value.trim())} />`;
}

// A dialog over the page: Escape and a click outside close it, and the focus goes back to where it was.
export function Dialog({ title, onClose, children, kind = "" }) {
	const dialog = useRef(null);
	useEffect(() => {
		const before = document.activeElement;
		dialog.current.showModal();
		return () => before?.isConnected && before.focus();
	}, []);
	return html`<dialog ref=${dialog} class=${`sheet ${kind}`} aria-label=${title} onCancel=${(e) => { e.preventDefault(); onClose(); }}
		onClick=${(e) => e.target === dialog.current && onClose()}>
		<div class="sheet-inside">
			<header><h2>${title}</h2><button type="button" class="quiet icon-only" aria-label=${t("close")} onClick=${onClose}><${Icon} name="close" /></button></header>
			${children}
		</div>
	</dialog>`;
}

// For a row of places that may be wider than the page: where one is stands in sight.
export function useInSight(current) {
	const row = useRef(null);
	useEffect(() => row.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [current]);
	return row;
}

export const Waiting = () => html`<p class="waiting" role="status">${t("loading")}</p>`;

// What went wrong with a question, and the way to ask again.
export function Failed({ answer, again }) {
	const why = answer.status === 0 ? "unreachable" : answer.status === 403 ? "forbidden" : answer.status === 404 ? "not_found" : answer.status === 503 ? "away" : "failed";
	return html`<div class="notice bad" role="alert"><p>${t(why)}</p>
		${again && html`<button type="button" class="quiet" onClick=${again}>${t("try_again")}</button>`}</div>`;
}

export const BedStatus = ({ status }) => html`<span class="bed-status" data-bed=${status}><${Icon} name=${status} />${t(`b_${status}`)}</span>`;
