// Beds that two sources do not agree on, and the word that settles it.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { named, t } from "../lib/i18n.js";
import { path, post, query as asQuery } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { Ago, BedStatus, Choice, Dialog, Failed, Icon, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { address, replaceQuery } from "../lib/router.js";
import { may } from "../lib/session.js";
import { moment } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { useTopics } from "../lib/topic.js";
import { bedTitle } from "../facility/bed_name.js";

const statuses = ["available", "occupied", "reserved", "maintenance"];
const reasons = ["bed_checked", "home_confirmed", "keying_error", "late_entry", "system_error", "other"];

function Settle({ conflict, onClose, onSettled }) {
	const [status, setStatus] = useState("");
	const [reason, setReason] = useState("");
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);

	async function submit(e) {
		e.preventDefault();
		setBusy(true);
		setProblem(null);
		const answer = await post(path`api/conflicts/${conflict.id}/resolve`, { status, reason });
		setBusy(false);
		if (answer.ok || answer.status === 409) {
			toast(t(answer.ok ? "settled" : "settled_already"), { bad: !answer.ok });
			onSettled();
			return;
		}
		setProblem(answer);
	}

	// What the two say stands first.
	const likely = [conflict.held_status, conflict.branch_status], order = [...likely, ...statuses.filter((s) => !likely.includes(s))];
	return html`<${Dialog} title=${`${bedTitle({ id: conflict.bed_id })} · ${conflict.facility_name}`} onClose=${onClose} kind="settle-sheet">
		<form onSubmit=${submit}>
			<fieldset class="choice"><legend>${t("settle_title")}</legend><div class="set-buttons">${order.map((s) => html`<label key=${s} class="set" data-bed=${s}>
				<input type="radio" name="status" value=${s} required checked=${status === s} onChange=${() => setStatus(s)} /><${Icon} name=${s} /><span>${t(`b_${s}`)}</span>
				${likely.includes(s) && html`<small>${t(s === conflict.held_status ? "held" : "branch")}</small>`}</label>`)}</div></fieldset>
			<${Choice} label=${t("settle_reason")} name="reason" value=${reason} options=${reasons.map((r) => [r, t(`x_${r}`)])} onChoose=${setReason} />
			${problem && html`<p class="notice bad" role="alert"><b>${t("not_saved")}</b> ${t(problem.status === 0 ? "unreachable" : problem.status === 403 ? "forbidden" : problem.status === 503 ? "away" : "failed")}</p>`}
			<div class="sheet-actions"><button type="button" class="quiet" onClick=${onClose}>${t("cancel")}</button><button type="submit" disabled=${busy || !status || !reason}>${t("settle")}</button></div>
		</form>
	</${Dialog}>`;
}

// Since when one of the two says so, and who it was; otherwise: a bed that nobody had spoken of before.
const account = (at, by, otherwise) => (at ? `${t("since", { at: moment(at) })}${by ? `, ${by}` : ""}` : otherwise);

function Conflict({ conflict, onOpen }) {
	const open = conflict.status === "open";
	return html`<li class="card conflict" data-id=${conflict.id} data-state=${conflict.status}>
		<div class="conflict-bed"><h2>${bedTitle({ id: conflict.bed_id })}</h2><p class="soft">${named(conflict.ward)} · ${named(conflict.care_level)}</p>
			<p><a href=${address(["homes", conflict.facility_id])}>${conflict.facility_name}</a></p></div>
		<dl class="sides"><div><dt>${t("held")}</dt><dd><${BedStatus} status=${conflict.held_status} /><span class="soft small">${account(conflict.held_at, conflict.held_by, t("held_note"))}</span></dd></div>
			<div><dt>${t("branch")}</dt><dd><${BedStatus} status=${conflict.branch_status} /><span class="soft small">${account(conflict.branch_at, conflict.branch_by, "")}</span>
				<span class="soft small">${t("events_n", { n: conflict.events })} <${Ago} at=${conflict.last_event_at} /></span></dd></div></dl>
		<div class="conflict-tools">
			${open && may.settle() && html`<button type="button" name="settle" onClick=${() => onOpen(conflict)}>${t("settle")}</button>`}
			${!open && html`<p class="soft small">${t("settled_as", { status: t(`b_${conflict.settled_status ?? conflict.bed_status}`).toLowerCase(), who: conflict.settled_by ?? "–", at: moment(conflict.settled_at) })}${conflict.settled_reason ? ` · ${t(`x_${conflict.settled_reason}`)}` : ""}</p>`}
			<a href=${address(["homes", conflict.facility_id, "history"], { bed: conflict.bed_id })}>${t("see_history")}</a>
		</div>
	</li>`;
}

export function Conflicts({ query }) {
	const status = query.status === "settled" ? "settled" : "open";
	const [answer, again] = useAnswer(`api/conflicts${asQuery({ status, limit: 500 })}`);
	const [open, setOpen] = useState(null);
	// How many there are has changed, or the alert that tells of them: then the list has.
	const version = useTopics(picture.changedAlerts);
	const asked = useRef(version);
	useEffect(() => {
		if (asked.current !== version) {
			asked.current = version;
			again();
		}
	}, [version]);
	const list = !answer ? html`<${Waiting} />` : !answer.ok ? html`<${Failed} answer=${answer} again=${again} />`
		: answer.data.conflicts.length ? html`<ul class="cards">${answer.data.conflicts.map((c) => html`<${Conflict} key=${c.id} conflict=${c} onOpen=${setOpen} />`)}</ul>` : html`<p class="empty">${t(status === "open" ? "conflicts_none" : "no_events")}</p>`;
	return html`<div class="list-page">
		<h1>${t("conflicts_title")}</h1><p class="soft">${t("conflicts_text")}</p>
		<div class="filters line"><${Choice} label=${t("status")} name="status" value=${status} options=${[["open", t("show_open")], ["settled", t("show_settled")]]} onChoose=${(s) => replaceQuery({ ...query, status: s === "open" ? "" : s })} /></div>
		${list}
		${open && html`<${Settle} key=${open.id} conflict=${open} onClose=${() => setOpen(null)} onSettled=${() => { setOpen(null); again(); }} />`}
	</div>`;
}
