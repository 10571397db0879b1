// What happened at a home, on two clocks: when it was true, and when the region learned it.

import { html, useEffect, useState } from "../lib/html.js";
import { named, reasonText, t } from "../lib/i18n.js";
import { get, path, query as asQuery } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { BedStatus, Failed, Icon, Waiting } from "../lib/parts.js";
import { address, replaceQuery } from "../lib/router.js";
import { may } from "../lib/session.js";
import { exact, fromField, moment, toField } from "../lib/time.js";
import { bedName } from "./bed_name.js";
import { byWard } from "./beds.js";

const late = 5 * 60e3; // learned so long after it happened is worth saying
const pageOf = 100;

// A day of this browser's zone, as the region is asked for it.
function dayOf(day) {
	const to = new Date(`${day}T00:00`);
	to.setDate(to.getDate() + 1);
	return { from: fromField(`${day}T00:00`), to: to.toISOString() };
}

// How one knew stands behind what was settled.
const why = (event) => (event.settled_reason ? `${reasonText(event.reason)}: ${reasonText(event.settled_reason).toLowerCase()}` : reasonText(event.reason));
const statusText = (status) => (status ? t(`b_${status}`) : "–");

function Event({ event, one }) {
	const lag = Date.parse(event.received_at) - Date.parse(event.changed_at);
	return html`<tr role="row" data-outcome=${event.outcome}>
		<td role="cell" class="when"><time datetime=${event.changed_at} title=${exact(event.changed_at)}>${moment(event.changed_at)}</time>
			${lag > late && html`<span class="soft" title=${exact(event.received_at)}>${t("learned")} ${moment(event.received_at, event.changed_at)}</span>`}</td>
		${!one && html`<td role="cell" class="which"><b>${bedName({ id: event.bed_id })}</b><span class="soft">${named(event.ward)}</span></td>`}
		<td role="cell" class="what">${statusText(event.held_status ?? event.previous_status)} → <${BedStatus} status=${event.new_status} /></td>
		<td role="cell" class="why">${why(event)}</td>
		<td role="cell" class="by">${event.changed_by && may.administer() ? html`<a href=${address(["admin", "audit"], { changed_by: event.changed_by })}>${event.changed_by}</a>` : event.changed_by ?? "–"}</td>
		<td role="cell" class="outcome">${event.outcome !== "applied" && html`<span class="tag" data-outcome=${event.outcome}>${t(`o_${event.outcome}`)}</span>`}</td>
	</tr>`;
}

function Events({ home, bed, knownAt, day }) {
	const question = { bed, known_at: knownAt, ...(day && dayOf(day)), limit: pageOf };
	const first = path`api/facilities/${home.id}/history` + asQuery(question);
	const [answer, again] = useAnswer(first);
	const [more, setMore] = useState({ of: null, events: [], next: null });
	useEffect(() => setMore({ of: null, events: [], next: null }), [answer]);
	if (!answer)
		return html`<${Waiting} />`;
	if (!answer.ok)
		return html`<${Failed} answer=${answer} again=${again} />`;
	const events = [...answer.data.events, ...more.events];
	const next = more.of ? more.next : answer.data.next;
	async function goOn() {
		const page = await get(path`api/facilities/${home.id}/history` + asQuery({ ...question, cursor: next }));
		if (page.ok)
			setMore({ of: first, events: [...more.events, ...page.data.events], next: page.data.next });
	}
	if (!events.length)
		return html`<p class="empty">${t("no_events")}</p>`;
	return html`<table class="events" role="table"><caption class="sr">${t("events_title")}</caption>
		<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${t("when")}</th>${!bed && html`<th role="columnheader" scope="col">${t("bed")}</th>`}<th role="columnheader" scope="col">${t("what")}</th>
			<th role="columnheader" scope="col">${t("reason")}</th><th role="columnheader" scope="col">${t("who")}</th><th role="columnheader" scope="col">${t("outcome")}</th></tr></thead>
		<tbody role="rowgroup">${events.map((event) => html`<${Event} key=${event.n} event=${event} one=${bed} />`)}</tbody></table>
		${next && html`<p class="more"><button type="button" class="quiet" onClick=${goOn}>${t("more")}</button></p>`}`;
}

function Then({ home, asOf, knownAt, bed }) {
	const [answer, again] = useAnswer(path`api/facilities/${home.id}/history` + asQuery({ as_of: asOf, known_at: knownAt, bed, limit: 1000 }));
	if (!answer)
		return html`<${Waiting} />`;
	if (!answer.ok)
		return html`<${Failed} answer=${answer} again=${again} />`;
	const beds = answer.data.beds;
	if (!beds.length)
		return html`<p class="empty">${t("no_events")}</p>`;
	return html`<section class="beds then"><h2>${t("beds_then", { at: moment(asOf) })}</h2>
		${byWard(beds).map((group) => html`<section key=${`${group[0].ward}:${group[0].care_level}`} class="ward">
			<h3>${named(group[0].ward)} <span class="soft">${named(group[0].care_level)} · ${group.filter((b) => b.status === "available" && !b.unconfirmed).length} ${t("t_available").toLowerCase()} ${t("of_total", { total: group.length })}</span></h3>
			<ul class="bed-list">${group.map((each) => html`<li key=${each.id} class="bed" data-bed=${each.unconfirmed ? "unconfirmed" : each.status}><span class="bed-name">${bedName(each)}</span>
				<span class="bed-now"><${Icon} name=${each.unconfirmed ? "unconfirmed" : each.status} />${t(`b_${each.unconfirmed ? "unconfirmed" : each.status}`)}</span>
				<span class="bed-since">${t("since", { at: moment(each.changed_at) })}</span></li>`)}</ul></section>`)}
	</section>`;
}

export function History({ home, query }) {
	const set = (by) => replaceQuery({ ...query, ...by });
	const asOf = query.as_of ?? "", knownAt = query.known_at ?? "", day = Number.isNaN(Date.parse(query.day)) ? "" : query.day;
	const field = (name, label, value, note) => html`<label class="field"><span>${label}</span><input type="datetime-local" name=${name} max=${toField(Date.now())} value=${value ? toField(value) : ""}
		onChange=${(e) => set({ [name]: fromField(e.target.value) })} />${note && html`<small class="soft">${note}</small>`}</label>`;
	return html`<section class="history" aria-label=${t("history")}>
		<form class="filters line" onSubmit=${(e) => e.preventDefault()}>
			${!asOf && html`<label class="field"><span>${t("day")}</span><input type="date" name="day" max=${toField(Date.now()).slice(0, 10)} value=${day} onChange=${(e) => set({ day: e.target.value })} /></label>`}
			${field("as_of", t("as_of"), asOf)}
			${field("known_at", t("known_at"), knownAt, t("known_at_help"))}
			${(asOf || knownAt || day) && html`<button type="button" class="quiet" onClick=${() => set({ as_of: "", known_at: "", day: "" })}>${t(day ? "reset" : "as_of_now")}</button>`}
			${query.bed && html`<button type="button" class="chip" onClick=${() => set({ bed: "" })}><span>${bedName({ id: query.bed })}</span><${Icon} name="close" /></button>`}
		</form>
		${asOf ? html`<${Then} home=${home} asOf=${asOf} knownAt=${knownAt} bed=${query.bed} />` : html`<${Events} key=${`${query.bed} ${knownAt} ${day}`} home=${home} bed=${query.bed} knownAt=${knownAt} day=${day} />`}
	</section>`;
}

