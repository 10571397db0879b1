// Puts the page together: login, live rows, filters, language, appearance.

import * as filters from "./filters.js";
import { currentLanguage, named, pickLanguage, setLanguage, t } from "./i18n.js";
import { Live } from "./live.js";
import { choose, counts, Model, totals } from "./model.js";
import { element, Table } from "./table.js";

const $ = (id) => document.getElementById(id);

const model = new Model();
let filter = filters.fromAddress(location.search);
let me = null;
let lostAt = null;
let drawing = 0;
let news = new Set();

const table = new Table($("table"), (sort) => {
	filter = { ...filter, sort, down: filter.sort === sort ? !filter.down : filters.beginsDown(sort) };
	filterChanged();
});

// ---- drawing ----

function drawTotals(rows) {
	const sum = totals(model, rows);
	const tile = (name, value, note) => element("div", { class: `tile ${name}` }, element("span", { class: "label" }, t(name)),
		element("b", {}, value.toLocaleString(currentLanguage())), ...(note ? [element("span", { class: "note" }, note)] : []));
	$("totals").replaceChildren(
		tile("free", sum.available, sum.notFresh ? t("not_fresh", { n: sum.notFresh }) : ""),
		tile("total", sum.total),
		...counts.slice(1).map((c) => tile(c, sum[c])),
		tile("homes", sum.n_homes, t("homes_state", sum.homes)));
}

function draw() {
	drawing = 0;
	if (!me)
		return;
	const rows = choose(model, filter, currentLanguage(), named);
	filters.show($("filters"), filter, model, currentLanguage());
	table.drawHead(filter);
	const shown = table.draw(model, rows, news);
	news = new Set();
	drawTotals(rows);
	const homes = new Set(rows.map((r) => r.facility_id)).size;
	$("count").textContent = t(rows.length < model.rows.size ? "count_of" : "count", { rows: rows.length, all: model.rows.size, homes });
	$("empty").hidden = rows.length > 0;
	$("empty").textContent = t(filters.isFiltering(filter) ? "empty" : "empty_all");
	$("table").hidden = rows.length === 0;
	$("more").hidden = shown === rows.length;
	$("more").textContent = t("more", { n: rows.length });
	$("unfold").classList.toggle("active", filters.isFiltering(filter));
	$("reset").disabled = !filters.isFiltering(filter);
}

// Many changes in one frame are drawn once. A page in the background draws when it is looked at.
function drawSoon() {
	drawing ||= requestAnimationFrame(draw);
}

function filterChanged() {
	history.replaceState(null, "", filters.toAddress(filter));
	drawSoon();
}

// ---- live ----

const clock = (ms) => new Date(ms).toLocaleTimeString(currentLanguage(), { hour: "2-digit", minute: "2-digit" });

function showState(state) {
	if (state === "lost")
		lostAt ??= Date.now();
	if (state === "live")
		lostAt = null;
	const live = $("live");
	if (live.dataset.state !== state || live.dataset.language !== currentLanguage()) {
		live.dataset.state = state;
		live.dataset.language = currentLanguage();
		live.textContent = t(state);
	}
	live.hidden = !me;
	document.body.classList.toggle("is-lost", state === "lost");
	$("lost").hidden = state !== "lost";
	const text = state === "lost" ? t("lost_since", { time: clock(lostAt) }) : "";
	if ($("lost").textContent !== text)
		$("lost").textContent = text;
}

async function loadFacilities() {
	const answer = await fetch("api/facilities").catch(() => null);
	if (!answer?.ok)
		return;
	model.facilities = new Map((await answer.json()).facilities.map((f) => [f.id, f]));
	drawSoon();
}

function changed(keys) {
	for (const key of keys)
		news.add(key);
	if (keys.some((key) => !model.facilities.has(key.split(":")[0])))
		void loadFacilities();
	drawSoon();
}

const live = new Live({
	state: showState,
	snapshot(data) {
		model.snapshot(data);
		changed([]);
		void loadFacilities();
	},
	availability: (data) => changed(model.update(data.rows)),
	contact(data) {
		model.contact(data.facilities);
		drawSoon();
	},
	beat: (data) => model.setClock(data.now),
	refused: () => showLogin(),
});

