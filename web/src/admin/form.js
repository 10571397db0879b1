// A thing's fields: to add it, or to change it as it was seen.

import { html, useRef, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { ask, patch, path, post } from "../lib/api.js";
import { Dialog } from "../lib/parts.js";
import { fromField, toField } from "../lib/time.js";
import { toast } from "../lib/toast.js";

const inside = (thing, name) => name.split(".").reduce((at, key) => at?.[key], thing);

function put(body, name, value) {
	const keys = name.split("."), last = keys.pop();
	let at = body;
	for (const key of keys)
		at = at[key] ??= {};
	at[last] = value;
}

function first(field, thing) {
	const fallback = typeof field.fallback === "function" ? field.fallback() : field.fallback;
	const value = thing ? inside(thing, field.name) : fallback;
	if (field.kind === "time" && value)
		return toField(value);
	return field.kind === "check" ? Boolean(value) : value === null || value === undefined ? "" : String(value);
}

// What is sent of a field; undefined: nothing.
function valueOf(field, value, before, isNew) {
	if (value === before && !isNew)
		return undefined;
	if (field.kind === "check")
		return value;
	if (value === "")
		return isNew || field.kind === "password" ? undefined : null;
	return field.kind === "number" ? Number(value) : field.kind === "time" ? fromField(value) : value;
}

export function Field({ field, value, error, onChange }) {
	const id = `f-${field.name}`;
	const common = { id, name: field.name, required: field.required, "aria-invalid": error ? "true" : undefined, "aria-describedby": error ? `${id}-error` : undefined };
	const input = field.kind === "check" ? html`<input type="checkbox" ...${common} checked=${value} onChange=${(e) => onChange(e.target.checked)} />`
		: field.kind === "select" ? html`<select ...${common} onChange=${(e) => onChange(e.target.value)}>${field.options().map(([code, text]) => html`<option key=${code} value=${code} selected=${code === value}>${text}</option>`)}</select>`
			: field.kind === "time" ? html`<input type="datetime-local" ...${common} value=${value} onChange=${(e) => onChange(e.target.value)} />`
			: html`<input type=${field.kind === "password" ? "password" : "text"} inputmode=${field.kind === "number" ? "decimal" : undefined} autocomplete=${field.kind === "password" ? "new-password" : "off"} placeholder=${field.hint} ...${common} value=${value} onInput=${(e) => onChange(e.target.value)} />`;
	return html`<label class=${field.kind === "check" ? "check" : "field"}>${field.kind === "check" ? html`${input}<span>${t(field.text)}</span>` : html`<span>${t(field.text)}</span>${input}`}
		${field.help && html`<small class="soft">${t(field.help)}</small>`}${error && html`<small id=${`${id}-error`} class="error">${error}</small>`}</label>`;
}

// What was just made and is told this once.
function Once({ text, note, onDone }) {
	const field = useRef(null);
	async function copy() {
		field.current.select();
		try {
			await navigator.clipboard.writeText(text);
			toast(t("copied"));
		} catch {
			toast(t("copy_by_hand")); // only a page that came over TLS may
		}
	}
	return html`<p class="notice warn" role="alert">${t(note)}</p>
		<label class="field"><span>${t("token")}</span><input ref=${field} name="once" class="once" readonly value=${text} onFocus=${(e) => e.target.select()} /></label>
		<div class="sheet-actions"><button type="button" class="quiet" name="copy" onClick=${copy}>${t("copy")}</button><button type="button" name="seen" onClick=${onDone}>${t("once_done")}</button></div>`;
}

// A thing that is not changed is told, by the columns of its list.
const Facts = ({ kind, thing }) => html`<dl class="facts">${kind.columns.map(([text, value]) => html`<div key=${text}><dt>${t(text)}</dt><dd>${value(thing)}</dd></div>`)}</dl>`;

export function Form({ kind, thing, onClose, onDone }) {
	const fields = kind.fields.filter((f) => !f.on || f.on === (thing ? "change" : "add"));
	const [before] = useState(() => Object.fromEntries(fields.map((f) => [f.name, first(f, thing)])));
	const [values, setValues] = useState(before);
	const [problem, setProblem] = useState(null);
	const [sure, setSure] = useState(null);
	const [told, setTold] = useState(""); // what the action that is asked for wants to know
	const errorOf = (name) => problem?.errors?.find((e) => e.pointer === `#/${name.replace(/\./g, "/")}`)?.detail;
	const [once, setOnce] = useState(null);
	const [acted, setActed] = useState(0);
	const shown = fields.filter((f) => !f.when || f.when({ ...thing, ...values }));
	const own = thing && path`${thing.id}`;

	function finish(answer, text, stays) {
		if (answer.ok && answer.data?.[kind.once?.name]) {
			setOnce(answer.data[kind.once.name]);
			return;
		}
		if (answer.ok) {
			toast(t(text));
			setProblem(null);
			setActed(acted + 1);
			if (!stays)
				onDone();
			return;
		}
		setProblem(answer.problem ?? { detail: t(answer.status === 0 ? "unreachable" : "failed") });
		if (answer.problem?.type?.endsWith(":stale"))
			setProblem({ detail: t("changed_by_other") });
	}
	async function submit(e) {
		e.preventDefault();
		// Enter in what an action asks for means the action: nothing may seem saved that was not sent.
		if (asked?.asks) {
			await act(asked);
			return;
		}
		const body = {};
		for (const field of shown) {
			const value = valueOf(field, values[field.name], before[field.name], !thing);
			if (value !== undefined)
				put(body, field.name, value);
		}
		finish(await (thing ? patch(`api/admin/${kind.name}/${own}`, body, { version: thing.etag }) : post(`api/admin/${kind.name}`, body)), "saved");
	}
	async function act(action) {
		if ((action.sure || action.asks) && sure !== action.name) {
			setSure(action.name);
			setTold("");
			return;
		}
		finish(action.name === "remove" ? await ask("DELETE", `api/admin/${kind.name}/${own}`, { version: thing.etag }) : await ask("POST", `api/admin/${kind.name}/${own}/${action.name}`, action.asks ? { body: { [action.asks.name]: told } } : {}), action.done ?? "done", action.stays);
	}
	const actions = thing ? [...(kind.actions ?? []).filter((a) => a.offered(thing)), ...(kind.removable ? [{ name: "remove", text: "remove", sure: kind.removable }] : [])] : [];
	const asked = actions.find((a) => a.name === sure);
	const title = thing ? kind.titleOf(thing) : t(kind.one);
	if (once)
		return html`<${Dialog} title=${title} onClose=${onDone} kind="form-sheet"><${Once} text=${once} note=${kind.once.note} onDone=${onDone} /></${Dialog}>`;
	return html`<${Dialog} title=${title} onClose=${acted ? onDone : onClose} kind="form-sheet"><form onSubmit=${submit}>
		${!fields.length && html`<${Facts} kind=${kind} thing=${thing} />`}
		<div class="form-fields">${shown.map((f) => html`<${Field} key=${f.name} field=${f} value=${values[f.name]} error=${errorOf(f.name)} onChange=${(v) => setValues((now) => ({ ...now, [f.name]: v }))} />`)}</div>
		${problem && html`<p class="notice bad" role="alert"><b>${t("not_saved")}</b> ${problem.detail}</p>`}
		${asked?.sure && html`<p class="notice warn" role="alert">${t(asked.sure)}</p>`}
		${asked?.asks && html`<div class="form-fields"><${Field} field=${asked.asks} value=${told} error=${errorOf(asked.asks.name)} onChange=${setTold} /></div>`}
		<div class="sheet-actions">${actions.map((a) => html`<button key=${a.name} type="button" class=${`quiet${a.name === sure ? " danger" : ""}`} name=${a.name} onClick=${() => act(a)}>${t(a.text)}</button>`)}<span class="grow"></span>
			<button type="button" class="quiet" onClick=${acted ? onDone : onClose}>${t(fields.length && !acted ? "cancel" : "close")}</button>${!asked?.asks && fields.length > 0 && html`<button type="submit" name="save">${t("save")}</button>`}</div>
	</form>${thing && kind.below && html`<${kind.below} thing=${thing} version=${acted} />`}</${Dialog}>`;
}
