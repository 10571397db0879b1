// The sums of what is shown.

import { html, still } from "../lib/html.js";
import { number, t } from "../lib/i18n.js";
import { Icon } from "../lib/parts.js";
import { counts } from "../lib/picture.js";

const Tile = still(({ name, value, note, warn }) => html`<div class=${`tile ${name}`}>
	<dt>${t(`t_${name}`)}</dt><dd><b>${number(value)}</b>${note && html`<span class=${warn ? "note warn" : "note"}>${note}</span>`}</dd>
</div>`);

const Homes = still(({ n, fresh, stale, offline }) => html`<div class="tile homes"><dt>${t("t_homes")}</dt><dd><b>${number(n)}</b>
	<span class="note states">${Object.entries({ fresh, stale, offline }).filter(([, k]) => k).map(([status, k]) => html`
		<span key=${status} class="state" data-status=${status}><${Icon} name=${status} />${number(k)} ${t(`homes_${status}`)}</span>`)}</span></dd></div>`);

export function Totals({ sum }) {
	return html`<dl class="totals">
		<${Tile} name="available" value=${sum.available} warn=${true} note=${sum.notFresh ? t("not_fresh", { n: sum.notFresh }) : ""} />
		${counts.slice(1).map((c) => html`<${Tile} key=${c} name=${c} value=${sum[c]} />`)}
		<${Tile} name="total" value=${sum.total} />
		<${Homes} n=${sum.n_homes} ...${sum.homes} />
	</dl>`;
}
