// The beds of a home by ward. Staff touch one and say what it is: two taps.

import { html, still, useEffect, useRef, useState } from "../lib/html.js";
import { named, t } from "../lib/i18n.js";
import { path } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { Failed, Icon, Waiting } from "../lib/parts.js";
import { compareNames } from "../lib/order.js";
import { levels } from "../lib/picture.js";
import { address } from "../lib/router.js";
import { may } from "../lib/session.js";
import { moment } from "../lib/time.js";
import { bedName } from "./bed_name.js";
import { BedSheet } from "./bed_sheet.js";

const statuses = ["available", "reserved", "occupied", "maintenance"];

const Bed = still(({ bed, problem, tap }) => {
	const shown = bed.unconfirmed ? "unconfirmed" : bed.status;
	const inside = html`<span class="bed-name">${bedName(bed)}</span>
		<span class="bed-now"><${Icon} name=${shown} />${t(`b_${shown}`)}</span>
		<span class="bed-since">${problem ? html`<b class="unsaved"><${Icon} name="alert" />${t("not_saved")}</b>` : t("since", { at: moment(bed.last_updated) })}</span>`;
	return tap ? html`<li><button type="button" class="bed" data-bed=${shown} data-id=${bed.id} data-problem=${problem ? "" : undefined} onClick=${() => tap(bed)}>${inside}</button></li>`
		: html`<li class="bed" data-bed=${shown} data-id=${bed.id}>${inside}</li>`;
});

// [[ward and level, its beds]]
export function byWard(beds) {
	const groups = new Map();
	for (const bed of [...beds].sort((a, b) => compareNames(named(a.ward), named(b.ward)) || levels.indexOf(a.care_level) - levels.indexOf(b.care_level) || compareNames(bedName(a), bedName(b)) || compareNames(a.id, b.id))) {
		const key = `${bed.ward}:${bed.care_level}`;
		groups.set(key, [...(groups.get(key) ?? []), bed]);
	}
	return [...groups.values()];
}

export function Beds({ home, rows }) {
	const [answer, again, setAnswer] = useAnswer(path`api/facilities/${home.id}/beds`);
	const [only, setOnly] = useState("");
	const [open, setOpen] = useState(null); // id of the bed whose sheet is open
	const [problems, setProblems] = useState({}); // what could not be saved: bed → status
	// The stream tells numbers, not beds: when the numbers change the beds are asked for again.
	const numbers = JSON.stringify(rows.map((r) => [r.ward, r.care_level, r.available_beds, r.reserved_beds, r.occupied_beds, r.maintenance_beds, r.unconfirmed_beds]));
	const first = useRef(numbers);
	useEffect(() => {
		if (first.current === numbers)
			return undefined;
		first.current = numbers;
		const timer = setTimeout(again, 150);
		return () => clearTimeout(timer);
	}, [numbers]);
	if (!answer)
		return html`<${Waiting} />`;
	if (!answer.ok && !answer.data)
		return html`<${Failed} answer=${answer} again=${again} />`;

	const beds = answer.data.beds;
	// What was asked for before the change was saved, and has not come yet, does not paint over it: it is asked for anew.
	const put = (bed) => {
		setAnswer((now) => ({ ...now, data: { ...now.data, beds: now.data.beds.map((b) => (b.id === bed.id ? { ...b, ...bed } : b)) } }));
		again();
	};
	const shown = only ? beds.filter((b) => !b.unconfirmed && b.status === only) : beds;
	const tap = may.setBeds() ? (bed) => setOpen(bed.id) : may.seeHistory() ? (bed) => { location.hash = address(["homes", home.id, "history"], { bed: bed.id }); } : null;
	const bed = open && beds.find((b) => b.id === open);
	return html`<section class="beds" aria-label=${t("beds")}>
		<div class="choices small" role="group" aria-label=${t("status")}>${["", ...statuses].map((s) => html`<button key=${s} type="button" class="quiet" aria-pressed=${only === s} onClick=${() => setOnly(s)}>${t(s ? `b_${s}` : "all_beds")} <span class="soft">${s ? beds.filter((b) => !b.unconfirmed && b.status === s).length : beds.length}</span></button>`)}</div>
		${byWard(shown).map((group) => html`<section key=${`${group[0].ward}:${group[0].care_level}`} class="ward">
			<h3>${named(group[0].ward)} <span class="soft">${named(group[0].care_level)}</span></h3>
			<ul class="bed-list">${group.map((each) => html`<${Bed} key=${each.id} bed=${each} problem=${problems[each.id]} tap=${tap} />`)}</ul>
		</section>`)}
		${bed && html`<${BedSheet} key=${bed.id} home=${home} bed=${bed} wanted=${problems[bed.id]} onClose=${() => setOpen(null)} onBed=${put}
			onProblem=${(status) => setProblems((now) => ({ ...now, [bed.id]: status }))} />`}
	</section>`;
}
