// Reports: which one, of which days and homes; read here, or taken along.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { currentLanguage, named, t, wardChoice } from "../lib/i18n.js";
import { fetchFile, path, query as asQuery } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { compareNames } from "../lib/order.js";
import { Choice, Failed, Icon, Typed, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { replaceQuery } from "../lib/router.js";
import { save } from "../lib/save.js";
import { me } from "../lib/session.js";
import { fromField, toField } from "../lib/time.js";
import { useTopics } from "../lib/topic.js";
import { faultOf, spanOf, spans, toApi, whyKey } from "./question.js";
import { parse, Shown } from "./shown.js";

const shownMost = 3 << 20; // bytes: a longer page is a file
const formatNames = { csv: "CSV", xlsx: "Excel", pdf: "PDF", json: "JSON", xml: "XML" };

function Pick({ reports, report, lang, set }) {
	return html`<fieldset class="choice report-pick"><legend>${t("rep_which")}</legend><div>${reports.map((r) => html`<label key=${r.name} class="card">
		<input type="radio" name="report" value=${r.name} checked=${r === report} onChange=${() => set({ name: r.name })} />
		<span><b>${r.title[lang]}</b><small class="soft">${r.about[lang]}</small></span></label>`)}</div></fieldset>`;
}

function homesByName() {
	return [...picture.homes.values()].sort((a, b) => a.name.localeCompare(b.name, currentLanguage()));
}

// Wards that there are now where one looks; the one that is chosen stays, for there may have been beds in it.
function wardsOf(facility, region, chosen) {
	const here = [...picture.rows.values()].filter((r) => r.total_beds > 0 && (facility ? r.facility_id === facility : !region || picture.homes.get(r.facility_id)?.region_id === region));
	return [...new Set([...here.map((r) => r.ward), ...(chosen ? [chosen] : [])])].sort((a, b) => compareNames(named(a), named(b)));
}

function Days({ query, set }) {
	return html`<${Choice} label=${t("rep_days")} name="span" value=${spanOf(query)} options=${spans.map((s) => [s, t(`rep_${s}`)])} onChoose=${(span) => set({ span: span === spans[0] ? "" : span })} />
		${spanOf(query) === "own" && html`<label class="field"><span>${t("rep_first_day")}</span><input type="date" name="from" value=${query.from ?? ""} onChange=${(e) => set({ from: e.target.value })} /></label>
			<label class="field"><span>${t("rep_last_day")}</span><input type="date" name="to" value=${query.to ?? ""} onChange=${(e) => set({ to: e.target.value })} /></label>`}`;
}

function Fields({ report, query, set }) {
	const whole = { facility: me().facility_id ?? query.facility, region: query.region };
	const takes = (name) => report.takes.includes(name);
	const homes = homesByName(), regions = new Map(homes.map((h) => [h.region_id, h.region_name]));
	return html`<div class="filters line">
		${takes("from") && html`<${Days} query=${query} set=${set} />`}
		${takes("region") && regions.size > 1 && !query.facility && html`<label class="field"><span>${t("region")}</span><select name="region" onChange=${(e) => set({ region: e.target.value })}>
			<option value="">${t("all")}</option>${[...regions].map(([id, name]) => html`<option key=${id} value=${id} selected=${id === query.region}>${name}</option>`)}</select></label>`}
		${takes("facility") && !me().facility_id && html`<label class="field"><span>${t("facility")}</span><select name="facility" onChange=${(e) => set({ facility: e.target.value })}>
			<option value="">${t(report.needs.includes("facility") ? "rep_choose_home" : "all")}</option>${homes.map((h) => html`<option key=${h.id} value=${h.id} selected=${h.id === query.facility}>${h.name}</option>`)}</select></label>`}
		${takes("ward") && html`<label class="field"><span>${t("ward")}</span><select name="ward" onChange=${(e) => set({ ward: e.target.value })}>
			<option value="">${t("all")}</option>${wardsOf(whole.facility, whole.region, query.ward).map((w) => html`<option key=${w} value=${w} selected=${w === query.ward}>${wardChoice(w)}</option>`)}</select></label>`}
		${takes("bed") && html`<label class="field"><span>${t("bed")}</span><${Typed} name="bed" placeholder=${t("all")} value=${query.bed ?? ""} onDone=${(bed) => set({ bed })} /></label>`}
		${takes("known_at") && html`<label class="field"><span>${t("known_at")}</span><input type="datetime-local" name="known_at" max=${toField(picture.now())} value=${query.known_at ? toField(query.known_at) : ""} onChange=${(e) => set({ known_at: fromField(e.target.value) })} /></label>`}
	</div>`;
}

// What is being made, what came of it, and what went wrong; one at a time.
function useMaking() {
	const [state, setState] = useState({});
	const stop = useRef(null);
	useEffect(() => () => stop.current?.abort(), []);
	async function make(work) {
		stop.current?.abort();
		const mine = (stop.current = new AbortController());
		setState((was) => ({ page: was.page, busy: true }));
		const came = await work(mine.signal);
		if (stop.current === mine)
			setState((was) => ({ page: came.page ?? was.page, why: came.why }));
	}
	function end(kept) {
		stop.current?.abort();
		stop.current = null;
		setState(kept);
	}
	return { ...state, make, cancel: () => end((was) => ({ page: was.page })), clear: () => end({}) };
}

async function read(where, signal) {
	const answer = await fetchFile(where, { signal, most: shownMost });
	if (answer.ok)
		return { page: parse(await answer.blob.text()) };
	return { why: answer.tooLarge ? "rep_too_large" : whyKey(answer) };
}

async function take(where, signal) {
	const answer = await save(where, { signal, quiet: true });
	return { why: answer.ok ? null : whyKey(answer) };
}

function Report({ reports, report, query }) {
	const lang = currentLanguage();
	const making = useMaking();
	const whole = { ...query, facility: me().facility_id ?? query.facility };
	const [tried, setTried] = useState(false);
	const fault = faultOf(report, whole);
	const today = toField(picture.now()).slice(0, 10);
	const where = (format, more) => path`api/reports/${`${report.name}.${format}`}` + asQuery({ ...toApi(report, whole, today, lang), ...more });
	const begin = (work) => {
		setTried(true);
		if (!fault)
			void making.make(work);
	};
	const set = (by) => replaceQuery({ ...query, ...by });
	// Another question: what is shown is not its answer any more.
	useEffect(making.clear, [JSON.stringify([report.name, query])]);
	const why = (tried && fault) || making.why;
	return html`<div class="report-room"><${Pick} reports=${reports} report=${report} lang=${lang} set=${set} />
		<div class="report-ask"><form aria-label=${report.title[lang]} onSubmit=${(e) => { e.preventDefault(); begin((signal) => read(where("html"), signal)); }}>
				<${Fields} report=${report} query=${whole} set=${set} />
				<div class="report-make">${report.formats.includes("html") && html`<button type="submit" name="show" disabled=${making.busy}>${t("rep_show")}</button>`}
					${report.formats.filter((f) => f !== "html").map((f) => html`<button key=${f} type="button" class="quiet" name=${`as-${f}`} disabled=${making.busy} onClick=${() => begin((signal) => take(where(f), signal))}><${Icon} name="download" />${formatNames[f]}</button>`)}</div>
			</form>
			<div role="status">${making.busy && html`<p class="soft">${t("rep_making")} <button type="button" class="link" name="cancel" onClick=${making.cancel}>${t("cancel")}</button></p>`}</div>
			${why && html`<p class="notice bad" role="alert">${t(why)}</p>`}
		</div>
		${making.page && html`<${Shown} page=${making.page} onTable=${(table) => begin((signal) => take(where("csv", { table }), signal))} />`}</div>`;
}

export function Reports({ query }) {
	useTopics(picture.changedHomes);
	const [answer, again] = useAnswer("api/reports");
	const reports = answer?.ok ? answer.data.reports : [];
	const report = reports.find((r) => r.name === query.name) ?? reports[0];
	return html`<div class="reports-page"><h1>${t("rep_title")}</h1>
		${!answer ? html`<${Waiting} />` : !answer.ok ? html`<${Failed} answer=${answer} again=${again} />` : report ? html`<${Report} reports=${reports} report=${report} query=${query} />` : html`<p class="empty">${t("nothing_here")}</p>`}
	</div>`;
}
