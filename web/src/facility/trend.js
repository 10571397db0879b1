// Free beds over time. The drawing is loaded only here.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { currentLanguage, named, t } from "../lib/i18n.js";
import { get, path, query } from "../lib/api.js";
import { Choice, Failed, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { replaceQuery } from "../lib/router.js";
import { moment } from "../lib/time.js";
import { courseOf } from "./course.js";

const pagesMax = 10;
const day = 864e5;

// The pages of a list, the newest first: as much of it as ten of them hold.
async function pagesOf(where, key, parameters) {
	const rows = [];
	let cursor = null;
	for (let n = 0; n < pagesMax; n++) {
		const page = await get(where + query({ ...parameters, limit: 1000, cursor }));
		if (!page.ok)
			return page;
		rows.push(...page.data[key]);
		cursor = page.data.next;
		if (!cursor)
			break;
	}
	return { ok: true, rows, cut: Boolean(cursor) };
}

// Everything since `from`, or since the oldest event that was given.
async function ask(facility, from) {
	const where = path`api/facilities/${facility}/history`, at = (ms) => new Date(ms).toISOString();
	const [events, conflicts] = await Promise.all([pagesOf(where, "events", { from: at(from) }), pagesOf("api/conflicts", "conflicts", { facility, status: "all" })]);
	if (!events.ok || !conflicts.ok)
		return events.ok ? conflicts : events;
	const since = events.cut ? Date.parse(events.rows.at(-1).changed_at) : from;
	const begin = await pagesOf(where, "beds", { as_of: at(since) });
	return begin.ok ? { ok: true, beds: begin.rows, events: events.rows, conflicts: conflicts.rows, from: since, cut: events.cut } : begin;
}

function useChart(box, steps) {
	useEffect(() => {
		if (!box.current || !steps)
			return undefined;
		let chart = null, gone = false;
		void import("./chart.js").then(({ drawChart }) => {
			if (!gone)
				chart = drawChart(box.current, steps, { language: currentLanguage(), free: t("chart_free"), total: t("chart_total"), time: t("when") });
		});
		return () => {
			gone = true;
			chart?.destroy();
		};
	}, [steps]);
}

export function Trend({ home, rows, query: chosen }) {
	const days = ["1", "7", "30", "90"].includes(chosen.days) ? chosen.days : "7";
	const ward = chosen.ward ?? "";
	const [answer, setAnswer] = useState(null);
	const [tries, setTries] = useState(0);
	const box = useRef(null);
	useEffect(() => {
		let gone = false;
		const from = picture.now() - Number(days) * day;
		void ask(home.id, from).then((got) => !gone && setAnswer({ from, ...got, to: picture.now() }));
		return () => { gone = true; };
	}, [home.id, days, tries]);
	const steps = useSteps(answer, ward);
	useChart(box, steps);
	const wards = [...new Set(rows.filter((r) => r.total_beds > 0).map((r) => r.ward))];
	const frees = steps?.map((s) => s[1]);
	return html`<section class="trend" aria-label=${t("trend")}>
		<div class="filters line">
			<${Choice} label=${t("when")} name="days" value=${days} options=${[["1", t("day_1")], ...["7", "30", "90"].map((n) => [n, t("days_n", { n: Number(n) })])]} onChoose=${(n) => replaceQuery({ ...chosen, days: n === "7" ? "" : n })} />
			${wards.length > 1 && html`<${Choice} label=${t("ward")} name="chart-ward" value=${ward} options=${[["", t("all")], ...wards.map((w) => [w, named(w)])]} onChoose=${(w) => replaceQuery({ ...chosen, ward: w })} />`}
		</div>
		${!answer ? html`<${Waiting} />` : !answer.ok ? html`<${Failed} answer=${answer} again=${() => setTries(tries + 1)} />` : html`<figure class="card chart">
			<figcaption>${t("chart_title")} <span class="soft">${ward ? named(ward) : t("all_of_home")}</span></figcaption>
			<div ref=${box} class="chart-box" role="img" aria-label=${t("chart_label", { from: moment(answer.from), to: moment(answer.to), min: Math.min(...frees), max: Math.max(...frees), now: frees.at(-1) })}></div>
			<p class="soft small">${t("chart_note")}${answer.cut ? ` ${t("chart_short", { from: moment(answer.from) })}` : ""}</p>
		</figure>`}
	</section>`;
}

function useSteps(answer, ward) {
	const kept = useRef({});
	if (!answer?.ok)
		return null;
	if (kept.current.answer !== answer || kept.current.ward !== ward) {
		const ofWard = (list) => (ward ? list.filter((each) => each.ward === ward) : list);
		kept.current = { answer, ward, steps: courseOf(ofWard(answer.beds), ofWard(answer.events), ofWard(answer.conflicts), answer.from, answer.to) };
	}
	return kept.current.steps;
}
