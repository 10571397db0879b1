// What somebody must know, and who has seen it.

import { html, useRef, useState } from "../lib/html.js";
import { hasText, named, t } from "../lib/i18n.js";
import { path, post, query as asQuery } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { Ago, Choice, Failed, Icon, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { address, replaceQuery } from "../lib/router.js";
import { may } from "../lib/session.js";
import { moment } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { useTopics } from "../lib/topic.js";

const shownFirst = 100;
const urgent = ["critical", "offline", "conflict", "gap", "digest_mismatch", "low", "feed_silent", "clock_skew"];
const rank = (alert) => (urgent.includes(alert.rule) ? urgent.indexOf(alert.rule) : urgent.length);

const ruleName = (rule) => (hasText(`r_${rule}`) ? t(`r_${rule}`) : named(rule));

function about(alert) {
	const key = `e_${alert.rule}`;
	return hasText(key) || hasText(`${key}_other`) ? t(key, { n: alert.value, value: alert.value, threshold: alert.threshold, ward: alert.ward ? named(alert.ward) : t("all_of_home") }) : alert.ward ? named(alert.ward) : "";
}

const notes = ["seen", "in_progress", "passed_on", "planned", "false_alarm"];

async function acknowledge(alert, note, onAlert) {
	const answer = await post(path`api/alerts/${alert.id}/acknowledge`, { note });
	if (!answer.ok) {
		toast(t(answer.status === 0 ? "unreachable" : answer.status === 403 ? "forbidden" : "failed"), { bad: true });
		return;
	}
	if (answer.data.state === "open")
		picture.alert(answer.data);
	onAlert?.(answer.data);
	toast(t("alert_seen"));
}

function Alert({ alert, onAlert, onSeen }) {
	const [busy, setBusy] = useState(false);
	const [note, setNote] = useState(notes[0]);
	return html`<li class="card alert" data-rule=${alert.rule} data-state=${alert.state} data-seen=${alert.acknowledged_at ? "" : undefined} data-id=${alert.id}>
		<${Icon} name=${alert.rule === "offline" ? "offline" : alert.rule === "conflict" ? "conflict" : "alert"} />
		<div><p class="alert-rule"><b>${ruleName(alert.rule)}</b> <span>${about(alert)}</span></p>
			<p><a href=${address(["homes", alert.facility_id])}>${alert.name}</a></p>
			<p class="soft small">${t("opened")} <${Ago} at=${alert.opened_at} />${alert.cleared_at && ` · ${t(alert.cleared_reason === "closed" ? "cleared_closed" : "cleared", { at: moment(alert.cleared_at) })}`}
				${alert.acknowledged_at && ` · ${t("acknowledged", { who: alert.acknowledged_by ?? "–", at: moment(alert.acknowledged_at) })}${notes.includes(alert.acknowledged_note) ? `: ${t(`n_${alert.acknowledged_note}`)}` : ""}`}</p></div>
		${may.acknowledge() && !alert.acknowledged_at && alert.state === "open" && html`<span class="alert-answer"><select name="note" aria-label=${t("ack_note")} onChange=${(e) => setNote(e.target.value)}>
				${notes.map((code) => html`<option key=${code} value=${code} selected=${code === note}>${t(`n_${code}`)}</option>`)}</select>
			<button type="button" class="quiet" name="acknowledge" disabled=${busy}
				onClick=${async () => { setBusy(true); onSeen(); await acknowledge(alert, note, onAlert); setBusy(false); }}>${t("acknowledge")}</button></span>`}
	</li>`;
}

export function AlertList({ alerts, onAlert }) {
	// Seen ones stand last, but one that was acknowledged here stays where it was, to be seen as such.
	const here = useRef(new Set());
	const last = (alert) => Number(Boolean(alert.acknowledged_at) && !here.current.has(alert.id));
	const sorted = [...alerts].sort((a, b) => last(a) - last(b) || rank(a) - rank(b) || (a.opened_at < b.opened_at ? 1 : -1));
	const [limit, setLimit] = useState(shownFirst);
	return html`<ul class="cards">${sorted.slice(0, limit).map((alert) => html`<${Alert} key=${alert.id} alert=${alert} onAlert=${onAlert} onSeen=${() => here.current.add(alert.id)} />`)}</ul>
		${sorted.length > limit && html`<p class="more"><button type="button" class="quiet" onClick=${() => setLimit(Infinity)}>${t("show_all", { n: sorted.length })}</button></p>`}`;
}

function All({ rule }) {
	const [answer, again] = useAnswer(`api/alerts${asQuery({ state: "all", rule, limit: 500 })}`);
	if (!answer)
		return html`<${Waiting} />`;
	if (!answer.ok)
		return html`<${Failed} answer=${answer} again=${again} />`;
	return html`<${AlertList} alerts=${answer.data.alerts} onAlert=${again} />`;
}

export function Alerts({ query }) {
	useTopics(picture.changedAlerts);
	const all = query.state === "all";
	const open = [...picture.alerts.values()];
	const rules = [...new Set(open.map((a) => a.rule))].sort((a, b) => urgent.indexOf(a) - urgent.indexOf(b));
	const shown = query.rule ? open.filter((a) => a.rule === query.rule) : open;
	return html`<div class="list-page">
		<h1>${t("alerts_title")}</h1>
		<div class="filters line">
			<${Choice} label=${t("status")} name="state" value=${all ? "all" : ""} options=${[["", t("show_open")], ["all", t("show_all_alerts")]]} onChoose=${(state) => replaceQuery({ ...query, state })} />
			<${Choice} label=${t("rule")} name="rule" value=${query.rule ?? ""} options=${[["", t("all")], ...(all ? urgent : rules).map((r) => [r, ruleName(r)])]} onChoose=${(rule) => replaceQuery({ ...query, rule })} />
		</div>
		${all ? html`<${All} key=${query.rule} rule=${query.rule} />` : shown.length ? html`<${AlertList} alerts=${shown} />` : html`<p class="empty">${t("alerts_none")}</p>`}
	</div>`;
}
