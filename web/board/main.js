// The page: head, line, wards. Rows are made once and changed in place, so that a tap never meets a row that has just moved.

import { h, icon } from "./dom.js";
import { pinPad } from "./pinpad.js";
import { closeButton, dialog, openBed, since } from "./sheet.js";
import { changed, logOut, onChange, state, watch, whoAmI } from "./state.js";
import { beginLanguage, keep, setLanguage, t } from "./texts.js";
import { bedName, byWard, lineInWords, moment, person, wardName } from "./words.js";

const title = h("h1"), language = h("button", { type: "button", class: "quiet", onclick: switchLanguage });
const account = h("button", { type: "button", class: "quiet account", onclick: switchUser });
const line = h("p", { class: "line" }), notes = h("div", { class: "notes", role: "status" });
const wards = h("div", { class: "wards" });

function switchLanguage() {
	const name = t("language_of");
	keep("language", name);
	setLanguage(name);
	changed();
}

async function switchUser() {
	if (state.user) {
		await logOut();
		return;
	}
	await whoAmI();
	const box = dialog(t("your_pin"), h("header", {}, h("h2", {}, t("your_pin")), closeButton()), pinPad(t("enter"), () => {
		box.close();
		watch();
	}));
	box.querySelector("#pin")?.focus();
}

// ---- drawing ----

function drawHead() {
	document.title = title.textContent = t("title");
	language.textContent = t("language");
	language.lang = t("language_of");
	account.replaceChildren(icon("person"), h("span", {}, state.user ? person(state.user) : t("log_in")), state.user ? h("small", {}, t("log_out")) : "");
}

function drawLine() {
	const p = state.picture;
	line.hidden = !p;
	if (!p)
		return;
	const { text, level, waits } = lineInWords(p.line, p.zone);
	line.dataset.level = level;
	line.replaceChildren(icon(level), h("span", {}, text), waits ? h("b", {}, waits) : "");
}

function notesNow() {
	const p = state.picture;
	const at = p && state.heardAt ? moment(state.heardAt, p.zone) : "";
	return [
		state.silent && ["bad", at ? t("away", { at }) : t("away_first")],
		p?.stopped && ["bad", t("full")],
		p?.held > 0 && ["warn", t("held", { at: moment(p.held_since, p.zone) })],
		p?.line.refused > 0 && ["warn", t("refused", { n: p.line.refused })],
		state.pinToLook && ["warn", t("look_pin")],
		p && p.beds.length === 0 && ["warn", t("empty")],
	].filter(Boolean);
}

// Only when it says something else: it is read aloud.
function drawNotes() {
	const now = notesNow(), text = JSON.stringify(now);
	if (notes.dataset.text === text)
		return;
	notes.dataset.text = text;
	notes.replaceChildren(...now.map(([level, words]) => h("p", { class: `notice ${level}` }, words)));
}

const rows = new Map(); // bed_id: {row, text}

function drawBed(bed) {
	const { at, by } = since(bed);
	const text = JSON.stringify([bed, at, by, document.documentElement.lang]);
	const known = rows.get(bed.bed_id);
	if (known?.text === text)
		return known.row;
	const row = known?.row ?? h("button", { type: "button", class: "bed", title: bed.bed_id,
		onclick: () => openBed(state.picture.beds.find((b) => b.bed_id === bed.bed_id) ?? bed) });
	row.dataset.status = bed.status;
	row.replaceChildren(h("span", { class: "name" }, bedName(bed.bed_id)),
		h("span", { class: "badge" }, icon(bed.status), t(bed.status)), h("span", { class: "when" }, bed.care_level ? `${t(bed.care_level)}, ` : "", `${at}${by}`));
	rows.set(bed.bed_id, { row, text });
	return row;
}

function drawWards() {
	const groups = byWard(state.picture?.beds ?? []);
	const shape = JSON.stringify([document.documentElement.lang, groups.map(([ward, beds]) => [ward, beds.map((b) => b.bed_id)])]);
	const made = groups.map(([ward, beds]) => [ward, beds, beds.map(drawBed)]);
	if (wards.dataset.shape !== shape) {
		wards.dataset.shape = shape;
		wards.replaceChildren(...made.map(([ward, , list]) => h("section", {}, h("h2", {}, wardName(ward), h("span", { class: "free" })), h("div", { class: "beds" }, list))));
	}
	made.forEach(([, beds], i) => {
		const free = beds.filter((b) => b.status === "available").length;
		wards.children[i].querySelector(".free").textContent = t("free_of", { free, all: beds.length });
	});
}

function draw() {
	drawHead();
	drawLine();
	drawNotes();
	drawWards();
}

beginLanguage();
document.body.append(h("header", { class: "top" }, title, h("div", { class: "tools" }, account, language)), h("main", {}, line, notes, wards));
onChange(draw);
draw();
watch();
whoAmI();