// ---- login ----

function showLogin() {
	me = null;
	live.stop();
	showState("connecting");
	$("board").hidden = true;
	$("logout").hidden = true;
	$("login").hidden = false;
	showLoginWay(loginWay());
}

// Password or token: the fields of the other way are disabled, so that the form does not ask for them.
const loginWay = () => ($("by-token").hidden ? "password" : "token");

function showLoginWay(way) {
	for (const each of ["password", "token"])
		$(`by-${each}`).hidden = $(`by-${each}`).disabled = each !== way;
	$("login-other").textContent = t(way === "token" ? "with_password" : "with_token");
	$("login-error").textContent = "";
	$(way === "token" ? "token" : "user").focus();
}

$("login-other").addEventListener("click", () => showLoginWay(loginWay() === "token" ? "password" : "token"));

function showBoard(who) {
	me = who;
	$("login").hidden = true;
	$("board").hidden = false;
	$("logout").hidden = !who.csrf;
	$("logout").title = who.name;
	draw();
	live.start();
}

$("login-form").addEventListener("submit", async (e) => {
	e.preventDefault();
	$("login-error").textContent = "";
	const byToken = loginWay() === "token";
	const answer = await fetch("api/login", {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(byToken ? { token: $("token").value.trim() }
			: { login: $("user").value.trim().toLowerCase(), password: $("password").value }),
	}).catch(() => null);
	if (answer?.ok) {
		$("token").value = $("password").value = "";
		showBoard(await answer.json());
		return;
	}
	$("login-error").textContent = t(answer?.status === 401 ? (byToken ? "token_bad" : "login_bad") : answer?.status === 429 ? "login_limited" : "login_away");
	$(byToken ? "token" : "password").select();
});

$("logout").addEventListener("click", async () => {
	await fetch("api/logout", { method: "POST", headers: { "X-CSRF-Token": me.csrf } }).catch(() => null);
	model.rows.clear();
	model.facilities.clear();
	showLogin();
});

// ---- filters, language, appearance ----

$("filters").addEventListener("input", () => {
	filter = filters.fromForm($("filters"));
	filterChanged();
});
$("filters").addEventListener("submit", (e) => e.preventDefault());
$("reset").addEventListener("click", () => {
	filter = filters.reset(filter);
	$("filters").elements.q.focus();
	$("filters").elements.q.value = "";
	filterChanged();
});
$("unfold").addEventListener("click", () => {
	const unfolded = $("filters").classList.toggle("unfolded");
	$("unfold").setAttribute("aria-expanded", unfolded);
});
$("more").addEventListener("click", () => {
	table.showAll();
	drawSoon();
});

// What is kept is a convenience; a browser that keeps nothing is fine.
function kept(key, value) {
	try {
		if (value === undefined)
			return localStorage.getItem(key) ?? "";
		localStorage.setItem(key, value);
	} catch { /* no storage */ }
	return "";
}

$("language").addEventListener("change", (e) => {
	kept("language", e.target.value);
	setLanguage(e.target.value);
	$("login-other").textContent = t(loginWay() === "token" ? "with_password" : "with_token");
	showState($("live").dataset.state ?? "connecting");
	drawSoon();
});

function setTheme(theme) {
	if (theme)
		document.documentElement.dataset.theme = theme;
	else
		delete document.documentElement.dataset.theme;
}
$("theme").addEventListener("change", (e) => {
	kept("theme", e.target.value);
	setTheme(e.target.value);
});

async function begin() {
	const language = pickLanguage(kept("language"), navigator.languages);
	$("language").value = language;
	setLanguage(language);
	$("theme").value = kept("theme");
	setTheme(kept("theme"));
	setInterval(() => {
		if (!me)
			return;
		table.tickAll(model);
	}, 10e3);
	setInterval(drawSoon, 60e3);
	const answer = await fetch("api/me", { cache: "no-store" }).catch(() => null);
	if (answer?.ok)
		showBoard(await answer.json());
	else
		showLogin();
}

void begin();
