// One bed: what it is to be, the PIN if nobody is logged in, and what came of it. A change is saved only when the board has said so.

import { ask, newKey, problemOf } from "./api.js";
import { h, icon } from "./dom.js";
import { pinPad } from "./pinpad.js";
import { forget, state, takeBed, watch, whoAmI } from "./state.js";
import { t } from "./texts.js";
import { toast } from "./toast.js";
import { bedName, isPseudonym, moment, person } from "./words.js";

export const statuses = ["available", "occupied", "reserved", "maintenance"];
const lower = (status) => t(status).toLowerCase();

let open = null; // the dialog that is open

export function dialog(label, ...content) {
	open?.remove();
	const box = h("dialog", { "aria-label": label, onclose: () => { box.remove(); open = open === box ? null : open; } }, ...content);
	box.addEventListener("click", (event) => event.target === box && box.close());
	document.body.append(box);
	box.showModal();
	open = box;
	return box;
}

export const closeButton = () => h("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => open?.close() }, icon("close"));

function head(bed, text) {
	return h("header", {}, h("h2", {}, bedName(bed.bed_id)), h("p", {}, text), closeButton());
}

export function since(bed) {
	const at = t("since", { at: moment(bed.changed_at, state.picture.zone) });
	const by = bed.set_by === "region" ? `, ${t("by_region")}` : bed.changed_by && !isPseudonym(bed.changed_by) ? `, ${t("by", { who: person(bed.changed_by) })}` : "";
	return { at, by };
}

// ---- the two taps ----

export function openBed(bed) {
	const { at, by } = since(bed);
	const choice = (status) => h("button", { type: "button", class: "choice", "data-status": status, "aria-pressed": String(status === bed.status),
		onclick: () => want({ bed, seen: bed.status, status, key: newKey() }) }, icon(status), h("span", {}, t(status)));
	dialog(bedName(bed.bed_id), head(bed, `${t(bed.status)} ${at}${by}`),
		h("p", { class: "question" }, t("set_to")), h("div", { class: "choices" }, statuses.map(choice)));
}

function want(change) {
	if (change.status === change.seen)
		open.close();
	else if (state.user)
		save(change);
	else
		askPin(change);
}

async function askPin(change) {
	await whoAmI();
	if (state.user) {
		save(change);
		return;
	}
	dialog(t("your_pin"), head(change.bed, t("to_become", { bed: bedName(change.bed.bed_id), status: lower(change.status) })),
		pinPad(t("ok"), () => save(change)));
	open.querySelector("#pin")?.focus();
}

// ---- saving, and what came of it ----

async function save(change) {
	const { bed, seen, status, key } = change;
	dialog(t("saving"), head(bed, t("saving")), h("p", { class: "question", role: "status" }, t("saving")));
	const answer = await ask("PUT", `api/beds/${encodeURIComponent(bed.bed_id)}/status`, { body: { seen, status, key }, csrf: state.csrf });
	if (answer.ok)
		saved(change, answer.body);
	else if (problemOf(answer) === "bed-changed")
		overtaken(change, answer.body.bed);
	else if (answer.status === 401 || answer.status === 403) {
		forget();
		askPin(change);
	} else
		failed(change, answer);
}

function saved({ status }, { outcome, bed }) {
	open.close();
	takeBed(bed);
	watch();
	const is = { bed: bedName(bed.bed_id), status: lower(bed.status) };
	const line = state.picture?.line, up = line?.state === "up" && !line.unanswered_since;
	toast(t(outcome === "already" || bed.status !== status ? "already" : up ? "saved" : "saved_offline", is));
}

function overtaken(change, now) {
	takeBed(now);
	watch();
	const { at, by } = since(now);
	const again = { ...change, seen: now.status, key: newKey() };
	dialog(t("not_saved"), head(change.bed, t("not_saved")),
		h("p", { class: "notice warn", role: "alert" }, t("overtaken", { bed: bedName(now.bed_id), status: lower(now.status), at, by })),
		h("div", { class: "actions" },
			h("button", { type: "button", class: "quiet", onclick: () => open.close() }, t("leave", { status: lower(now.status) })),
			h("button", { type: "button", class: "main", onclick: () => save(again) }, t("set_anyway", { status: lower(change.status) }))));
}

function why(answer) {
	const words = { "disk-full": "why_full", busy: "why_busy", clock: "why_clock", "unknown-bed": "why_unknown" };
	return t(answer.status === 0 ? "why_lost" : words[problemOf(answer)] ?? "why_other", { status: answer.status });
}

// The same key again: if it was saved after all, this finds it.
function failed(change, answer) {
	dialog(t("not_saved"), head(change.bed, t("to_become", { bed: bedName(change.bed.bed_id), status: lower(change.status) })),
		h("p", { class: "notice bad", role: "alert" }, h("b", {}, t("not_saved")), " ", why(answer)),
		h("div", { class: "actions" },
			h("button", { type: "button", class: "quiet", onclick: () => open.close() }, t("cancel")),
			h("button", { type: "button", class: "main", onclick: () => save(change) }, t("try_again"))));
}
