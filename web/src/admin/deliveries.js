// What a subscription was sent: when, after how many tries, and why not.

import { html, useEffect, useState } from "../lib/html.js";
import { hasText, t } from "../lib/i18n.js";
import { path, post } from "../lib/api.js";
import { useAnswer } from "../lib/ask.js";
import { Ago, Failed, Icon, Waiting } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { moment } from "../lib/time.js";
import { toast } from "../lib/toast.js";

const lookAgain = 2e3; // ms, while something is on its way

function Outcome({ delivery: d }) {
	if (d.delivered_at)
		return html`<span class="went good"><${Icon} name="fresh" />${t("d_delivered", { at: moment(d.delivered_at) })}</span>`;
	if (d.failed_at)
		return html`<span class="went bad"><${Icon} name="close" />${t("d_failed", { at: moment(d.failed_at) })}</span>`;
	return html`<span class="went warn"><${Icon} name="stale" />${t(d.attempts ? "d_again" : "d_waiting", { at: moment(d.next_at) })}</span>`;
}

const isUnderWay = (d) => !d.delivered_at && !d.failed_at && Date.parse(d.next_at) - picture.now() < 30e3;

// What was given up is wanted after all. A test message is sent anew instead.
function Retry({ thing, delivery, onDone }) {
	const [busy, setBusy] = useState(false);
	async function retry() {
		setBusy(true);
		const answer = await post(path`api/admin/subscriptions/${thing.id}/deliveries/${delivery.id}/retry`);
		setBusy(false);
		toast(t(answer.ok ? "d_retried" : answer.status === 409 ? "d_not_yet" : answer.status === 0 ? "unreachable" : "failed"), { bad: !answer.ok });
		onDone();
	}
	return html`<button type="button" class="quiet" name="retry" disabled=${busy} onClick=${retry}>${t("try_again")}</button>`;
}

// version: another number, and it is asked for anew.
export function Deliveries({ thing, version }) {
	const [answer, again] = useAnswer(path`api/admin/subscriptions/${thing.id}/deliveries`);
	const rows = answer?.ok ? answer.data.deliveries : [];
	useEffect(() => version && again(), [version]);
	useEffect(() => {
		if (!rows.some(isUnderWay))
			return undefined;
		const timer = setTimeout(again, lookAgain);
		return () => clearTimeout(timer);
	}, [answer]);
	return html`<section class="deliveries" aria-label=${t("d_title")}><h3>${t("d_title")}</h3>
		${!answer ? html`<${Waiting} />` : !answer.ok ? html`<${Failed} answer=${answer} again=${again} />` : rows.length ? html`<ul>${rows.map((d) => html`<li key=${d.id} data-id=${d.id}>
			<p><b>${hasText(`r_${d.rule}`) ? t(`r_${d.rule}`) : d.rule}</b> <span class="soft">${d.facility_id ? `${picture.homes.get(d.facility_id)?.name ?? d.facility_id} · ` : ""}<${Ago} at=${d.created_at} /></span></p>
			<p class="small"><${Outcome} delivery=${d} /> <span class="soft">${t("d_tries", { n: d.attempts })}</span></p>
			${d.last_error && !d.delivered_at && html`<p class="small error">${d.last_error}</p>`}
			${d.failed_at && d.rule !== "test" && !thing.ended_at && html`<${Retry} thing=${thing} delivery=${d} onDone=${again} />`}
		</li>`)}</ul>` : html`<p class="soft">${t("d_none")}</p>`}
	</section>`;
}
