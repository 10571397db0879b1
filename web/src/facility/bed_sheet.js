// The four things a bed can be, large enough for a thumb; and what came of it.

import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { BedStatus, Dialog, Icon } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { address } from "../lib/router.js";
import { may } from "../lib/session.js";
import { moment } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { useTopics } from "../lib/topic.js";
import { bedName, bedTitle } from "./bed_name.js";
import { setBed } from "./set_bed.js";

const statuses = ["available", "occupied", "reserved", "maintenance"];
const lower = (status) => t(`b_${status}`).toLowerCase();

function why(outcome, bed, status) {
	const values = { bed: bedName(bed), status: lower(status) };
	if (outcome.lost)
		return t(outcome.lost === "not" ? "not_saved_text" : "unknown_saved_text", values);
	return t(outcome.failed.status === 403 ? "forbidden" : outcome.failed.status === 404 ? "not_found" : outcome.failed.status === 503 ? "away" : "failed");
}

function Changed({ bed, changed, status, set, onClose }) {
	return html`<div class="notice warn" role="alert"><p><b>${t("changed_meanwhile")}</b></p>
		<p>${t("changed_text", { bed: bedName(bed), now: lower(changed.status), at: moment(changed.last_updated) })}</p></div>
		<div class="sheet-actions">
			<button type="button" class="quiet" onClick=${onClose}>${t("leave_it", { status: lower(changed.status) })}</button>
			<button type="button" onClick=${() => set(status, changed)}>${t("set_anyway", { status: lower(status) })}</button>
		</div>`;
}

export function BedSheet({ home, bed, wanted, onClose, onBed, onProblem }) {
	useTopics(picture.changedLine);
	const [busy, setBusy] = useState(null);
	const [changed, setChanged] = useState(null); // {bed, status}
	const [problem, setProblem] = useState(null);
	const noLine = picture.line.state === "lost";

	// Undoing is a change like any other, on top of the one just made.
	async function undo(now, before) {
		const outcome = await setBed(home.id, now, before.status);
		const made = outcome.done ?? outcome.already;
		if (made)
			onBed(made);
		toast(made ? t("set_undone", { bed: bedName(bed), status: lower(before.status) }) : outcome.changed ? t("changed_meanwhile") : why(outcome, bed, before.status), { bad: !made });
	}

	async function set(status, from) {
		setBusy(status);
		setChanged(null);
		setProblem(null);
		const outcome = await setBed(home.id, from, status);
		setBusy(null);
		const made = outcome.done ?? outcome.already;
		if (made) {
			onBed(made);
			onProblem(undefined);
			onClose();
			toast(outcome.already ? t("already_so", { bed: bedName(bed), status: lower(status) }) : t("set_done", { bed: bedName(bed), status: lower(status) }),
				{ action: outcome.done && !from.unconfirmed ? { label: t("undo"), run: () => undo(made, from) } : null });
		} else if (outcome.changed) {
			onBed(outcome.changed);
			setChanged({ bed: outcome.changed, status });
		} else {
			setProblem(why(outcome, bed, status));
			onProblem(status);
		}
	}

	const shown = bed.unconfirmed ? "unconfirmed" : bed.status;
	return html`<${Dialog} title=${bedTitle(bed)} onClose=${onClose} kind="bed-sheet">
		<p class="sheet-now"><${BedStatus} status=${shown} /> <span class="soft">${t("since", { at: moment(bed.last_updated) })}</span></p>
		${bed.unconfirmed && html`<p class="notice warn">${t("unconfirmed_note")}</p>`}
		${noLine && html`<div class="notice bad" role="alert"><p><${Icon} name="offline" /><b>${t("offline_sheet")}</b></p><p>${t("offline_board")}</p></div>`}
		${problem && html`<div class="notice bad" role="alert"><p><b>${t("not_saved")}</b></p><p>${problem}</p></div>`}
		${changed ? html`<${Changed} bed=${bed} changed=${changed.bed} status=${changed.status} set=${set} onClose=${onClose} />`
			: html`<div class="set-buttons" role="group" aria-label=${t("set_to")}>
				${statuses.map((status) => html`<button key=${status} type="button" class="set" data-bed=${status} data-set=${status} aria-pressed=${status === bed.status} data-wanted=${wanted === status ? "" : undefined}
					disabled=${busy !== null || (status === bed.status && !bed.unconfirmed)} aria-busy=${busy === status} onClick=${() => set(status, bed)}>
					<${Icon} name=${status} /><span>${t(`b_${status}`)}</span>${status === bed.status && html`<small>${t("is_now")}</small>`}</button>`)}
			</div>`}
		${may.seeHistory() && html`<p class="sheet-foot"><a href=${address(["homes", home.id, "history"], { bed: bed.id })} onClick=${onClose}>${t("one_bed_history")}</a></p>`}
	</${Dialog}>`;
}
